/** What the contract leaves open and a host declares, beside what the scenarios of a run have seen. */
import { z } from "zod";
import type { HistoryEvent } from "../history/history.ts";
import type { Profile } from "../protocol/schemas.ts";

const value = z.union([z.string(), z.number(), z.null()]);

/** What a host declares of one entry of its profile, and what was seen. */
export const profileClaimSchema = z.strictObject({
  name: z.string(),
  claimed: value,
  /** What was seen; absent where no scenario of this run shows it. */
  measured: value.optional(),
  /** The scenario that showed it. */
  by: z.string().optional(),
});
/** What a host declares of one entry of its profile, and what was seen. */
export type ProfileClaim = z.infer<typeof profileClaimSchema>;

/** A scenario that was played, with its history. */
interface Played {
  readonly id: string;
  readonly history?: readonly HistoryEvent[];
}

/** How an entry is read from the history of a scenario that brings it out. */
interface Measure {
  readonly scenario: string;
  readonly of: (history: readonly HistoryEvent[]) => string | number | undefined;
}

const measures: Partial<Record<keyof Profile, Measure>> = {
  requestBurst: { scenario: "priority/requests-do-not-starve-completions", of: longestBurst },
  blockingPool: { scenario: "concurrency/sync-procedures-run-side-by-side", of: mostHeld },
  retry: { scenario: "isolation/conflicting-commit-is-retried-or-reported#procedure", of: whatConflictsDid },
};

/** Each entry of a profile, with what these scenarios show of it. `tx` is the guest's word for a transaction, and `maxInFlight` more than a run holds: neither shows. */
export function profileClaims(profile: Profile, played: readonly Played[]): ProfileClaim[] {
  return (Object.entries(profile) as [keyof Profile, Profile[keyof Profile]][]).map(([name, claimed]) => {
    const measure = measures[name];
    const history = played.find(({ id }) => id === measure?.scenario)?.history;
    const measured = history === undefined ? undefined : measure?.of(history);
    return { name, claimed, ...(measured !== undefined && { measured, by: measure!.scenario }) };
  });
}

/** The most requests that ran in a row before a completion, stepped while completions were ready. */
function longestBurst(history: readonly HistoryEvent[]): number | undefined {
  let [longest, burst] = [0, 0];
  let ended = false;
  for (const event of history) {
    if (event.kind !== "stepped" || event.turn === null) continue;
    if (event.turn.kind === "request") burst += 1;
    else {
      longest = Math.max(longest, burst);
      burst = 0;
      ended = true;
    }
  }
  return ended ? longest : undefined;
}

/** The most requests that were held at once. */
function mostHeld(history: readonly HistoryEvent[]): number | undefined {
  const held = new Set<string>();
  let most = 0;
  for (const event of history) {
    if (event.kind !== "origin" || event.event.gate === null) continue;
    if (event.event.kind === "arrive") held.add(event.event.gate);
    else if (["release", "reset", "close"].includes(event.event.kind)) held.delete(event.event.gate);
    most = Math.max(most, held.size);
  }
  return most === 0 ? undefined : most;
}

/** `none` where a guest was told that its commit conflicted, `replay` where its body ran again. */
function whatConflictsDid(history: readonly HistoryEvent[]): string | undefined {
  const struck = new Set(history.flatMap((event) => (event.kind === "fail-commits" ? [event.call] : [])));
  const result = history.find((event) => event.kind === "result" && struck.has(event.call));
  if (result?.kind !== "result") return undefined;
  return JSON.stringify(result.result).includes('"conflict"') ? "none" : "replay";
}
