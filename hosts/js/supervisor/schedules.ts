/** The scheduled calls of a module: each is submitted once, when its time has come. */
import type { Scheduled, Store } from "../store/snapshot.ts";
import type { Clock } from "./clock.ts";
import type { Timer } from "./timer-heap.ts";

/** Timers for the calls that committed transactions have scheduled. */
export class Schedules {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #submit: (scheduled: Scheduled) => void;
  readonly #timers = new Set<Timer>();

  /** `submit` is given each call when it is due. */
  constructor(store: Store, clock: Clock, submit: (scheduled: Scheduled) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#submit = submit;
  }

  /** Takes what was scheduled since the last time. */
  take(): void {
    for (const scheduled of this.#store.newSchedules()) {
      if (scheduled.at <= this.#clock.now()) {
        this.#submit(scheduled);
        continue;
      }
      const timer = this.#clock.at(scheduled.at, () => {
        this.#timers.delete(timer);
        this.#submit(scheduled);
      });
      this.#timers.add(timer);
    }
  }

  /** Forgets all that is not due yet. */
  cancel(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}
