/** What the two ways on which calls run, the lane and the blocking path, need of their module. */
import type { Failure } from "../guest/codes.ts";
import type { SupervisorLock } from "../store/lock.ts";
import type { Ended, FromWorker } from "../worker/messages.ts";
import type { Call } from "./calls.ts";
import type { Code } from "./code.ts";
import type { GuestWorker, Loss } from "./guest-worker.ts";

/** The module as both see it. */
export interface PathModule {
  readonly lock: SupervisorLock;
  /** What a call that begins runs. */
  readonly code: Code;
  /** Loads the guest into a Worker that was just started; rejects where that fails. */
  prepare(worker: GuestWorker, code: Code): Promise<void>;
  /** Ends a Worker that nothing is begun in. */
  dismiss(worker: GuestWorker): void;
  stamp(): number | null;
  /** Takes messages that are not about turns. */
  message(worker: GuestWorker, message: FromWorker): void;
  /** Checks a waiting call against the code that came after its own. False where it has been answered, or begins elsewhere. */
  renew(call: Call): boolean;
  /** Whether a procedure has a place; `admit` is called once it has where it has to wait. */
  place(call: Call, admit: () => void): boolean;
  /** The call begins. */
  began(call: Call): void;
  ended(worker: GuestWorker, ended: readonly Ended[]): void;
  /** A Worker is gone: `culprit` is the call whose turn was running, `others` the calls that had begun in it. */
  lost(culprit: Call | null, others: readonly Call[], loss: Loss): void;
  /** The call ends although its guest has not. */
  cut(call: Call, failure: Failure): void;
  /** Something happened that may have made the module quiet. */
  changed(): void;
}
