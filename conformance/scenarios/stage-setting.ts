import type { History } from "../history/history.ts";
import type { Door } from "../origin/door.ts";
import type { OriginSession } from "../origin/gated-origin.ts";
import type { HostProcess } from "../protocol/host-process.ts";
import type { Limits } from "../protocol/schemas.ts";
import type { Randomness } from "./randomness.ts";
import type { Watchdog } from "./watchdog.ts";

/** What a scenario shares with the others that play in the same run. */
export interface StageSetting {
  readonly host: HostProcess;
  readonly session: OriginSession;
  readonly history: History;
  readonly watchdog: Watchdog;
  readonly random: Randomness;
  /** Whether the guest is JavaScript, which has native async functions. */
  readonly js: boolean;
  /** Loads a module by its name. */
  readonly load: (module: string, options?: LoadOptions) => Promise<LoadedModule>;
  readonly clock: HostClock;
  /** A way in to the origin that reads nothing until it is told to; absent where schedules are explored. */
  readonly door?: Door;
  /** A name for a connection or call that the host has not seen yet. */
  readonly freshName: (prefix: string) => string;
}

/** What the clock of a host's process shows, in ms since the epoch; scenarios that move it say so here. */
export interface HostClock {
  now: number;
}

/** What an operator says of a module at its load. */
export interface LoadOptions {
  readonly limits?: Limits;
  /** Path of the file in which its tables live. */
  readonly data?: string;
}

/** A module that was loaded for a scenario. */
export interface LoadedModule {
  /** Its id in the host. */
  readonly id: string;
  /** Its name in the history: that of the conformance module, numbered from the second load on. */
  readonly name: string;
}
