import type { ModelCall } from "./call.ts";

/** What a transaction has scheduled. Times are in ms since the epoch. */
export interface Scheduled {
  readonly function: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** When its only call is due, or its first. */
  readonly at: number;
  /** Milliseconds from one due time to the next; absent where it is called once. */
  readonly every?: number;
}

/** A schedule that waits for its time. */
export interface Waiting {
  readonly scheduled: Scheduled;
  /** When its next call is due. */
  readonly due: number;
  /** Place among all timers, in order of creation. */
  readonly issued: number;
  /** The `seq` of the commit that made it. */
  readonly made: number;
  /** The call of the tick before. */
  readonly last: ModelCall | undefined;
}

/** Calls that a module makes of itself at their time. */
export class Schedules {
  #all: Waiting[] = [];

  /** The one that is due first: by time, then by order of creation. */
  get first(): Waiting | undefined {
    return this.#all.toSorted((a, b) => a.due - b.due || a.issued - b.issued)[0];
  }

  /** Those that wait, in the order in which they began to. */
  get all(): readonly Waiting[] {
    return this.#all;
  }

  /** A schedule begins to wait. */
  add(waiting: Waiting): void {
    this.#all.push(waiting);
  }

  /** A schedule waits no longer. */
  remove(waiting: Waiting): void {
    this.#all = this.#all.filter((other) => other !== waiting);
  }
}

/** Whether a tick that falls due now is missed, because the call of the one before has not ended. */
export function isMissed({ last }: Waiting): boolean {
  return last !== undefined && last.end === undefined;
}

/** When the first tick after `now` is due: ticks are counted from the first, never from when one ran. */
export function tickAfter(now: number, first: number, every: number): number {
  if (first > now) return first;
  let tick = Math.floor((now - first) / every);
  while (first + tick * every <= now) tick += 1;
  return first + tick * every;
}
