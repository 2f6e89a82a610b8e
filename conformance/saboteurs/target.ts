import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Kill } from "./saboteur.ts";

/** Where faults are put: into the JavaScript host, into those of the real engines, or between a host and the kit. */
export const tiers = ["javascript", "engines", "liars"] as const;
/** Where a fault is put. */
export type Tier = (typeof tiers)[number];

/** A host with one deliberate fault, and what is to find it. */
export interface Target {
  /** The saboteur's name, with `@` and the column where it is hunted on several. */
  readonly name: string;
  readonly tier: Tier;
  /** What is wrong with such a host: one sentence. */
  readonly fault: string;
  readonly guest: GuestLanguage;
  readonly kills: readonly Kill[];
  /** Whether it takes the exploration of schedules to find it. */
  readonly explored: boolean;
  /** The same host without the fault: what is to find it has to pass there. */
  readonly sound: readonly string[];
  /** Makes the host in a folder of its own. Throws where it cannot be made any more. */
  make(folder: string): Promise<FaultyHost>;
}

/** A host with a fault, ready to be started. */
export interface FaultyHost {
  readonly command: readonly string[];
  /** The file in which the fault counts that it acts, a byte each time. */
  readonly counter: string;
}
