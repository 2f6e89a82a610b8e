/** What the supervisor and a guest Worker say to each other. The same for the lane and for pool Workers. */
import type { MessagePort } from "node:worker_threads";
import type { Category } from "../guest/codes.ts";
import type { FunctionDescription, Guest } from "../guest/description.ts";
import type { Seed } from "../guest/seed.ts";
import type { ControlMemory } from "../store/control.ts";
import type { FailpointMemory } from "../store/failpoints.ts";
import type { LockMemory } from "../store/lock.ts";
import type { UuidMemory } from "../store/uuids.ts";
import type { WatchMemory } from "../store/watch.ts";

/** What a call runs: a hook or reducer, or a procedure by the way it runs. */
export type Kind = "hook" | "reducer" | "async" | "sync" | "suspended";

/** One call, as a Worker needs it. */
export interface CallSpec {
  /** Its number in its module. */
  readonly n: number;
  /** The name that the kit or this host chose for it. */
  readonly name: string;
  /** The function, or `$init`, `$connected`, `$disconnected`. */
  readonly function: string;
  readonly kind: Kind;
  /** Canonical JSON of the arguments. */
  readonly args: string;
  readonly sender: string;
  readonly connection: string | null;
  readonly seed: Seed;
  /** Whether it stops at its points, on the blocking path. */
  readonly park: boolean;
}

/** The time of a virtual clock, to be shared with Workers. It moves while a thread waits for a transaction. */
export type ClockMemory = Float64Array<SharedArrayBuffer>;

/** What a Worker is started with. */
export interface WorkerStart {
  readonly role: "lane" | "pool";
  readonly guest: Guest;
  /** Source text of a JavaScript module, or a compiled wasm module. */
  readonly program: string | WebAssembly.Module;
  /** The store's file. */
  readonly store: string;
  readonly lock: LockMemory;
  /** The Worker's owner number of the lock. */
  readonly owner: number;
  /** The moment at which it starts, by the host's clock. */
  readonly now: number;
  /** The host's clock as it is now, where it is virtual; null where it is the real one. */
  readonly clock: ClockMemory | null;
  /** The run's seed. */
  readonly seed: string;
  readonly uuids: UuidMemory;
  readonly watch: WatchMemory;
  readonly failpoints: FailpointMemory;
  readonly control: ControlMemory;
  /** Where the supervisor's messages come in and the Worker's go out. */
  readonly port: MessagePort;
}

/** How a pending host operation ended. Bodies are buffers, because Deno looks at each byte of a view that is in a message. */
export type OpOutcome =
  | { readonly kind: "response"; readonly head: string; readonly body: ArrayBuffer }
  | { readonly kind: "refused"; readonly code: number; readonly message: string }
  | { readonly kind: "slept" };

/** From the supervisor. `now` is the host's clock in milliseconds since the Unix epoch, or null where it is the real one. */
export type ToWorker =
  | { readonly t: "open"; readonly tables: readonly string[]; readonly functions: readonly FunctionDescription[] }
  | { readonly t: "run"; readonly call: CallSpec; readonly now: number | null }
  | {
      readonly t: "resume";
      readonly n: number;
      readonly op: number;
      readonly outcome: OpOutcome;
      readonly now: number | null;
    }
  /** The call that is parked at a point goes on. */
  | { readonly t: "continue"; readonly now: number | null }
  /** The call has ended for its caller while it was held: its guest never goes on. */
  | { readonly t: "forget"; readonly n: number };

/** How a call ended. */
export interface Ended {
  readonly n: number;
  readonly outcome: { readonly value: string } | { readonly category: Category; readonly message: string };
  readonly seqs: readonly number[];
}

/** A request that has passed the guest ABI's checks. */
export interface CheckedRequest {
  readonly method: string;
  /** Absolute, `http:` or `https:`, without credentials. */
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Milliseconds from its issue to the last byte. */
  readonly timeoutMs: number;
}

/** To the supervisor. */
export type FromWorker =
  /** The guest's module is evaluated from here on. */
  | { readonly t: "evaluating" }
  | { readonly t: "described"; readonly description: string }
  | { readonly t: "refused"; readonly reason: "compile" | "describe"; readonly message: string }
  | { readonly t: "opened" }
  | {
      readonly t: "fetch";
      readonly n: number;
      readonly op: number;
      readonly request: CheckedRequest;
      readonly body: ArrayBuffer | null;
    }
  /** The guest has aborted that fetch. */
  | { readonly t: "abort"; readonly n: number; readonly op: number }
  | { readonly t: "sleep"; readonly n: number; readonly op: number; readonly at: number }
  /** Call `n` submits a reducer; its arguments are canonical JSON, and fit. */
  | { readonly t: "reducer"; readonly n: number; readonly name: string; readonly args: string }
  /** The call stands at a point, with its transaction open. */
  | { readonly t: "parked"; readonly n: number; readonly point: string }
  /** The thread begins to wait for the transaction lock. */
  | { readonly t: "waits" }
  /** The commit is over during which the call was cancelled. */
  | { readonly t: "committed" }
  /** A call was forgotten. */
  | { readonly t: "forgotten"; readonly instances: number }
  | { readonly t: "log"; readonly call: string | null; readonly level: Level; readonly message: string }
  /** A transaction that scheduled calls has committed. */
  | { readonly t: "scheduled" }
  /** A transaction has committed whose changes somebody is to be told. */
  | { readonly t: "changed" }
  /** The lock was released while the supervisor wanted it. */
  | { readonly t: "lock"; readonly release: "reserved" | "free" }
  /** The turn is over: nothing of the guest runs until the next message. */
  | { readonly t: "done"; readonly ended: readonly Ended[]; readonly instances: number };

/** Severity of a log line, by the number that guests give. */
export const levels = ["debug", "info", "warn", "error"] as const;
/** Severity of a log line. */
export type Level = (typeof levels)[number];
