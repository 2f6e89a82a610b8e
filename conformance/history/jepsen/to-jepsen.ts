import type { Json } from "../../protocol/json.ts";
import type { HistoryEvent } from "../history.ts";
import { transactionsOf } from "../isolation/from-history.ts";
import type { MicroOp, Transaction } from "../isolation/transaction.ts";
import type { MicroOperation, Operation } from "./operation.ts";

/** The workloads that Elle knows and our transactions can say. */
export type Workload = "list-append" | "rw-register";

/** A transaction that a workload cannot say. */
export class UnsayableError extends Error {
  constructor(transaction: string, op: MicroOp, workload: Workload) {
    super(`${transaction}: ${workload} has no word for ${op.op}${"key" in op ? ` of ${op.key}` : ""}`);
    this.name = "UnsayableError";
  }
}

/**
 * Transactions as Jepsen operations, in the order of their positions. A Jepsen process does one thing after another: transactions of one session that overlap by
 * what was observed get processes of their own, and with them their session's order is lost; so does whatever follows an
 * unknown one. Throws UnsayableError.
 */
export function operationsOf(transactions: readonly Transaction[], workload: Workload): Operation[] {
  const marks = transactions.flatMap((transaction, tx) => [
    { tx, at: transaction.begin, isEnd: false },
    // Nothing that has ended precedes what begins at the same position: invocations come first.
    { tx, at: transaction.end, isEnd: true },
  ]);
  marks.sort((a, b) => (a.at === b.at ? Number(a.isEnd) - Number(b.isEnd) : a.at - b.at));
  const processes = new Processes();
  const keys = keysOf(transactions);
  const zeroed = new Set(transactions.flatMap(({ ops }) => ops.flatMap((op) => (leavesZero(op) ? [op.key] : []))));
  return marks.map(({ tx, isEnd }, index): Operation => {
    const transaction = transactions[tx]!;
    const process = isEnd ? processes.end(tx, transaction) : processes.begin(tx, transaction);
    const type = isEnd ? endings[transaction.status] : "invoke";
    const value = transaction.ops.flatMap((op) =>
      microOperations(transaction, op, { workload, keys, zeroed, isOk: type === "ok" }),
    );
    return { type, process, f: "txn", value, index };
  });
}

/** The transactions of the module `script` in a history, as Jepsen operations. */
export function operationsOfHistory(events: readonly HistoryEvent[], workload: Workload, module?: string): Operation[] {
  return operationsOf(transactionsOf(events, module), workload);
}

/** Operations as elle-cli reads them from a `.json` file: one JSON object a line. */
export function toJsonLines(operations: readonly Operation[]): string {
  return operations.map((operation) => `${JSON.stringify(operation)}\n`).join("");
}

/** Operations as Jepsen stores them: one EDN map a line. */
export function toEdn(operations: readonly Operation[]): string {
  return operations
    .map(({ index, type, process, f, value }) => {
      const inner = value.map(([name, key, operand]) => `[:${name} ${edn(key)} ${edn(operand)}]`);
      return `{:index ${index}, :type :${type}, :process ${edn(process)}, :f :${f}, :value [${inner.join(" ")}]}\n`;
    })
    .join("");
}

const endings = { committed: "ok", aborted: "fail", unknown: "info" } as const;

/** Gives each running transaction a process that no other one is using. */
class Processes {
  readonly #running = new Map<number, number>();
  readonly #ofSession = new Map<string, number>();
  readonly #busy = new Set<number>();
  #next = 0;

  begin(tx: number, { process }: Transaction): number {
    let chosen = this.#ofSession.get(process);
    if (chosen === undefined || this.#busy.has(chosen)) {
      chosen = this.#next;
      this.#next += 1;
      if (!this.#ofSession.has(process)) this.#ofSession.set(process, chosen);
    }
    this.#busy.add(chosen);
    this.#running.set(tx, chosen);
    return chosen;
  }

  end(tx: number, { status, process }: Transaction): number {
    const chosen = this.#running.get(tx)!;
    // After `info` a process is never heard of again.
    if (status !== "unknown") this.#busy.delete(chosen);
    else if (this.#ofSession.get(process) === chosen) this.#ofSession.delete(process);
    return chosen;
  }
}

/** The keys that any operation names. */
function keysOf(transactions: readonly Transaction[]): string[] {
  return [...new Set(transactions.flatMap(({ ops }) => ops.flatMap((op) => ("key" in op ? [op.key] : []))))];
}

/** Whether a key may hold 0 after an operation. */
function leavesZero(op: MicroOp): op is Extract<MicroOp, { op: "put" | "insert" | "add" }> {
  if (op.op === "add") return op.seen === 0;
  return (op.op === "put" || op.op === "insert") && op.value === 0;
}

interface Telling {
  readonly workload: Workload;
  readonly keys: readonly string[];
  /** Keys at which 0 was written: there an addition to nothing cannot be told from one to 0. */
  readonly zeroed: ReadonlySet<string>;
  /** Whether what was observed is told. */
  readonly isOk: boolean;
}

function microOperations(transaction: Transaction, op: MicroOp, telling: Telling): MicroOperation[] {
  const { workload, keys, zeroed, isOk } = telling;
  const read = (key: string, value: Json | undefined): MicroOperation => ["r", key, isOk ? (value ?? null) : null];
  if (op.op === "scan" && op.from === "" && op.to === "" && op.seen !== undefined) {
    // A scan of everything reads every key that there is a word for.
    const seen = new Map(op.seen);
    return keys.map((key) => read(key, seen.get(key)));
  }
  if (op.op === "get") {
    const isList = Array.isArray(op.seen) || (op.seen ?? null) === null;
    if (workload === "list-append" ? isList : !Array.isArray(op.seen)) return [read(op.key, op.seen)];
  } else if (workload === "list-append") {
    if (op.op === "append") return [["append", op.key, op.element]];
  } else if (op.op === "put" && op.value !== null) return [["w", op.key, op.value]];
  else if (op.op === "add" && typeof op.seen === "number") {
    const before = op.seen - op.n;
    const write: MicroOperation = ["w", op.key, op.seen];
    if (before === 0 && zeroed.has(op.key)) return [write];
    return [read(op.key, before === 0 ? null : before), write];
  } else if (op.op === "insert" && op.seen === true && op.value !== null)
    return [read(op.key, null), ["w", op.key, op.value]];
  throw new UnsayableError(transaction.id, op, workload);
}

function edn(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  if (Array.isArray(value)) return `[${value.map(edn).join(" ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, field]) => `${JSON.stringify(name)} ${edn(field)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}
