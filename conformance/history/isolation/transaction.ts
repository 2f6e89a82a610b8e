/**
 * Transactions as the isolation checkers see them: what each did and observed, how it ended, and between which positions of the
 * history it ran. Nothing here knows a host.
 */
import type { Json } from "../../protocol/json.ts";

/** A row of the cells: its key and its value. */
export type Row = readonly [key: string, value: Json];

/**
 * One operation on the cells with what it observed (`seen`; absent where nobody could tell). A key that anyone appends to holds a list,
 * any other key is a register. `null` seen by a `get` means that there was no row.
 */
export type MicroOp =
  | { readonly op: "get"; readonly key: string; readonly seen?: Json }
  | { readonly op: "put"; readonly key: string; readonly value: Json }
  /** `seen` is the new number. */
  | { readonly op: "add"; readonly key: string; readonly n: number; readonly seen?: Json }
  | { readonly op: "append"; readonly key: string; readonly element: Json }
  /** `seen` says whether the key was free. */
  | { readonly op: "insert"; readonly key: string; readonly value: Json; readonly seen?: boolean }
  /** `seen` says whether there was a row. */
  | { readonly op: "delete"; readonly key: string; readonly seen?: boolean }
  /** The rows with from ≤ key < to; an empty `to` is no bound. */
  | { readonly op: "scan"; readonly from: string; readonly to: string; readonly seen?: readonly Row[] }
  /** The rows whose value is a number divisible by `divisor`. */
  | { readonly op: "where"; readonly divisor: number; readonly seen?: readonly Row[] }
  /** Adds `n` to every number; `seen` is how many. */
  | { readonly op: "addAll"; readonly n: number; readonly seen?: number }
  /** Deletes the rows whose value is that number; `seen` is how many. */
  | { readonly op: "deleteWhere"; readonly value: number; readonly seen?: number }
  /** Takes the next number of the commit counter, which is no cell; `seen` is that number. */
  | { readonly op: "record"; readonly token: string; readonly seen?: number };

/** An operation on one key. */
export type KeyedOp = Extract<MicroOp, { key: string }>;

/** An operation that selects rows by their keys or by what they hold. */
export type PredicateRead = Extract<MicroOp, { op: "scan" | "where" }>;

/** One transaction of a history. */
export interface Transaction {
  /** Its name in messages; unique in its history. */
  readonly id: string;
  /** Its session: transactions of one process ran one after another, in the order in which the history lists them. */
  readonly process: string;
  readonly ops: readonly MicroOp[];
  /** `unknown`: nobody could tell whether it committed. It counts as committed once another transaction read what it wrote. */
  readonly status: "committed" | "aborted" | "unknown";
  /** Its place in the order of commits, where the host reports it. A snapshot from outside stands between two, at a half. */
  readonly seq?: number;
  /** Position in the history of the stimulus that it followed: it ran after that. */
  readonly begin: number;
  /** Position in the history of the observation that it had ended, or Infinity where there is none. */
  readonly end: number;
}

/** Whether a row is one that a predicate read selects; `undefined` is a row that is not there. */
export function selects(read: PredicateRead, key: string, value: Json | undefined): boolean {
  if (value === undefined) return false;
  if (read.op === "where") return typeof value === "number" && value % read.divisor === 0;
  return compareKeys(read.from, key) <= 0 && (read.to === "" || compareKeys(key, read.to) < 0);
}

/** Compares keys, which hold no lone surrogates, by code point, as tables are ordered. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    if (a.charCodeAt(at) !== b.charCodeAt(at))
      // Where these are the second halves of surrogate pairs, the first halves are the same, and the second ones are ordered as the pairs are.
      return a.codePointAt(at)! - b.codePointAt(at)!;
  }
  return a.length - b.length;
}
