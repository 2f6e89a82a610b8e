import type { ModelCall } from "../model/call.ts";
import type { Machine } from "../model/machine.ts";
import type { CallResult } from "../protocol/schemas.ts";
import { failedAs } from "./facts.ts";

/**
 * Whether the host may have given up its lane when it stopped the turn of this call: then every other call on the lane was lost. That is the engine's to
 * say (`lost-lanes` in `spec/permitted-divergences.md`), and the results tell it.
 */
export function mayHaveLostLane(
  machine: Machine,
  { path, end }: ModelCall,
  results: ReadonlyMap<string, CallResult>,
): boolean {
  const stopped = end?.outcome === "failed" && ["budget", "memory"].includes(end.category);
  if (!stopped || path !== "lane") return false;
  const others = [...machine.calls.values()].filter(({ isOnLane }) => isOnLane);
  const ends = others.flatMap((call) => results.get(call.new.name) ?? []);
  return ends.length > 0 && ends.every((result) => failedAs(result, "lane-lost"));
}
