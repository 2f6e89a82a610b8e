import type { History } from "../history/history.ts";
import { Stuck } from "./violation.ts";

/**
 * Ends waits for what never comes. It bites only after `patience` milliseconds in which *nothing at all* was observed, and gives `Stuck`: never a
 * verdict on the requirement.
 */
export class Watchdog {
  readonly #patience: number;
  readonly #waits = new Map<object, { reject: (error: Error) => void; what: string }>();
  #timer: NodeJS.Timeout | undefined;
  readonly #unsubscribe: () => void;

  /** `patience` in milliseconds. Each event of `history` starts it anew. */
  constructor(patience: number, history: History) {
    this.#patience = patience;
    this.#unsubscribe = history.onEvent(() => this.#timer?.refresh());
  }

  /** Waits for `promise`; `what` completes the sentence "waited in vain for …". */
  async until<T>(promise: Promise<T>, what: string): Promise<T> {
    const wait = {};
    try {
      return await Promise.race([
        promise,
        new Promise<never>((_, reject) => {
          this.#waits.set(wait, { reject, what });
          if (this.#timer === undefined) this.#timer = setTimeout(() => this.#bite(), this.#patience);
          else this.#timer.refresh();
        }),
      ]);
    } finally {
      this.#waits.delete(wait);
    }
  }

  /** Ends the watch. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  #bite(): void {
    for (const { reject, what } of this.#waits.values()) {
      reject(new Stuck(`nothing was observed for ${this.#patience / 1000} s; waited in vain for ${what}`));
    }
  }
}
