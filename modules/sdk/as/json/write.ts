import { BAD_VALUE } from "../codes";
import { failCall } from "../host";
import { Json, JsonArray, JsonBoolean, JsonNumber, JsonObject, JsonString } from "./value";

/** Integers below this are exact, and are written without a fraction. */
const MAX_SAFE: f64 = 9007199254740991;

/** The JSON text of a value; the host brings it into canonical form. */
export function write(value: Json, what: string): string {
  const parts: string[] = [];
  writeTo(parts, value, what);
  return parts.join("");
}

function writeTo(parts: string[], value: Json, place: string): void {
  if (value instanceof JsonString) {
    writeString(parts, (value as JsonString).value, place);
  } else if (value instanceof JsonNumber) {
    writeNumber(parts, (value as JsonNumber).value, place);
  } else if (value instanceof JsonBoolean) {
    parts.push((value as JsonBoolean).value ? "true" : "false");
  } else if (value instanceof JsonArray) {
    const elements = (value as JsonArray).elements;
    parts.push("[");
    for (let i = 0; i < elements.length; i++) {
      if (i > 0) parts.push(",");
      writeTo(parts, elements[i], place + "[" + i.toString() + "]");
    }
    parts.push("]");
  } else if (value instanceof JsonObject) {
    const fields = (value as JsonObject).fields;
    const names = fields.keys();
    parts.push("{");
    for (let i = 0; i < names.length; i++) {
      if (i > 0) parts.push(",");
      writeString(parts, names[i], place);
      parts.push(":");
      writeTo(parts, fields.get(names[i]), place + "." + names[i]);
    }
    parts.push("}");
  } else {
    parts.push("null");
  }
}

function writeNumber(parts: string[], value: f64, place: string): void {
  if (!isFinite(value)) unfit(place, value.toString());
  if (value == Math.trunc(value) && Math.abs(value) <= MAX_SAFE) parts.push((<i64>value).toString());
  else parts.push(value.toString());
}

function writeString(parts: string[], value: string, place: string): void {
  parts.push('"');
  let from = 0;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const isPair = unit <= 0xdbff && i + 1 < value.length && (value.charCodeAt(i + 1) & 0xfc00) == 0xdc00;
      if (!isPair) unfit(place, "a string with a lone surrogate");
      i++;
    } else if (unit < 0x20 || unit == 0x22 || unit == 0x5c) {
      parts.push(value.substring(from, i));
      parts.push(escape(unit));
      from = i + 1;
    }
  }
  parts.push(value.substring(from));
  parts.push('"');
}

function escape(unit: i32): string {
  if (unit == 0x22) return '\\"';
  if (unit == 0x5c) return "\\\\";
  return "\\u" + unit.toString(16).padStart(4, "0");
}

function unfit(place: string, found: string): void {
  failCall(BAD_VALUE, place + " is " + found + ", which JSON cannot express");
}
