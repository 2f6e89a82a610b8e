/** The host's clock, virtual or real. Either way its timers are this host's own: none of a library decides anything. */
import { clearTimeout, setTimeout } from "node:timers";
import type { ClockMemory } from "../worker/messages.ts";
import { type Timer, TimerHeap } from "./timer-heap.ts";

/** A clock in milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** The time for Workers: null where each reads the real one. */
  stamp(): number | null;
  /** The time in memory that is shared with Workers, where they cannot read it themselves. */
  readonly memory: ClockMemory | null;
  /** Calls `fire` when `due` has come, never before this returns. */
  at(due: number, fire: () => void): Timer;
}

/** Longest wait of one system timer, in milliseconds. */
const longestWait = 0x7fff_ffff;

/** The system's clock. */
export class RealClock implements Clock {
  readonly memory = null;
  readonly #timers = new TimerHeap();
  #alarm: NodeJS.Timeout | null = null;
  #armedFor = Number.POSITIVE_INFINITY;

  now(): number {
    return Date.now();
  }

  stamp(): null {
    return null;
  }

  at(due: number, fire: () => void): Timer {
    const timer = this.#timers.add(due, fire);
    if (due < this.#armedFor) this.#arm();
    return timer;
  }

  /** Arms the one system timer for the first of ours; a cancelled first one only makes it fire in vain. */
  #arm(): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm);
    this.#alarm = null;
    const { next } = this.#timers;
    this.#armedFor = next ?? Number.POSITIVE_INFINITY;
    if (next === null) return;
    const wait = Math.min(Math.max(Math.ceil(next - Date.now()), 0), longestWait);
    this.#alarm = setTimeout(() => this.#ring(), wait);
  }

  #ring(): void {
    const now = Date.now();
    for (let { next } = this.#timers; next !== null && next <= now; { next } = this.#timers) this.#timers.fireFirst();
    this.#arm();
  }
}

/** A clock that stands still until it is moved. */
export class VirtualClock implements Clock {
  readonly #timers = new TimerHeap();
  readonly memory: ClockMemory = new Float64Array(new SharedArrayBuffer(8));

  /** Starts at `now`. */
  constructor(now: number) {
    this.memory[0] = now;
  }

  now(): number {
    return this.memory[0] as number;
  }

  stamp(): number {
    return this.now();
  }

  at(due: number, fire: () => void): Timer {
    return this.#timers.add(due, fire);
  }

  /**
   * Moves to `to`, which is not in the past. Timers due until then fire one at a time, each with the clock at its due time
   * and once `quiet` has settled: when everything that the one before made runnable has run.
   */
  async advance(to: number, quiet: () => Promise<void>): Promise<void> {
    for (;;) {
      await quiet();
      const { next } = this.#timers;
      if (next === null || next > to) break;
      this.memory[0] = Math.max(this.now(), next);
      this.#timers.fireFirst();
    }
    this.memory[0] = Math.max(this.now(), to);
  }
}
