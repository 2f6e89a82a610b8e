import { Refused, Thrown } from "../failure.ts";
import {
  fetch,
  type ModelModule,
  type Point,
  procedure,
  reducer,
  type Steps,
  sleepUntil,
  syncProcedure,
  withTx,
} from "../program.ts";
import type { Transaction } from "../tables.ts";
import { record } from "./recording.ts";

/** An operation of a scripted transaction: its name, then its operands. */
export type Op = readonly [name: string, ...operands: unknown[]];

/** A step of a scripted procedure. */
export type Step =
  | { readonly fetch: string }
  | { readonly sleep: number }
  | { readonly tx: readonly Op[] }
  | { readonly fail: string };

class Aborted extends Error {}

const cell = (tx: Transaction, key: string): unknown => tx.get("cells", key) ?? null;
const put = (tx: Transaction, key: string, value: unknown): void => tx.put("cells", key, value);
const cells = (tx: Transaction, from = "", to = ""): [string, unknown][] => tx.scan("cells", from, to);

function perform(tx: Transaction, [name, ...operands]: Op): unknown {
  const [a, b] = operands as [never, never];
  switch (name) {
    case "get":
      return cell(tx, a);
    case "put":
      put(tx, a, b);
      return null;
    case "add": {
      const sum = ((cell(tx, a) as number | null) ?? 0) + (b as number);
      put(tx, a, sum);
      return sum;
    }
    case "append":
      put(tx, a, [...((cell(tx, a) as unknown[] | null) ?? []), b]);
      return null;
    case "insert":
      if (tx.get("cells", a) !== undefined) return false;
      put(tx, a, b);
      return true;
    case "insertOrFail":
      tx.insert("cells", a, b);
      return null;
    case "delete":
      return tx.remove("cells", a);
    case "scan":
      return cells(tx, a, b);
    case "where":
      return cells(tx).filter(([, value]) => typeof value === "number" && value % a === 0);
    case "addAll": {
      const numbers = cells(tx).filter(([, value]) => typeof value === "number");
      for (const [key, value] of numbers) put(tx, key, (value as number) + a);
      return numbers.length;
    }
    case "deleteWhere": {
      const equal = cells(tx).filter(([, value]) => value === a);
      for (const [key] of equal) tx.remove("cells", key);
      return equal.length;
    }
    case "record":
      return record(tx, a);
    default:
      throw new Thrown(`unknown op ${name}`, false);
  }
}

function* transaction(tx: Transaction, ops: readonly Op[]): Generator<Point, unknown[], void> {
  const seen: unknown[] = [];
  for (const op of ops) {
    if (op[0] === "abort") throw new Aborted();
    if (op[0] === "point") {
      yield { point: String(op[1]) };
      seen.push(null);
    } else seen.push(perform(tx, op));
  }
  return seen;
}

function* play({ steps }: { steps: readonly Step[] }): Steps<unknown[]> {
  const seen: unknown[] = [];
  for (const step of steps) {
    if ("fetch" in step) {
      const fetched = yield* fetch(step.fetch);
      seen.push(fetched.ok ? { status: fetched.status, body: fetched.body } : { refused: fetched.category });
    } else if ("sleep" in step) {
      yield* sleepUntil(step.sleep);
      seen.push({ slept: step.sleep });
    } else if ("tx" in step) {
      try {
        seen.push({ tx: yield* withTx((tx) => transaction(tx, step.tx)) });
      } catch (error) {
        if (error instanceof Aborted) seen.push({ undone: "abort" });
        else if (error instanceof Refused && error.category === "conflict") seen.push({ undone: error.category });
        else throw error;
      }
    } else throw new Thrown(step.fail);
  }
  return seen;
}

/** The module `script`. */
export const script: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    [
      "run",
      reducer((tx, { ops }: { ops: readonly Op[] }) =>
        ops.map((op) => {
          if (op[0] === "abort") throw new Thrown("aborted by the script");
          return perform(tx, op);
        }),
      ),
    ],
    ["play", procedure(play)],
    ["playBlocking", syncProcedure(play)],
  ]),
};
