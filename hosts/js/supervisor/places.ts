/** The places for procedures of a module: the bound on those in flight, over its lane and its blocking path. */
import type { Call } from "./calls.ts";

/** Places, taken when a procedure begins and freed when it ends. Whoever finds none waits, and goes by the order of submission. */
export class Places {
  readonly #bound: number;
  readonly #taken = new Set<Call>();
  readonly #waiting = new Map<Call, () => void>();

  /** `bound` is how many there are; null: as many as are asked for. */
  constructor(bound: number | null) {
    this.#bound = bound ?? Number.POSITIVE_INFINITY;
  }

  /** Takes a place for a call, unless it has one. False where there is none: `admit` is called once one has been taken for it. */
  take(call: Call, admit: () => void): boolean {
    if (this.#taken.has(call)) return true;
    if (this.#taken.size < this.#bound) {
      this.#taken.add(call);
      return true;
    }
    this.#waiting.set(call, admit);
    return false;
  }

  /** Whoever waits is given no place any more. */
  close(): void {
    this.#waiting.clear();
  }

  /** A call has ended, or does not wait any more. */
  free(call: Call): void {
    this.#waiting.delete(call);
    if (!this.#taken.delete(call)) return;
    let next: Call | undefined;
    for (const waiting of this.#waiting.keys()) if (next === undefined || waiting.spec.n < next.spec.n) next = waiting;
    if (next === undefined) return;
    const admit = this.#waiting.get(next);
    this.#waiting.delete(next);
    this.#taken.add(next);
    admit?.();
  }
}
