/** Sorts the operations of a history by key: who wrote what, who read what. */
import type { Json } from "../../protocol/json.ts";
import type { Findings } from "./findings.ts";
import { OwnWork } from "./own-work.ts";
import type { PredicateRead, Row, Transaction } from "./transaction.ts";
import { type Identity, identityOf } from "./value.ts";

/** A transaction's place in the list of transactions, or `initialWriter`. */
type TransactionIndex = number;

/** The writer of what was there before the history. */
export const initialWriter: TransactionIndex = -1;

/** A committed read of a whole list. */
export interface ListRead {
  readonly tx: TransactionIndex;
  /** Index of the operation in its transaction. */
  readonly op: number;
  readonly elements: readonly Json[];
  /** How many elements the transaction itself had appended before. */
  readonly own: number;
  /** Whether the list was not there and a predicate read shows it by what it lacks. */
  readonly byAbsence: boolean;
}

/** What is known of a key that holds a list. */
export interface ListKey {
  readonly kind: "list";
  readonly id: number;
  readonly name: string;
  readonly initial: readonly Json[];
  /** Who appended each element. */
  readonly writers: Map<Identity, TransactionIndex>;
  /** Each append in order of the history. */
  readonly appends: { readonly tx: TransactionIndex; readonly element: Json }[];
  /** Elements after which their own transaction appended another one. */
  readonly intermediate: Set<Identity>;
  readonly reads: ListRead[];
  /** Why the key cannot be judged, where it cannot. */
  problem?: string;
}

/** A write of a register. */
export interface RegisterWrite {
  readonly tx: TransactionIndex;
  readonly value: Json;
  /** Whether the transaction, if it committed, has left this or something that it wrote later. */
  readonly certain: boolean;
  /** Whether its transaction wrote the key again for sure. */
  intermediate: boolean;
}

/** A committed read of a register that its own transaction had not written before. */
export interface RegisterRead {
  readonly tx: TransactionIndex;
  readonly op: number;
  /** Null where there was no row. */
  readonly value: Json;
  /** Whether the reader saw the sum that it made of it: it could not tell 0 from no row, nor one number from another that rounds to the same sum. */
  readonly isOfSum: boolean;
  /** Whether a predicate read shows it by what it does not select. */
  readonly byAbsence: boolean;
}

/** What is known of a key that holds one value. */
export interface RegisterKey {
  readonly kind: "register";
  readonly id: number;
  readonly name: string;
  readonly initial: Json;
  readonly writes: RegisterWrite[];
  readonly reads: RegisterRead[];
  problem?: string;
}

/** A key of a history. */
export type Key = ListKey | RegisterKey;

/** A committed predicate read. */
export interface PredicateUse {
  readonly tx: TransactionIndex;
  readonly op: number;
  readonly read: PredicateRead;
  /** The rows that it selected. */
  readonly rows: readonly Row[];
}

/** A history sorted by key. */
export interface Collected {
  readonly transactions: readonly Transaction[];
  readonly keys: readonly Key[];
  readonly cells: ReadonlyMap<string, Key>;
  readonly predicates: readonly PredicateUse[];
  /** Whether an operation changed rows that only the state at its moment can name (`addAll`, `deleteWhere`). */
  readonly hasPredicateWrites: boolean;
}

/** Sorts a history by key, and flags transactions that contradict their own writes (`internal`). */
export function collect(
  transactions: readonly Transaction[],
  initial: ReadonlyMap<string, Json>,
  findings: Findings,
): Collected {
  const lists = listKeys(transactions);
  const keys: Key[] = [];
  const cells = new Map<string, Key>();
  const predicates: PredicateUse[] = [];
  let counter: RegisterKey | undefined;
  let hasPredicateWrites = false;

  const add = <K extends Key>(key: K): K => {
    keys.push(key);
    return key;
  };
  const register = (name: string, value: Json): RegisterKey =>
    add({ kind: "register", id: keys.length, name, initial: value, writes: [], reads: [] });
  const cell = (name: string): Key => {
    const known = cells.get(name);
    if (known !== undefined) return known;
    const made = lists.has(name)
      ? add(list(keys.length, name, initial.get(name)))
      : register(name, initial.get(name) ?? null);
    cells.set(name, made);
    return made;
  };

  for (const name of initial.keys()) cell(name);
  for (const [tx, transaction] of transactions.entries()) {
    const own = new OwnWork(tx, transaction, findings);
    for (const [at, op] of transaction.ops.entries()) {
      if (op.op === "scan" || op.op === "where") {
        if (transaction.status !== "committed" || op.seen === undefined) continue;
        predicates.push({ tx, op: at, read: op, rows: op.seen });
        for (const [name, value] of op.seen) own.observe(cell(name), at, value);
      } else if (op.op === "addAll" || op.op === "deleteWhere") {
        if (op.seen === 0) continue;
        own.forget();
        if (transaction.status !== "aborted") hasPredicateWrites = true;
      } else if (op.op === "record") {
        counter ??= register("the commit counter", null);
        own.apply(counter, at, { ...op, op: "add", key: counter.name, n: 1 });
      } else own.apply(cell(op.key), at, op);
    }
  }
  return { transactions, keys, cells, predicates, hasPredicateWrites };
}

function list(id: number, name: string, value: Json | undefined): ListKey {
  const initial = Array.isArray(value) ? (value as readonly Json[]) : [];
  const writers = new Map(initial.map((element) => [identityOf(element), initialWriter]));
  const key: ListKey = { kind: "list", id, name, initial, writers, appends: [], intermediate: new Set(), reads: [] };
  if (value !== undefined && !Array.isArray(value)) key.problem = "it is appended to and holds no list at the start";
  return key;
}

/** The keys that hold lists: those appended to, and those never written that were read as a list. */
function listKeys(transactions: readonly Transaction[]): ReadonlySet<string> {
  const appended = new Set<string>();
  const readAsList = new Set<string>();
  const written = new Set<string>();
  for (const { ops } of transactions) {
    for (const op of ops) {
      if (op.op === "append") appended.add(op.key);
      else if (op.op === "get") {
        if (Array.isArray(op.seen)) readAsList.add(op.key);
      } else if ("key" in op) written.add(op.key);
    }
  }
  for (const key of readAsList) if (!written.has(key)) appended.add(key);
  return appended;
}
