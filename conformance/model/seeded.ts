/** What follows from the run's seed, as the guest ABI's *Context* says. */
import { createHash } from "node:crypto";
import { anything } from "./value.ts";

/** The identity of a connection of a module, or the module's own where `connection` is null; open where the seed is not known. */
export function identityOf(seed: string | undefined, module: string, connection: string | null): unknown {
  if (seed === undefined) return anything;
  const of = connection === null ? `module:${module}` : `connection:${module}:${connection}`;
  return digestOf(`${seed}:${of}`).toString("hex");
}

/** Draws the random numbers of call number `n` of a module, from 0 to below 1; open where the seed is not known. */
export function randomOf(seed: string | undefined, n: number): () => unknown {
  if (seed === undefined) return () => anything;
  const digest = digestOf(`${seed}:${n}`);
  const state = new Uint32Array([0, 4, 8, 12].map((at) => digest.readUInt32LE(at)));
  return () => {
    const [a, b, c, d] = state as unknown as [number, number, number, number];
    const result = (a + b + d) >>> 0;
    state.set([b ^ (b >>> 9), c + (c << 3), ((c << 21) | (c >>> 11)) + result, d + 1]);
    return result / 2 ** 32;
  };
}

/** The UUIDs that a module is given. */
export class Uuids {
  readonly #seed: string | undefined;
  #next: bigint;
  #time = 0;

  /** Of a module whose tables were loaded `loads` times before. */
  constructor(seed: string | undefined, loads = 0) {
    this.#seed = seed;
    this.#next = BigInt(loads) << 30n;
  }

  /** The next one, at that time in ms since the epoch; open where the seed is not known. */
  next(now: number): unknown {
    const number = this.#next;
    this.#next += 1n;
    this.#time = Math.max(this.#time, Math.floor(now));
    if (this.#seed === undefined) return anything;
    const version = 7n;
    const variant = 0b10n;
    const tail = BigInt(digestOf(`${this.#seed}:uuid:${number}`).readUInt32BE(0));
    const high = (BigInt(this.#time) << 16n) | (version << 12n) | (number >> 30n);
    const low = (variant << 62n) | ((number & 0x3fff_ffffn) << 32n) | tail;
    const hex = high.toString(16).padStart(16, "0") + low.toString(16).padStart(16, "0");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
