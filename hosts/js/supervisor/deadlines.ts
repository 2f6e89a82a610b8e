/** The time that an operator gives each call, by the host's clock, from its beginning to its end. */
import type { Failure } from "../guest/codes.ts";
import type { Call } from "./calls.ts";
import type { Clock } from "./clock.ts";
import type { Timer } from "./timer-heap.ts";

/** The deadlines of a module's calls. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #millis: number | null;
  readonly #passed: (call: Call, failure: Failure) => void;
  readonly #timers = new Map<Call, Timer>();

  /** `millis` is what each call is given, null without end; `passed` is told of a call that has not ended by then. */
  constructor(clock: Clock, millis: number | null, passed: (call: Call, failure: Failure) => void) {
    this.#clock = clock;
    this.#millis = millis;
    this.#passed = passed;
  }

  /** A call begins. */
  begin(call: Call): void {
    const millis = this.#millis;
    if (millis === null) return;
    const timer = this.#clock.at(this.#clock.now() + millis, () => {
      this.#timers.delete(call);
      const message = `the call had not ended ${millis} ms after its beginning`;
      this.#passed(call, { category: "deadline", message });
    });
    this.#timers.set(call, timer);
  }

  /** A call has ended. */
  end(call: Call): void {
    this.#timers.get(call)?.cancel();
    this.#timers.delete(call);
  }
}
