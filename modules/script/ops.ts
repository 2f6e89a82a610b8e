/** The operations of a script on the cells, inside a transaction that is open already. */
import { type Db, EvenlaneError, type Json, table } from "evenlane/module";
import { record, recording } from "../common/record.ts";

/** The tables of the module: cells hold any JSON value under any key. */
export const tables = { cells: table<Json>(), ...recording };

type ScriptDb = Db<typeof tables>;

/** One operation: its name and its operands. */
export type Op = readonly Json[];

/** What operations work on: a transaction of a procedure, or a reducer's own, which has no points. */
export interface Work {
  readonly db: ScriptDb;
  readonly point?: (name: string) => void;
}

/** What `["abort"]` throws: the transaction is to be undone, and that is no failure of the script. */
export class Aborted extends Error {}

/** Does the operations in order and gives what each of them observed. */
export function doAll(work: Work, ops: readonly Op[]): Json[] {
  return ops.map((op) => doOne(work, op));
}

function doOne({ db, point }: Work, op: Op): Json {
  const { cells } = db;
  switch (textOf(op[0])) {
    case "get":
      return cells.get(textOf(op[1])) ?? null;
    case "put":
      put(db, textOf(op[1]), operandOf(op[2]));
      return null;
    case "add": {
      const key = textOf(op[1]);
      const found = cells.get(key);
      const sum = (found === undefined ? 0 : numberOf(found)) + numberOf(op[2]);
      put(db, key, sum);
      return sum;
    }
    case "append": {
      const key = textOf(op[1]);
      const found = cells.get(key);
      put(db, key, [...(found === undefined ? [] : listOf(found)), operandOf(op[2])]);
      return null;
    }
    case "insert":
      return insert(db, textOf(op[1]), operandOf(op[2]));
    case "insertOrFail":
      cells.insert(textOf(op[1]), operandOf(op[2]));
      return null;
    case "delete":
      return cells.delete(textOf(op[1]));
    case "scan":
      return cells.scan({ from: textOf(op[1]), to: textOf(op[2]) });
    case "where": {
      const divisor = numberOf(op[1]);
      return cells.scan().filter(([, value]) => typeof value === "number" && value % divisor === 0);
    }
    case "addAll": {
      const more = numberOf(op[1]);
      const numbers = cells.scan().filter(isNumber);
      for (const [key, value] of numbers) cells.update(key, value + more);
      return numbers.length;
    }
    case "deleteWhere": {
      const wanted = numberOf(op[1]);
      return cells.scan().filter(([key, value]) => value === wanted && cells.delete(key)).length;
    }
    case "record":
      return record(db, textOf(op[1]));
    case "point":
      if (point === undefined) throw new Error("a reducer's transaction has no points");
      point(textOf(op[1]));
      return null;
    case "abort":
      throw new Aborted("aborted by the script");
    default:
      throw new Error(`the script knows no operation named ${op[0]}`);
  }
}

function put({ cells }: ScriptDb, key: string, value: Json): void {
  if (cells.get(key) === undefined) cells.insert(key, value);
  else cells.update(key, value);
}

function insert({ cells }: ScriptDb, key: string, value: Json): boolean {
  try {
    cells.insert(key, value);
    return true;
  } catch (error) {
    if (error instanceof EvenlaneError && error.category === "unique-violation") return false;
    throw error;
  }
}

function isNumber(row: [string, Json]): row is [string, number] {
  return typeof row[1] === "number";
}

function operandOf(value: Json | undefined): Json {
  if (value === undefined) throw new Error("the operation lacks an operand");
  return value;
}

function textOf(value: Json | undefined): string {
  if (typeof value !== "string") throw new TypeError(`expected JSON of type string, found ${typeNameOf(value)}`);
  return value;
}

function numberOf(value: Json | undefined): number {
  if (typeof value !== "number") throw new TypeError(`expected JSON of type number, found ${typeNameOf(value)}`);
  return value;
}

function listOf(value: Json): readonly Json[] {
  if (!Array.isArray(value)) throw new TypeError(`expected JSON of type array, found ${typeNameOf(value)}`);
  return value;
}

/** A value's type as the other language's SDK names it in the same message. */
function typeNameOf(value: Json | undefined): string {
  if (value === undefined) throw new Error("the operation lacks an operand");
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
