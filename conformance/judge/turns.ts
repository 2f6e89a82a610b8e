/** Which turns of the model a host's own words can mean. */
import { asksFirst, type ModelCall } from "../model/call.ts";
import type { Item } from "../model/ready-queue.ts";
import type { Turn } from "../protocol/schemas.ts";

/** The calls that a host has named by itself, by that name: hooks, scheduled calls, and those that others submit. */
export type OwnNames = Map<string, ModelCall>;

/** The items that a turn can have been which the host told of: an own call that it has not named before is one of that function. */
export function itemsOf(turn: NonNullable<Turn>, items: readonly Item[], names: OwnNames): Item[] {
  const known = names.get(turn.call);
  const named = new Set(names.values());
  return items.filter(({ kind, call }) => {
    if (kind !== turn.kind || call.new.function !== turn.function) return false;
    if (call.new.own === undefined) return call.new.name === turn.call;
    return known === undefined ? !named.has(call) : known === call;
  });
}

/** Whether the turn of an item begins with a transaction; undefined where only the turn can show it. */
export function transacts(item: Item): boolean | undefined {
  const ready = item.kind === "request" ? item.call.ready : item.completion.ready;
  if (item.kind === "request" && item.call.program?.kind === "reducer") return true;
  if (ready === undefined || asksFirst(ready)) return undefined;
  return ready.some(({ next }) => next?.do === "tx");
}
