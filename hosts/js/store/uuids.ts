/**
 * The UUIDs of a module. What they need is in memory that all its Workers share, so that they are unique and ordered whichever
 * thread makes them: how many were made, and the time of the last one, which no later one goes back behind.
 */
import { createHash } from "node:crypto";

/** The number of the next UUID and the time of the last, to be shared with Workers. */
export type UuidMemory = BigInt64Array<SharedArrayBuffer>;

const made = 0;
const lastTime = 1;
const timeBits = 48;

// Captured before any guest runs: a guest shares the realm and may replace what it finds there.
const { add, compareExchange, load } = Atomics;
const { floor, max } = Math;
const bigInt = BigInt;
const { asUintN } = BigInt;

/** Memory for a module that has made none. */
export function newUuidMemory(): UuidMemory {
  return new BigInt64Array(new SharedArrayBuffer(16));
}

/** The next UUID of version 7, at the time `now` by the host's clock, in milliseconds since the Unix epoch. */
export function nextUuid(memory: UuidMemory, runSeed: string, now: number): string {
  // The number first: of two UUIDs one after the other, the second then has neither the smaller number nor the earlier time.
  const number = add(memory, made, 1n);
  const time = raise(memory, asUintN(timeBits, bigInt(max(0, floor(now)))));
  const entropy = createHash("sha256").update(`${runSeed}:uuid:${number}`, "utf8").digest().readUInt32BE(0);
  // 12 bits of the number stand in rand_a, 30 at the top of rand_b.
  const high = (time << 16n) | 0x7000n | asUintN(12, number >> 30n);
  const low = (0b10n << 62n) | (asUintN(30, number) << 32n) | bigInt(entropy);
  const digits = high.toString(16).padStart(16, "0") + low.toString(16).padStart(16, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

/** Raises the time of the last UUID to `time`, unless it is later already, and gives it. */
function raise(memory: UuidMemory, time: bigint): bigint {
  for (let last = load(memory, lastTime); ; ) {
    if (last >= time) return last;
    const found = compareExchange(memory, lastTime, last, time);
    if (found === last) return time;
    last = found;
  }
}
