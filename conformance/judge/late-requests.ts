import type { Machine } from "../model/machine.ts";
import { pathOf } from "../origin/session.ts";

/**
 * Whether a request to this path was on its way when its call ended: it may arrive all the same (`cancelled-requests` in
 * `spec/permitted-divergences.md`), and nobody waits for a response to it.
 */
export function mayBeLate(machines: Iterable<Machine>, path: string): boolean {
  return [...machines].some(({ dropped }) =>
    dropped.some(({ what }) => "fetch" in what && what.hop.fails === undefined && pathOf(what.fetch) === path),
  );
}
