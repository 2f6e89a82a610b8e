import type { ModelCall } from "./call.ts";
import { firstOf, type Timer } from "./timer.ts";

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
export interface Waiting extends Timer {
  readonly scheduled: Scheduled;
  /** The `seq` of the commit that made it. */
  readonly made: number;
  /** The call of the tick before. */
  readonly last: ModelCall | undefined;
}

/** What surrounds schedules. */
export interface Surroundings {
  /** What the clock shows, in ms since the epoch. */
  now(): number;
  /** The next place among all timers, in order of creation. */
  nextPlace(): number;
  /** The time of a call has come; at the commit of its `maker` where it had passed before. */
  submit(scheduled: Scheduled, maker: ModelCall | undefined): ModelCall;
}

/** Calls that a module makes of itself at their time. */
export class Schedules {
  readonly #around: Surroundings;
  #all: Waiting[] = [];

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** The one that is due first. */
  get first(): Waiting | undefined {
    return firstOf(this.#all);
  }

  /** Those that wait, in the order in which they began to. */
  get all(): readonly Waiting[] {
    return this.#all;
  }

  /** A schedule that commit number `made` made waits from now on; where its time has passed it is due, and submitted, at that commit. */
  add(scheduled: Scheduled, due: number, made: number, maker?: ModelCall): void {
    const waiting = { scheduled, due, issued: this.#around.nextPlace(), made, last: undefined };
    if (due > this.#around.now()) this.#all.push(waiting);
    else this.fall(waiting, maker);
  }

  /** The time of a schedule has come, at the commit of its `maker` where it had passed before. */
  fall(waiting: Waiting, maker?: ModelCall): void {
    const { scheduled, made } = waiting;
    this.#all = this.#all.filter((other) => other !== waiting);
    const last = isMissed(waiting) ? waiting.last : this.#around.submit(scheduled, maker);
    if (scheduled.every === undefined) return;
    const due = tickAfter(this.#around.now(), scheduled.at, scheduled.every);
    this.#all.push({ scheduled, due, issued: this.#around.nextPlace(), made, last });
  }
}

/** Whether a tick that falls due now is missed, because the call of the one before has not ended. */
function isMissed({ last }: Waiting): boolean {
  return last !== undefined && last.end === undefined;
}

/** When the first tick after `now` is due: ticks are counted from the first, never from when one ran. */
export function tickAfter(now: number, first: number, every: number): number {
  if (first > now) return first;
  let tick = Math.floor((now - first) / every);
  while (first + tick * every <= now) tick += 1;
  return first + tick * every;
}
