/** Values that a caller cannot hand over, or not without a copy on the way: the module makes them. */
import type { Json } from "evenlane/module";

/** The double of 16 hexadecimal digits, the highest first. */
export function numberOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, Number.parseInt(bits.slice(0, 8), 16));
  view.setUint32(4, Number.parseInt(bits.slice(8), 16));
  return view.getFloat64(0);
}

/** A double as 16 hexadecimal digits, the highest first. */
export function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const half = (at: number) => view.getUint32(at).toString(16).padStart(8, "0");
  return half(0) + half(4);
}

/** Text in which a surrogate stands alone, or the two of a pair stand in the wrong order. */
export function surrogate(form: string): string {
  switch (form) {
    case "high":
      return String.fromCharCode(0xd83d);
    case "low":
      return String.fromCharCode(0xde00);
    case "swapped":
      return String.fromCharCode(0xde00, 0xd83d);
    default:
      throw new Error(`values knows no form of surrogates named ${form}`);
  }
}

/** Arrays in arrays, so many deep. */
export function nested(depth: number): Json {
  let value: Json = 0;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

/** Text of so many bytes in UTF-8, of one character as far as it goes and of `x` for the rest. */
export function fill(bytes: number, unit: string): string {
  const point = unit.codePointAt(0)!;
  const width = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  return unit.repeat(Math.floor(bytes / width)) + "x".repeat(bytes % width);
}
