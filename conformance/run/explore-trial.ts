import { type Explored, type ExploreSetting, explore, type Failure } from "../explore/explore.ts";
import { randomSchedules } from "../explore/random.ts";
import { type Schedule, schedules } from "../explore/schedules.ts";
import { describeStep } from "../explore/simulation.ts";
import { nameOf } from "../explore/workload.ts";
import { describeEvent } from "../history/describe-event.ts";
import { HostFault } from "../protocol/host-fault.ts";
import { Randomness } from "../scenarios/randomness.ts";
import type { Exploration, ExploringScenario } from "../scenarios/scenario.ts";
import { Unmeasured, Violation } from "../scenarios/violation.ts";
import type { PlayedScenario } from "./verdict.ts";

/** How many observations a verdict shows. */
const shownEvents = 16;

/** The options that choose a column again, followed by others. */
export type Again = (options: string) => string;

/** Explores the schedules of a scenario and judges it. @throws HostFault */
export async function exploreTrial(
  scenario: ExploringScenario,
  setting: ExploreSetting,
  again: Again,
): Promise<PlayedScenario> {
  const started = performance.now();
  const base = { id: scenario.id, title: scenario.title, grade: scenario.evidence };
  try {
    const { explores } = scenario;
    const { played, failure } = await explore(explores.workload, schedulesOf(explores, setting.seed), setting);
    const milliseconds = performance.now() - started;
    if (failure !== undefined) return { ...base, milliseconds, schedules: played, ...told(failure, again) };
    return { ...base, milliseconds, schedules: played, verdict: "pass" };
  } catch (error) {
    const milliseconds = performance.now() - started;
    if (error instanceof Unmeasured) {
      return { ...base, milliseconds, verdict: "unmeasured", reason: "unmeasured", message: error.message };
    }
    if (!(error instanceof HostFault)) throw error;
    const evidence = error.describe().split("\n");
    return { ...base, milliseconds, verdict: "error", reason: `host-${error.kind}`, message: error.message, evidence };
  }
}

/** The schedules that an exploration plays: all of its workload's, or random ones drawn from the run's seed. */
function schedulesOf({ workload, choice }: Exploration, seed: string): Iterable<Schedule> {
  if (choice === "all") return schedules(workload);
  if (!("runs" in choice)) return choice;
  return randomSchedules(workload, choice, new Randomness(seed, `random ${nameOf(workload)}`));
}

function told(
  { shrunk, found, attempts }: NonNullable<Explored["failure"]>,
  again: Again,
): Pick<PlayedScenario, "verdict" | "reason" | "finding" | "message" | "evidence" | "history" | "failure"> {
  const { error, steps, events } = shrunk;
  const evidence = [
    `replay: ${replayLine(shrunk, again)}`,
    `the schedule, shrunk in ${attempts} attempts from ${nameOf(found.workload)} ${found.schedule.join(",")}:`,
    ...steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`),
    ...(error instanceof Violation && error.evidence.length > 0
      ? ["up to that event:", ...error.evidence]
      : ["the last events:", ...events.slice(-shownEvents).map(describeEvent)]),
  ];
  const rest = { message: error.message, evidence, history: events, failure: shrunk };
  if (!(error instanceof Violation)) return { verdict: "stuck", reason: "silence", ...rest };
  const { reason, finding } = error;
  return { verdict: "fail", reason, ...(finding !== undefined && { finding }), ...rest };
}

/** The command that plays a failure again. */
function replayLine({ workload, schedule }: Failure, again: Again): string {
  return `npm start -- explore ${nameOf(workload)} ${again(`--schedule ${schedule.join(",") || "0"}`)}`;
}
