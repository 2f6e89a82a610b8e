import type { MachineProfile } from "../model/machine-profile.ts";
import { type Consequences, Simulation, type Step } from "./simulation.ts";
import type { Workload } from "./workload.ts";

/** Which of the enabled steps to take, step by step: 0 is the oldest. What a schedule does not say is 0. */
export type Schedule = readonly number[];

const urlInModel = (procedure: number, fetch: number): string => `http://origin/p${procedure}/${fetch}`;
/** Exploring is the model's affair: what hosts may choose has no part in it. */
const profile: MachineProfile = { guest: "ts", blockingPool: null, requestBurst: 64, maxInFlight: null, retry: "none" };

/** A workload that is about to begin, in the model alone. */
export function simulate(workload: Workload): Simulation {
  return new Simulation(workload, profile, urlInModel, undefined);
}

/** Every schedule of a workload, in lexicographic order. */
export function* schedules(workload: Workload): Generator<Schedule> {
  let schedule: number[] | undefined = [];
  while (schedule !== undefined) {
    const { taken, options, complete } = follow(workload, schedule);
    if (complete) yield taken;
    const last = taken.findLastIndex((choice, index) => choice + 1 < options[index]!);
    schedule = last < 0 ? undefined : [...taken.slice(0, last), taken[last]! + 1];
  }
}

/** Follows a schedule to its end in the model. */
export function follow(
  workload: Workload,
  schedule: Schedule,
): { taken: number[]; options: number[]; steps: Step[]; consequences: Consequences[]; complete: boolean } {
  const simulation = simulate(workload);
  const consequences = [simulation.begin()];
  const taken: number[] = [];
  const options: number[] = [];
  const steps: Step[] = [];
  for (let enabled = simulation.enabled(); enabled.length > 0; enabled = simulation.enabled()) {
    const choice = choiceAt(schedule, taken.length, enabled.length);
    taken.push(choice);
    options.push(enabled.length);
    steps.push(enabled[choice]!);
    consequences.push(simulation.take(enabled[choice]!));
  }
  return { taken, options, steps, consequences, complete: simulation.complete };
}

/** The choice that a schedule makes at a step; the last option where it names one that there is not. */
export function choiceAt(schedule: Schedule, step: number, options: number): number {
  return Math.min(schedule[step] ?? 0, options - 1);
}
