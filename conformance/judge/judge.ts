import type { HistoryEvent } from "../history/history.ts";
import type { MachineProfile } from "../model/machine-profile.ts";
import { Choices } from "./choices.ts";
import { factsOf } from "./facts.ts";
import { Mismatch } from "./mismatch.ts";
import { Replay, type Start } from "./replay.ts";

/** Where a history leaves what the model allows. */
export interface Disagreement {
  /** Index of the first event that no legal history has at this place. */
  readonly index: number;
  /** What was observed, and what the model says instead. */
  readonly message: string;
}

/** What the judge came to. */
export type Judgement =
  | { readonly verdict: "legal" }
  | { readonly verdict: "illegal"; readonly disagreement: Disagreement }
  /** There are more ways to read the history than were tried. */
  | { readonly verdict: "undecided"; readonly attempts: number };

/** Why nobody knows whether a history is legal, for people. */
export function undecided(attempts: number): string {
  return `the model found no reading of the history in ${attempts} attempts, and there are more; a smaller scenario, or waiting for one consequence before the next release, leaves fewer`;
}

/** Attempts after which the judge gives up. */
const mostAttempts = 2000;

/** Whether a history is one that the model allows, and where not, at which event it leaves them. The module is empty at `load` unless `start` is given. */
export function judge(events: readonly HistoryEvent[], profile: MachineProfile, start?: Start): Judgement {
  const facts = factsOf(events);
  let furthest: Disagreement = { index: -1, message: "" };
  let prefix: number[] | undefined = [];
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const choices: Choices = new Choices(prefix);
    const replay = new Replay(profile, facts, choices, start);
    const disagreement = attemptOn(events, replay);
    if (disagreement === undefined) return { verdict: "legal" };
    if (disagreement.index > furthest.index) furthest = disagreement;
    prefix = choices.following;
    if (prefix === undefined) return { verdict: "illegal", disagreement: furthest };
  }
  return { verdict: "undecided", attempts: mostAttempts };
}

function attemptOn(events: readonly HistoryEvent[], replay: Replay): Disagreement | undefined {
  for (const [index, event] of events.entries()) {
    try {
      replay.take(event);
    } catch (error) {
      if (error instanceof Mismatch) return { index, message: error.message };
      throw error;
    }
  }
  return undefined;
}
