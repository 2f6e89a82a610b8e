/** The calls that no client makes: what schedules and procedures of the module submit. What becomes of them goes to the log. */
import type { Scheduled } from "../store/snapshot.ts";
import type { Call, CallEnd, Submission } from "./calls.ts";

/** What they need of their module. */
export interface OwnCallsModule {
  /** Whether the module is closed: nothing is submitted any more, and nothing logged. */
  readonly closed: boolean;
  call(submission: Submission): void;
  log(level: "warn" | "error", message: string): void;
}

/** Submits them. */
export class OwnCalls {
  readonly #module: OwnCallsModule;

  constructor(module: OwnCallsModule) {
    this.#module = module;
  }

  /** Submits a scheduled call; `over` is told when it has ended. */
  scheduled({ name, args }: Scheduled, over: () => void): void {
    // Nobody would hear of a refusal who could call again.
    this.#submit(name, args, null, false, (end) => {
      over();
      this.#report("error", `the scheduled call of ${name}`, end);
    });
  }

  /** Submits a reducer that a procedure has called, as if its client had. */
  reducer({ connection, spec }: Call, name: string, args: string): void {
    const what = `the reducer ${name}, called by ${spec.name},`;
    this.#submit(name, args, connection, true, (end) => this.#report("warn", what, end));
  }

  #submit(
    called: string,
    args: string,
    connection: Submission["connection"],
    queues: boolean,
    done: Submission["done"],
  ): void {
    if (this.#module.closed) return;
    const given = JSON.parse(args);
    const own = { name: null, park: false, refuse: null };
    this.#module.call({ ...own, function: called, args: given, connection, queues, done });
  }

  #report(level: "warn" | "error", what: string, { outcome }: CallEnd): void {
    if (this.#module.closed || "value" in outcome) return;
    this.#module.log(level, `${what} failed: ${outcome.category}: ${outcome.message}`);
  }
}
