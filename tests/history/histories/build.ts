/** Histories for the tests, written as what each transaction did. */

import type { MicroOp, Row, Transaction } from "../../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../../conformance/protocol/json.ts";

/** A read that saw this; null is no row. */
export const get = (key: string, seen: Json): MicroOp => ({ op: "get", key, seen });
/** A write. */
export const put = (key: string, value: Json): MicroOp => ({ op: "put", key, value });
/** An append. */
export const append = (key: string, element: Json): MicroOp => ({ op: "append", key, element });
/** An insert; it found the key free unless said. */
export const insert = (key: string, value: Json, seen = true): MicroOp => ({ op: "insert", key, value, seen });
/** A read of the rows whose number is divisible. */
export const where = (divisor: number, seen: readonly Row[]): MicroOp => ({ op: "where", divisor, seen });
/** A read of a range. */
export const scan = (from: string, to: string, seen: readonly Row[]): MicroOp => ({ op: "scan", from, to, seen });

/** A committed transaction that overlaps every other; a session of its own. */
export function tx(id: string, ops: readonly MicroOp[], more: Partial<Transaction> = {}): Transaction {
  return { id, process: id, ops, status: "committed", begin: 0, end: 1_000_000, ...more };
}
