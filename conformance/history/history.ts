import type { EventDetail } from "../origin/events.ts";
import type { CallResult, Limits, Turn } from "../protocol/schemas.ts";

/**
 * One event of a history: what the kit did (a *stimulus*) or what it observed. Calls, connections and modules have the names that the kit gave
 * them; `module` is the stage's own name for one load of a module, such as `relay` or `relay 2`.
 */
export type HistoryEvent =
  /** A module was loaded anew, under this name, with these bounds; `source` is the conformance module's. Its `init` has committed. */
  | { kind: "load"; module: string; source: string; limits?: Limits }
  /** The kit asked for a connection. */
  | { kind: "connect"; connection: string; module: string }
  /** The connection is open; its `connected` hook has committed. */
  | { kind: "connected"; connection: string }
  /** The kit closed a connection. */
  | { kind: "disconnect"; connection: string }
  /** The connection is closed; its `disconnected` hook has ended. */
  | { kind: "disconnected"; connection: string }
  /** The kit submitted a call; with `park` it stops at points. */
  | {
      kind: "submit";
      call: string;
      connection: string;
      function: string;
      args: Readonly<Record<string, unknown>>;
      park?: true;
    }
  /** A call ended. */
  | { kind: "result"; call: string; result: CallResult }
  /** The kit ended a call. */
  | { kind: "cancel"; call: string }
  /** The origin's log. `release` and `reset` are the kit's doing, the others are observed. */
  | { kind: "origin"; event: EventDetail }
  /** The kit asked for a table's rows. */
  | { kind: "read"; read: number; module: string; table: string }
  /** The rows of read number `read`, in one snapshot, and the last commit that they include. */
  | { kind: "rows"; read: number; table: string; rows: readonly (readonly [string, unknown])[]; seq: number }
  /** The kit asked to be told when the host is quiet. */
  | { kind: "quiesce"; quiet: number; module: string; outcomes: number; late?: true }
  /** The host is quiet: question number `quiet` is answered. */
  | { kind: "quiet"; quiet: number; module: string; outcomes: number; fetchesInFlight: number }
  /** The kit stopped the lane, and it stands. */
  | { kind: "paused"; module: string }
  /** The kit let the lane go on. */
  | { kind: "resume"; module: string }
  /** The kit let a stopped lane run one turn. */
  | { kind: "step"; step: number; module: string }
  /** Step number `step` has been taken; the turn is null where nothing was ready. */
  | { kind: "stepped"; step: number; module: string; turn: Turn }
  /** The kit moved the clock (ms since the epoch). */
  | { kind: "advance"; to: number }
  /** The clock stands at that time, and what fell due has run. */
  | { kind: "advanced"; now: number }
  /** A call stopped at a point of its transaction. */
  | { kind: "parked"; call: string; point: string }
  /** The kit let a parked call go on. */
  | { kind: "continue"; call: string }
  /** The kit made the next commits of a call conflict. */
  | { kind: "fail-commits"; call: string; commits: number }
  /** The kit asked for the code of another conformance module, `source`, in the place of a module's own. */
  | { kind: "update"; module: string; source: string }
  /** The module has the new code: what begins from now on runs it. */
  | { kind: "updated"; module: string }
  /** The kit told the host to shut down. */
  | { kind: "shutdown" }
  /** The host's process has ended, with this exit code: by itself, or by a signal of the kit's, without one. */
  | { kind: "exited"; code: number | null }
  /** The kit killed the host's process, with all modules in it. */
  | { kind: "kill" }
  /** A module whose host was killed was loaded again by another, from the file of its tables. */
  | { kind: "reload"; module: string };

/** What was observed of one scenario, in the order in which the kit observed it. */
export class History {
  readonly #events: HistoryEvent[] = [];
  readonly #listeners = new Set<() => void>();

  #questions = 0;

  /** A number for a question to the host, by which its answer names it: unique in this history, whichever module it asks of. */
  nextQuestion(): number {
    this.#questions += 1;
    return this.#questions;
  }

  /** The events so far. */
  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  /** Adds an event to the end. */
  add(event: HistoryEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each event; the function returned ends that. */
  onEvent(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
