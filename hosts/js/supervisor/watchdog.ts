/** The budget of a turn: CPU time of the Worker's thread, so that a loaded machine kills nobody. */
import { clearTimeout, setTimeout } from "node:timers";

/** Watches the turns of one Worker, one at a time. */
export class Watchdog {
  readonly #used: () => Promise<number | null>;
  readonly #exceeded: (budget: number) => void;
  #budget = 0;
  #alarm: NodeJS.Timeout | null = null;
  /** Grows with each turn, so that a late answer of the engine says nothing about the next one. */
  #turn = 0;

  /**
   * `used` gives the milliseconds of CPU time that the Worker's thread has used, or null where the runtime cannot tell;
   * `exceeded` is told the budget that a turn has used up, in milliseconds.
   */
  constructor(used: () => Promise<number | null>, exceeded: (budget: number) => void) {
    this.#used = used;
    this.#exceeded = exceeded;
  }

  /** A turn begins that may use `budget` milliseconds. */
  begin(budget: number): void {
    this.end();
    this.#budget = budget;
    // Asking for the thread's time costs, and few turns last: the first reading is taken from one that does.
    const first = this.#budget / 10;
    this.#alarm = setTimeout(() => void this.#look(this.#turn, first, null), first);
  }

  /** The turn is over. */
  end(): void {
    this.#turn += 1;
    if (this.#alarm !== null) clearTimeout(this.#alarm);
    this.#alarm = null;
  }

  /** `spent` is the time that has passed before this look, `base` the first reading: what was used before it is given to the turn. */
  async #look(turn: number, spent: number, base: number | null): Promise<void> {
    const reading = await this.#used().catch(() => null);
    if (turn !== this.#turn) return;
    if (reading === null) {
      // No reading: the time that has passed is all there is to go by.
      if (spent >= this.#budget) this.#exceeded(this.#budget);
      else this.#again(turn, this.#budget, null, this.#budget - spent);
      return;
    }
    const from = base ?? reading;
    const left = this.#budget - (reading - from);
    if (left <= 0) this.#exceeded(this.#budget);
    else this.#again(turn, spent, from, left);
  }

  #again(turn: number, spent: number, base: number | null, wait: number): void {
    this.#alarm = setTimeout(() => void this.#look(turn, spent, base), Math.max(1, Math.ceil(wait)));
  }
}
