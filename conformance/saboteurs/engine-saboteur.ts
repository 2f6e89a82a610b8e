import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Kill } from "./saboteur.ts";

/** The hosts of the real engines, which have such faults compiled in under the cargo feature `saboteurs`. */
export const engineHosts = ["wasmtime", "v8"] as const;
/** A host of a real engine. */
export type EngineHost = (typeof engineHosts)[number];

/** Where a fault shows, and what finds it there. */
export interface Sighting {
  readonly host: EngineHost;
  readonly guest: GuestLanguage;
  /** What finds it: never empty. */
  readonly kills: readonly Kill[];
}

/** Where a fault shows alike in both engines, each with the guest language that is its own. */
export const onBoth = (...kills: readonly Kill[]): readonly Sighting[] => [
  { host: "wasmtime", guest: "as", kills },
  { host: "v8", guest: "ts", kills },
];

/**
 * A deliberate fault in a real engine's host: it stands in the sources as `fault!("name")`. It changes a mechanism, and knows no scenario, requirement or
 * call name.
 */
export interface EngineSaboteur {
  /** A slug in the field's words. */
  readonly name: string;
  /** What is wrong with such a host: one sentence. */
  readonly fault: string;
  readonly on: readonly Sighting[];
}
