/** What a module exports for the host: `export { describe, call } from "…/entry"`. */

import { at, takeBytes, utf8 } from "./host";
import { result } from "./imports";
import { parseJson } from "./json/parse";
import { Json } from "./json/value";
import { Args, Schema } from "./schema";

let registered: Schema | null = null;

/** Begins a module: its name and its tables. Its functions are added to what this gives. */
export function schema(name: string, tables: string[]): Schema {
  if (registered !== null) throw new Error("a module has one schema");
  const created = new Schema(name, tables);
  registered = created;
  return created;
}

/** Hands the module's description over. */
export function describe(): void {
  give(registered!.describe(), "the description");
}

/** Runs the function or hook whose name and arguments wait as one payload. */
export function call(nameLength: i32, argsLength: i32): void {
  const payload = takeBytes(nameLength + argsLength);
  const name = String.UTF8.decodeUnsafe(at(payload), nameLength);
  const args = String.UTF8.decodeUnsafe(at(payload) + nameLength, argsLength);
  const value = registered!.call(name, new Args(parseJson(args).asObject()));
  if (value !== null) give(value, "the result of " + name);
}

function give(value: Json, what: string): void {
  const text = utf8(value.toText(what));
  result(at(text), text.byteLength);
}
