/** Plans of the module `script`: what its calls were asked to do. */
import type { Json } from "../../protocol/json.ts";
import type { MicroOp, Row } from "./transaction.ts";

/** A step of a plan, as far as the checkers care. */
export type Step =
  | { readonly kind: "tx"; readonly ops: readonly (readonly Json[])[]; readonly aborts: boolean }
  | { readonly kind: "fetch"; readonly url: string }
  | { readonly kind: "fail" }
  | { readonly kind: "other" };

/** What a call was asked to do. */
export interface Plan {
  readonly isReducer: boolean;
  readonly steps: readonly Step[];
}

/** The plan of a call; undefined for a function of another kind, or for arguments that are no plan (such a call runs no transaction). */
export function planOf(name: string, args: Readonly<Record<string, unknown>>): Plan | undefined {
  if (name === "run") {
    const { ops } = args;
    return isOps(ops) ? { isReducer: true, steps: [transaction(ops)] } : undefined;
  }
  if (name !== "play" && name !== "playBlocking") return undefined;
  const { steps } = args;
  return Array.isArray(steps) ? { isReducer: false, steps: steps.map(stepOf) } : undefined;
}

function stepOf(step: unknown): Step {
  const { tx, fetch, sleep } = (step ?? {}) as { readonly [field: string]: unknown };
  if (typeof fetch === "string") return { kind: "fetch", url: fetch };
  if (sleep !== undefined) return { kind: "other" };
  // Whatever the module does not know it answers with an error, as it does a step that is to fail.
  return isOps(tx) ? transaction(tx) : { kind: "fail" };
}

function transaction(ops: readonly (readonly Json[])[]): Step {
  return { kind: "tx", ops, aborts: ops.some(([name]) => name === "abort") };
}

function isOps(value: unknown): value is readonly (readonly Json[])[] {
  return Array.isArray(value) && value.every((op) => Array.isArray(op));
}

/** The operations of a transaction that committed, with their observations where these are known. */
export function withObservations(ops: readonly (readonly Json[])[], seen: readonly Json[] | undefined): MicroOp[] {
  return ops.flatMap((op, index) => microOp(op, seen?.[index]));
}

/** The operations of a transaction of which nothing was observed; of one that aborts itself, those before that. */
export function writesOf(ops: readonly (readonly Json[])[]): MicroOp[] {
  const aborts = ops.findIndex(([name]) => name === "abort");
  return ops.slice(0, aborts < 0 ? ops.length : aborts).flatMap((op) => microOp(op, undefined));
}

function microOp([name, first, second]: readonly Json[], seen: Json | undefined): MicroOp[] {
  const key = first as string;
  const saw = <T extends Json>() => (seen === undefined ? {} : { seen: seen as T });
  switch (name) {
    case "get":
      return [{ op: "get", key, ...saw<Json>() }];
    case "put":
      return [{ op: "put", key, value: second as Json }];
    case "add":
      return [{ op: "add", key, n: second as number, ...saw<Json>() }];
    case "append":
      return [{ op: "append", key, element: second as Json }];
    case "insert":
      return [{ op: "insert", key, value: second as Json, ...saw<boolean>() }];
    case "insertOrFail":
      // It observes nothing; that its transaction committed says that no such row was there.
      return [{ op: "insert", key, value: second as Json, ...(seen === undefined ? {} : { seen: true }) }];
    case "delete":
      return [{ op: "delete", key, ...saw<boolean>() }];
    case "scan":
      return [{ op: "scan", from: key, to: second as string, ...rows(seen) }];
    case "where":
      return [{ op: "where", divisor: first as number, ...rows(seen) }];
    case "addAll":
      return [{ op: "addAll", n: first as number, ...saw<number>() }];
    case "deleteWhere":
      return [{ op: "deleteWhere", value: first as number, ...saw<number>() }];
    case "record":
      return [{ op: "record", token: key, ...saw<number>() }];
    default:
      // A point observes nothing, and an operation that the module does not know undoes its transaction.
      return [];
  }
}

function rows(seen: Json | undefined): { seen?: readonly Row[] } {
  const isRows =
    Array.isArray(seen) && seen.every((row) => Array.isArray(row) && row.length === 2 && typeof row[0] === "string");
  return isRows ? { seen: seen as unknown as readonly Row[] } : {};
}
