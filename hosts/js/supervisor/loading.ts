/** A guest on its way into a Worker: loaded and described, then opened. */
import { clearTimeout, setTimeout } from "node:timers";
import type { Description } from "../guest/description.ts";
import { loadMillis } from "../limits.ts";
import type { FromWorker } from "../worker/messages.ts";
import type { GuestWorker, Loss } from "./guest-worker.ts";

/** Why a guest could not be loaded. */
export class LoadFailure extends Error {
  readonly reason: "compile" | "describe";

  constructor(reason: LoadFailure["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The steps of one Worker's loading. */
export class Loading {
  /** The description's text. */
  readonly described: Promise<string>;
  readonly #worker: GuestWorker;
  readonly #limit: NodeJS.Timeout;
  readonly #description = Promise.withResolvers<string>();
  readonly #opened = Promise.withResolvers<void>();

  /** Watches a Worker that has just been started. */
  constructor(worker: GuestWorker) {
    this.#worker = worker;
    this.described = this.#description.promise;
    // Whoever does not wait for a step learns of its failure from the step before.
    this.described.catch(() => {});
    this.#opened.promise.catch(() => {});
    this.#limit = setTimeout(() => {
      const message = `it took longer than ${loadMillis} ms, or its top-level await never settles`;
      worker.fail({ category: "budget", message });
    }, loadMillis);
  }

  /** Accepts the description; the tables are all of the module, by their indexes in the store. */
  open(tables: readonly string[], functions: Description["functions"]): Promise<void> {
    this.#worker.loads({ t: "open", tables, functions });
    return this.#opened.promise;
  }

  /** Takes the Worker's messages about its loading. */
  message(message: Extract<FromWorker, { t: "evaluating" | "described" | "refused" | "opened" }>): void {
    if (message.t === "evaluating") {
      this.#worker.evaluates();
      return;
    }
    this.#worker.turnEnded();
    clearTimeout(this.#limit);
    if (message.t === "described") this.#description.resolve(message.description);
    else if (message.t === "opened") this.#opened.resolve();
    else this.#description.reject(new LoadFailure(message.reason, message.message));
  }

  /** The Worker is gone. */
  gone(loss: Loss): void {
    clearTimeout(this.#limit);
    const failure = new LoadFailure("compile", `its evaluation failed: ${loss.message}`);
    this.#description.reject(failure);
    this.#opened.reject(failure);
  }
}
