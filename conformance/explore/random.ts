import type { Randomness } from "../scenarios/randomness.ts";
import type { Schedule } from "./schedules.ts";
import { simulate } from "./schedules.ts";
import type { Workload } from "./workload.ts";

/**
 * Random schedules after Burckhardt et al. (2010): each procedure gets a priority, and at `depth - 1` random steps the first one falls to the last place.
 * Always the held fetch of the highest procedure is released. A fault that needs `depth` ordering constraints is hit by one schedule with at least the
 * probability of `hitProbability`.
 */
export function* randomSchedules(
  workload: Workload,
  { depth, runs }: { depth: number; runs: number },
  random: Randomness,
): Generator<Schedule> {
  const all = Array.from({ length: workload.procedures }, (_, procedure) => procedure);
  const steps = workload.procedures * workload.fetches;
  for (let run = 0; run < runs; run += 1) {
    let order = random.shuffled(all);
    const changes = new Set(Array.from({ length: depth - 1 }, () => random.below(steps)));
    const simulation = simulate(workload);
    simulation.begin();
    const taken: number[] = [];
    for (let enabled = simulation.enabled(); enabled.length > 0; enabled = simulation.enabled()) {
      const held = (procedure: number) =>
        enabled.findIndex((step) => step.do === "release" && step.procedure === procedure);
      if (changes.has(taken.length)) {
        const first = order.find((procedure) => held(procedure) >= 0)!;
        order = [...order.filter((procedure) => procedure !== first), first];
      }
      const choice = held(order.find((procedure) => held(procedure) >= 0)!);
      taken.push(choice);
      simulation.take(enabled[choice]!);
    }
    yield taken;
  }
}

/** The probability that one of `runs` schedules hits a fault of that depth, at least. */
export function hitProbability(workload: Workload, { depth, runs }: { depth: number; runs: number }): number {
  const steps = workload.procedures * workload.fetches;
  return 1 - (1 - 1 / (workload.procedures * steps ** (depth - 1))) ** runs;
}
