/** What a capsule plays, as a trial. */
import { checkSchedule, parseWorkload } from "../explore/parse-schedule.ts";
import { KitError } from "../run/kit-error.ts";
import type { Trial } from "../run/run-column.ts";
import { scenarios } from "../scenarios/catalogue.ts";
import { exploring } from "../scenarios/interleavings.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Requirement } from "../spec/requirement.ts";
import type { CapsulePlay } from "./capsule.ts";

/** The trial that a capsule plays. Throws `KitError` where this kit has no such scenario, workload or schedule. */
export function trialOf(play: CapsulePlay, requirements: readonly Requirement[]): Trial {
  const scenario = play.kind === "scenario" ? scenarios.find(({ id }) => id === play.id) : explorationOf(play);
  const requirement = requirements.find(({ id }) => id === scenario?.requirement);
  if (scenario !== undefined && requirement !== undefined) return { scenario, requirement };
  throw new KitError(`this kit has no scenario ${namePlayed(play)}: evenlane list --json shows those that it has`);
}

function explorationOf({ name, schedule }: CapsulePlay & { kind: "exploration" }): Scenario {
  const workload = parseWorkload(name);
  checkSchedule(schedule, workload);
  return exploring(name, workload, { tier: "deep", choice: [schedule] });
}

/** What a capsule plays, for people. */
export function namePlayed(play: CapsulePlay): string {
  return play.kind === "scenario" ? play.id : `${play.name}, schedule ${play.schedule.join(",") || "0"}`;
}
