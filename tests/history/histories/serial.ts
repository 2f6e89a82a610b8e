/** Random serial runs, spread over overlapping intervals: legal by construction. */
import fc from "fast-check";
import { execute, stateOf } from "../../../conformance/history/isolation/execute.ts";
import type { MicroOp, Row, Transaction } from "../../../conformance/history/isolation/transaction.ts";

/** What a step of a generated transaction is to do; `pick` chooses the key and the operand. */
interface Wish {
  readonly what: "read list" | "append" | "get" | "put" | "add" | "insert" | "delete" | "scan" | "where" | "record";
  readonly pick: number;
}

const wish = (predicates: boolean): fc.Arbitrary<Wish> =>
  fc.record({
    what: fc.constantFrom(
      ...(["read list", "read list", "append", "append", "get", "put", "add", "record"] as const),
      ...(predicates ? (["insert", "delete", "scan", "where"] as const) : []),
    ),
    pick: fc.nat({ max: 5 }),
  });

/** What is drawn for one transaction. */
interface Draft {
  readonly wishes: readonly Wish[];
  readonly status: "committed" | "aborted" | "unknown";
  readonly early: number;
  readonly late: number;
  readonly session: number;
}

/** Serial runs of that many transactions. Each is listed in its serial order and has its commit number. */
export function serialRun(
  size: { minLength: number; maxLength: number },
  { predicates = true } = {},
): fc.Arbitrary<Transaction[]> {
  const draft: fc.Arbitrary<Draft> = fc.record({
    wishes: fc.array(wish(predicates), { minLength: 1, maxLength: 5 }),
    status: fc.constantFrom("committed", "committed", "committed", "committed", "aborted", "unknown"),
    early: fc.nat({ max: 40 }),
    // Before the moment of the next transaction, which may be of the same session.
    late: fc.nat({ max: 9 }),
    session: fc.nat({ max: 3 }),
  });
  return fc.array(draft, size).map(run);
}

function run(drafts: readonly Draft[]): Transaction[] {
  const state = stateOf(new Map());
  const ended = new Map<string, number>();
  let fresh = 0;
  let seq = 0;
  return drafts.map((draft, index) => {
    const copy = { cells: new Map(state.cells), recorded: state.recorded };
    const isKnown = draft.status === "committed";
    const ops = draft.wishes.map(({ what, pick }): MicroOp => {
      fresh += 1;
      const op = operation(what, pick, fresh);
      const seen = execute(copy, op);
      return isKnown && "seen" in observable(op) ? ({ ...op, seen } as MicroOp) : op;
    });
    // An unknown transaction took effect where its number is even.
    if (isKnown || (draft.status === "unknown" && index % 2 === 0)) Object.assign(state, copy);
    const moment = 10 * (index + 1);
    const process = `session ${draft.session}`;
    // A session is one transaction after another.
    const begin = Math.max(moment - draft.early, (ended.get(process) ?? 0) + 1);
    const end = moment + draft.late;
    ended.set(process, end);
    if (isKnown) seq += 1;
    return { id: `T${index}`, process, ops, status: draft.status, ...(isKnown ? { seq } : {}), begin, end };
  });
}

function operation(what: Wish["what"], pick: number, fresh: number): MicroOp {
  const list = `list ${pick % 3}`;
  const register = `register ${pick % 3}`;
  const counter = `counter ${pick % 2}`;
  const row = `row ${pick}`;
  switch (what) {
    case "read list":
      return { op: "get", key: list };
    case "append":
      return { op: "append", key: list, element: fresh };
    case "get":
      return { op: "get", key: pick % 2 === 0 ? register : counter };
    case "put":
      return { op: "put", key: register, value: fresh };
    case "add":
      return { op: "add", key: counter, n: (pick % 3) + 1 };
    case "insert":
      return { op: "insert", key: row, value: fresh };
    case "delete":
      return { op: "delete", key: row };
    case "scan":
      return pick % 2 === 0 ? { op: "scan", from: "row 1", to: "row 4" } : { op: "scan", from: "list", to: "" };
    case "where":
      return { op: "where", divisor: pick + 2 };
    case "record":
      return { op: "record", token: `token ${fresh}` };
  }
}

/** The operation with a place for what it observes, where it observes anything. */
function observable(op: MicroOp): MicroOp | { seen: readonly Row[] } {
  return op.op === "put" || op.op === "append" ? op : { ...op, seen: [] };
}
