import { BAD_VALUE } from "./abi.ts";
import { EvenlaneError } from "./errors.ts";

/** A value that JSON can express. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json };

/**
 * The JSON text of a value. Unlike JSON.stringify it refuses, with `bad-value` and the place, whatever would be lost
 * or changed on the way: NaN, an infinity, a lone surrogate, a bigint, a symbol, a function, an object that is not
 * plain, an `undefined` element, a cycle. A field that is `undefined` is left out; a whole value that is, is `null`.
 * `what` names the value in the message.
 */
export function toJson(value: unknown, what: string): string {
  return value === undefined ? "null" : write(value, what, []);
}

function write(value: unknown, place: string, ancestors: object[]): string {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw unfit(place, "a string with a lone surrogate");
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) throw unfit(place, String(value));
      return String(value);
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : writeObject(value, place, ancestors);
    case "undefined":
      throw unfit(place, "undefined");
    default:
      throw unfit(place, `a ${typeof value}`);
  }
}

function writeObject(value: object, place: string, ancestors: object[]): string {
  if (ancestors.includes(value)) throw unfit(place, "an object that contains itself");
  ancestors.push(value);
  let text: string;
  if (Array.isArray(value)) {
    const elements: string[] = [];
    for (let i = 0; i < value.length; i++) elements.push(write(value[i], `${place}[${i}]`, ancestors));
    text = `[${elements.join(",")}]`;
  } else {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) throw unfit(place, "an object that is not plain");
    const fields: string[] = [];
    for (const key of Object.keys(value)) {
      const field = (value as Record<string, unknown>)[key];
      if (field === undefined) continue;
      if (!key.isWellFormed()) throw unfit(place, "a field name with a lone surrogate");
      fields.push(`${JSON.stringify(key)}:${write(field, `${place}.${key}`, ancestors)}`);
    }
    text = `{${fields.join(",")}}`;
  }
  ancestors.pop();
  return text;
}

function unfit(place: string, found: string): EvenlaneError {
  return new EvenlaneError(BAD_VALUE, `${place} is ${found}, which JSON cannot express`);
}
