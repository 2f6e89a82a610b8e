import { BAD_VALUE } from "./abi.ts";
import { EvenlaneError } from "./errors.ts";

/** A 64-bit integer as JSON, whose numbers are doubles: its shortest decimal text, under a name that marks it. */
export interface Int64 {
  readonly $i64: string;
}

/** An integer as JSON. Throws `bad-value` where 64 bits with a sign cannot hold it. */
export function toInt64(value: bigint): Int64 {
  if (BigInt.asIntN(64, value) !== value) {
    throw new EvenlaneError(BAD_VALUE, `${value} is outside of what 64 bits with a sign can hold`);
  }
  return { $i64: String(value) };
}

/** The integer that JSON of this form holds. Throws `bad-value` for any other JSON. */
export function fromInt64(json: unknown): bigint {
  const text = typeof json === "object" && json !== null ? (json as Partial<Int64>).$i64 : undefined;
  if (typeof text !== "string" || !/^(0|-?[1-9][0-9]{0,18})$/.test(text)) {
    throw new EvenlaneError(BAD_VALUE, "expected a 64-bit integer, an object whose $i64 is its shortest decimal text");
  }
  return BigInt(toInt64(BigInt(text)).$i64);
}
