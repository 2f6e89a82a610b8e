/** Seeds and identities, derived from the run's seed. */
import { createHash } from "node:crypto";

/** Four 32-bit numbers. */
export type Seed = readonly [number, number, number, number];

/** Seed of the `n`th call of a module, counted from 0 in submission order. */
export function callSeed(runSeed: string, n: number): Seed {
  const digest = createHash("sha256").update(`${runSeed}:${n}`, "utf8").digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}

/** Identity of a module, or of a connection where one is named: 64 hexadecimal digits, the same for the same seed and names. */
export function identity(runSeed: string, module: string, connection?: string): string {
  const text = connection === undefined ? `module:${module}` : `connection:${module}:${connection}`;
  return createHash("sha256").update(`${runSeed}:${text}`, "utf8").digest("hex");
}
