/** Canonical JSON as RFC 8785 has it, and the checks of text that crosses between guest and host. */
import { jsonBytes, jsonDepth } from "../limits.ts";
import { code, Refusal } from "./codes.ts";

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// Captured before any guest runs: a guest shares the realm and may replace what it finds there.
const { parse, stringify } = JSON;
const { isFinite: finite } = Number;
const { isArray } = Array;
const { keys } = Object;
const { apply } = Reflect;
const { isWellFormed } = String.prototype;
const { sort, join, push } = Array.prototype;

/** Whether `text` holds no lone surrogate, and so has a UTF-8 form. */
export function wellFormed(text: string): boolean {
  return apply(isWellFormed, text, []);
}

/** Length of `text` in UTF-8, in bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

/** Parses and prints `text` in canonical form. `what` names it in messages. Refuses as `bad-value` or `limit`. */
export function canonical(text: string, what: string): string {
  checkSize(text, jsonBytes, what);
  return canonicalOf(parseJson(text, what), what);
}

/** Parses JSON text; refuses as `bad-value`. */
export function parseJson(text: string, what: string): Json {
  try {
    return parse(text) as Json;
  } catch {
    throw new Refusal(code.badValue, `${what} is not JSON; hand over one JSON value`);
  }
}

/** Prints a JSON value in canonical form; refuses as `bad-value` what has none. */
export function canonicalOf(value: Json, what: string): string {
  return print(value, what, 0);
}

/** Refuses `text` as `limit` where its UTF-8 form is longer than `limit` bytes. */
export function checkSize(text: string, limit: number, what: string): void {
  if (text.length * 3 <= limit) return;
  const bytes = utf8Length(text);
  if (bytes > limit) throw new Refusal(code.limit, `${what} is ${bytes} bytes long; the limit is ${limit}`);
}

function print(value: Json, what: string, depth: number): string {
  switch (typeof value) {
    case "string":
      return printString(value, what);
    case "number":
      if (!finite(value)) throw new Refusal(code.badValue, `${what} holds a number that no double can hold`);
      return stringify(value);
    case "boolean":
      return value ? "true" : "false";
  }
  if (value === null) return "null";
  if (depth >= jsonDepth) throw new Refusal(code.badValue, `${what} is nested deeper than ${jsonDepth} levels`);
  const parts: string[] = [];
  if (isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      apply(push, parts, [print(value[index] as Json, what, depth + 1)]);
    }
    return `[${apply(join, parts, [","])}]`;
  }
  const names = apply(sort, keys(value), []) as string[];
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    const member = `${printString(name, what)}:${print(value[name] as Json, what, depth + 1)}`;
    apply(push, parts, [member]);
  }
  return `{${apply(join, parts, [","])}}`;
}

function printString(text: string, what: string): string {
  if (!wellFormed(text)) throw new Refusal(code.badValue, `${what} holds a lone surrogate, which has no UTF-8 form`);
  return stringify(text);
}
