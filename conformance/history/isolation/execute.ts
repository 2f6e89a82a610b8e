/** The operations of the script, executed on a Map: the meaning of a transaction, written down once for oracle and replay. */
import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import { compareKeys, type MicroOp, type Row, selects } from "./transaction.ts";
import { sameJson } from "./value.ts";

/** What transactions work on. */
export interface State {
  readonly cells: Map<string, Json>;
  /** How many transactions recorded themselves. */
  recorded: number;
}

/** A state that holds these cells. */
export function stateOf(cells: ReadonlyMap<string, Json>): State {
  return { cells: new Map(cells), recorded: 0 };
}

/** Executes an operation, and gives what it observes; undefined where it would fail (a number wanted, something else there). */
export function execute(state: State, op: MicroOp): Json | undefined {
  const { cells } = state;
  switch (op.op) {
    case "get":
      return cells.get(op.key) ?? null;
    case "put":
      cells.set(op.key, op.value);
      return null;
    case "add": {
      const before = cells.get(op.key) ?? (cells.has(op.key) ? undefined : 0);
      if (typeof before !== "number") return undefined;
      cells.set(op.key, before + op.n);
      return before + op.n;
    }
    case "append": {
      const before = cells.has(op.key) ? cells.get(op.key) : [];
      if (!Array.isArray(before)) return undefined;
      cells.set(op.key, [...(before as readonly Json[]), op.element]);
      return null;
    }
    case "insert":
      if (cells.has(op.key)) return false;
      cells.set(op.key, op.value);
      return true;
    case "delete":
      return cells.delete(op.key);
    case "scan":
    case "where":
      return sorted(cells).filter(([key, value]) => selects(op, key, value));
    case "addAll": {
      const numbers = [...cells].filter((row): row is [string, number] => typeof row[1] === "number");
      for (const [key, value] of numbers) cells.set(key, value + op.n);
      return numbers.length;
    }
    case "deleteWhere": {
      const found = [...cells].filter(([, value]) => value === op.value);
      for (const [key] of found) cells.delete(key);
      return found.length;
    }
    case "record":
      state.recorded += 1;
      return state.recorded;
  }
}

/**
 * Executes a transaction's operations on the state; gives the first that observes something else than was seen, or undefined. What was
 * not seen is not compared.
 */
export function firstContradiction(
  state: State,
  ops: readonly MicroOp[],
): { op: MicroOp; executed: Json | undefined } | undefined {
  for (const op of ops) {
    const executed = execute(state, op);
    const seen = "seen" in op ? op.seen : undefined;
    if (executed === undefined || (seen !== undefined && !sameJson(executed, seen))) return { op, executed };
  }
  return undefined;
}

/** Whether two sets of cells are the same rows. */
export function sameCells(a: ReadonlyMap<string, Json>, b: ReadonlyMap<string, Json>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && sameJson(value, b.get(key)!));
}

/** An operation in words. */
export function describeOp(op: MicroOp): string {
  const { op: name, ...rest } = op;
  const operands = Object.entries(rest).filter(([field]) => field !== "seen");
  return `${name}(${operands.map(([, value]) => canonicalJson(value)).join(", ")})`;
}

function sorted(cells: ReadonlyMap<string, Json>): Row[] {
  return [...cells].sort(([a], [b]) => compareKeys(a, b));
}
