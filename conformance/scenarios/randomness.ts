import { createHash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Choices of a scenario: the same seed and scenario give the same choices in every version. */
export class Randomness {
  readonly #generator;

  /** `seed` is the run's, `scenario` the scenario's id. */
  constructor(seed: string, scenario: string) {
    this.#generator = xoroshiro128plus(createHash("sha256").update(`${seed}/${scenario}`).digest().readInt32LE(0));
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return uniformInt(this.#generator, 0, limit - 1);
  }

  /** The items in another order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      [result[last], result[other]] = [result[other] as T, result[last] as T];
    }
    return result;
  }
}
