import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";

/** What stands for a JSON value as a key of a Map: two values are equal exactly where this is. */
export type Identity = string | number | boolean | null;

/** The identity of a JSON value. A list or object is named by its canonical JSON, marked so that no string equals it. */
export function identityOf(value: Json): Identity {
  if (typeof value === "object" && value !== null) return `\u0000${canonicalJson(value)}`;
  // -0 and 0 are one number in JSON, and a Map takes them for one.
  return typeof value === "string" && value.startsWith("\u0000") ? `\u0000${JSON.stringify(value)}` : value;
}

/** Whether two JSON values are equal; the order of an object's fields is no part of it. */
export function sameJson(a: Json, b: Json): boolean {
  return identityOf(a) === identityOf(b);
}
