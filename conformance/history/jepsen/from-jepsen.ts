import type { Json } from "../../protocol/json.ts";
import type { MicroOp, Transaction } from "../isolation/transaction.ts";
import type { MicroOperation, Operation } from "./operation.ts";

/**
 * The transactions of a Jepsen history. Positions are places in the list of operations; a transaction is named `T<index>` by the index of the operation
 * that ended it, or, where none did, that invoked it. `info`, and an invocation without an end, is a transaction of unknown
 * outcome, and its reads count for nothing.
 */
export function transactionsOfOperations(operations: readonly Operation[]): Transaction[] {
  const pending = new Map<Operation["process"], { operation: Operation; at: number }>();
  const found: Transaction[] = [];
  const add = (
    invoked: { operation: Operation; at: number } | undefined,
    ended: { operation: Operation; at: number } | undefined,
  ) => {
    const { operation } = (ended ?? invoked)!;
    const isCommitted = ended?.operation.type === "ok";
    // What a failed or lost transaction was to write stands in its invocation, if its end does not repeat it.
    const value = operation.value.length > 0 ? operation.value : (invoked?.operation.value ?? []);
    found.push({
      id: `T${operation.index}`,
      process: `process ${operation.process}`,
      ops: value.map((one) => microOp(one, isCommitted)),
      status: isCommitted ? "committed" : ended?.operation.type === "fail" ? "aborted" : "unknown",
      begin: invoked?.at ?? ended!.at,
      end: isCommitted ? ended.at : Number.POSITIVE_INFINITY,
    });
  };
  for (const [at, operation] of operations.entries()) {
    const invoked = pending.get(operation.process);
    if (operation.type === "invoke") {
      if (invoked !== undefined) add(invoked, undefined);
      pending.set(operation.process, { operation, at });
    } else {
      add(invoked, { operation, at });
      pending.delete(operation.process);
    }
  }
  for (const invoked of pending.values()) add(invoked, undefined);
  return found;
}

function microOp([f, name, value]: MicroOperation, isCommitted: boolean): MicroOp {
  const key = String(name);
  if (f === "append") return { op: "append", key, element: value as Json };
  if (f === "w") return { op: "put", key, value: value as Json };
  if (!isCommitted) return { op: "get", key };
  // Jepsen tells no empty list from none, and nobody ever writes an empty one.
  return { op: "get", key, seen: Array.isArray(value) && value.length === 0 ? null : (value as Json) };
}
