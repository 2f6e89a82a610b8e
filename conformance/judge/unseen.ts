/** Outcomes that come in by themselves, and that nobody outside sees come: of fetches that reach no one. */
import type { Fetching, Operation } from "../model/call.ts";
import type { Machine } from "../model/machine.ts";

/** A fetch in flight that will fail by itself, at a time that is the host's. */
export type Unseen = Operation & { readonly what: Fetching };

/** The fetches in flight that will fail by themselves. */
export function unseenOf({ fetches }: Machine): Unseen[] {
  return fetches.filter((one): one is Unseen => "fetch" in one.what && one.what.hop.fails !== undefined);
}

/** Lets one come in. */
export function letInUnseen(machine: Machine, operation: Unseen): void {
  machine.settle(operation, { ok: false, category: operation.what.hop.fails! });
}
