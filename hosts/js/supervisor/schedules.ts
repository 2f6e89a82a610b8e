/** The scheduled calls of a module: each is submitted when its time has come, once or again and again. */
import type { Scheduled, Store } from "../store/snapshot.ts";
import type { Clock } from "./clock.ts";
import type { Timer } from "./timer-heap.ts";

/** Submits a scheduled call that is due; `over` is told when it has ended. */
export type SubmitScheduled = (scheduled: Scheduled, over: () => void) => void;

/** Timers for the calls that committed transactions have scheduled. */
export class Schedules {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #submit: SubmitScheduled;
  readonly #timers = new Set<Timer>();

  /** `submit` is given each call when it is due. */
  constructor(store: Store, clock: Clock, submit: SubmitScheduled) {
    this.#store = store;
    this.#clock = clock;
    this.#submit = submit;
  }

  /** Takes what was scheduled since the last time. */
  take(): void {
    for (const scheduled of this.#store.newSchedules()) {
      if (scheduled.every === null) this.#at(scheduled.at, () => this.#submit(scheduled, () => {}));
      else this.#repeat(scheduled, scheduled.every);
    }
  }

  /** Forgets all that is not due yet. */
  cancel(): void {
    for (const timer of this.#timers) timer.cancel();
  }

  /** Fires the ticks of one schedule. One that falls due while the call of another is in flight is missed. */
  #repeat(scheduled: Scheduled, every: number): void {
    let inFlight = false;
    const fire = () => {
      // The next one first: ticks are counted from the first due time, whatever becomes of this one.
      const next = tickAfter(this.#clock.now(), scheduled.at, every);
      if (!inFlight) {
        inFlight = true;
        this.#submit(scheduled, () => {
          inFlight = false;
        });
      }
      this.#at(next, fire);
    };
    this.#at(scheduled.at, fire);
  }

  #at(due: number, fire: () => void): void {
    if (due <= this.#clock.now()) {
      fire();
      return;
    }
    const timer = this.#clock.at(due, () => {
      this.#timers.delete(timer);
      fire();
    });
    this.#timers.add(timer);
  }
}

/** The first time after `now` among `first`, `first + every`, `first + 2·every` and so on. Of ticks that are due at once, one fires. */
export function tickAfter(now: number, first: number, every: number): number {
  if (first > now) return first;
  const passed = Math.floor((now - first) / every);
  for (const ticks of [passed, passed + 1, passed + 2]) {
    const due = first + ticks * every;
    if (due > now) return due;
  }
  // So far from its beginning that a double cannot tell two ticks apart.
  return now + every;
}
