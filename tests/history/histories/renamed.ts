import type { MicroOp, Transaction } from "../../../conformance/history/isolation/transaction.ts";

/** The history with other names for its transactions, sessions and keys; it must have no predicates, which select by name. */
export function renamed(history: readonly Transaction[]): Transaction[] {
  return history.map((one) => ({
    ...one,
    id: `other ${one.id}`,
    process: `of ${one.process}`,
    ops: one.ops.map(rename),
  }));
}

function rename(op: MicroOp): MicroOp {
  if (op.op === "scan" || op.op === "where") throw new Error(`a history with ${op.op} cannot be renamed`);
  return "key" in op ? { ...op, key: `z ${op.key.split("").reverse().join("")}` } : op;
}
