/** Values that a caller cannot hand over, or not without a copy on the way: the module makes them. */
import { Json, JsonArray, JsonNumber } from "../../sdk/as";

/** The double of 16 hexadecimal digits, the highest first. */
export function numberOf(bits: string): f64 {
  const high = <u64>U32.parseInt(bits.substring(0, 8), 16);
  const low = <u64>U32.parseInt(bits.substring(8), 16);
  return reinterpret<f64>((high << 32) | low);
}

/** A double as 16 hexadecimal digits, the highest first. */
export function bitsOf(value: f64): string {
  return reinterpret<u64>(value).toString(16).padStart(16, "0");
}

/** Text in which a surrogate stands alone, or the two of a pair stand in the wrong order. */
export function surrogate(form: string): string {
  if (form == "high") return String.fromCharCode(0xd83d);
  if (form == "low") return String.fromCharCode(0xde00);
  if (form == "swapped") return String.fromCharCode(0xde00) + String.fromCharCode(0xd83d);
  throw new Error("values knows no form of surrogates named " + form);
}

/** Arrays in arrays, so many deep. */
export function nested(depth: f64): Json {
  let value: Json = new JsonNumber(0);
  for (let level: f64 = 0; level < depth; level++) value = new JsonArray().push(value);
  return value;
}

/** Text of so many bytes in UTF-8, of one character as far as it goes and of `x` for the rest. */
export function fill(bytes: i32, unit: string): string {
  const point = unit.codePointAt(0);
  const width = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  return unit.repeat(bytes / width) + "x".repeat(bytes % width);
}
