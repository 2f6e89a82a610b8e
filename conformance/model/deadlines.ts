import type { ModelCall } from "./call.ts";
import { firstOf, type Timer } from "./timer.ts";

/** The time of a call that has begun: when it is over, the call ends as `deadline`. */
export interface Deadline extends Timer {
  readonly late: ModelCall;
}

/** The times of the calls of a module whose operator gives each so many milliseconds from its beginning. */
export class Deadlines {
  readonly #callMs: number | undefined;
  #all: Deadline[] = [];

  /** Without `callMs`, calls have as long as they like. */
  constructor(callMs: number | undefined) {
    this.#callMs = callMs;
  }

  /** The one that is due first. */
  get first(): Deadline | undefined {
    return firstOf(this.#all);
  }

  /** When the time of a call that has begun is over; never where it has as long as it likes. */
  of(call: ModelCall): number {
    return this.#all.find(({ late }) => late === call)?.due ?? Number.POSITIVE_INFINITY;
  }

  /** A call begins now. */
  begin(late: ModelCall, now: number, issued: number): void {
    if (this.#callMs !== undefined) this.#all.push({ late, due: now + this.#callMs, issued });
  }

  /** A call has ended. */
  forget(call: ModelCall): void {
    this.#all = this.#all.filter(({ late }) => late !== call);
  }
}
