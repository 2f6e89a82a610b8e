import { z } from "zod";

/** A JSON value, as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Whether JSON text can say exactly this value: no undefined, function, bigint or symbol, no infinity or NaN, no object
 * with a class of its own. Walks without recursion, since a guest's value may nest deeper than the stack.
 */
export function isJson(value: unknown): value is Json {
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (next === null || typeof next === "string" || typeof next === "boolean") continue;
    if (typeof next === "number") {
      if (!Number.isFinite(next)) return false;
    } else if (Array.isArray(next)) {
      for (const item of next) rest.push(item);
    } else if (typeof next === "object" && isPlain(next)) {
      for (const item of Object.values(next)) rest.push(item);
    } else {
      return false;
    }
  }
  return true;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Any JSON value, of a shape that the protocol does not know; the field itself must be there. */
export const json = z.custom<unknown>(isJson, { error: "expected a JSON value" });

/** An object of JSON values under any names. */
export const jsonObject = z
  .custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value) && isJson(value),
    { error: "expected an object of JSON values" },
  )
  .meta({ type: "object" });
