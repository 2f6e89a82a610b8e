import type { LogNotification } from "../protocol/schemas.ts";
import type { Submitted } from "./connection.ts";
import type { Stage } from "./stage.ts";

/** The log lines of a stage's module, from the moment that it listens. */
export class Logs {
  readonly #lines: LogNotification[] = [];
  readonly #stop: () => void;

  constructor(stage: Stage) {
    this.#stop = stage.host.onLog((line) => {
      if (line.module === stage.module) this.#lines.push(line);
    });
  }

  /** Every line so far, in the order in which the host sent them. */
  get all(): readonly LogNotification[] {
    return this.#lines;
  }

  /** The lines of one call so far. A call's lines are there once its result is. */
  of(call: Submitted): readonly LogNotification[] {
    return this.#lines.filter((line) => line.call === call.call);
  }

  /** Ends the listening. */
  [Symbol.dispose](): void {
    this.#stop();
  }
}
