/** One schedule on a host: each step is taken when all that the model says follows from the one before has happened. */
import { describeEvent } from "../history/describe-event.ts";
import type { HistoryEvent } from "../history/history.ts";
import { judgeIsolation } from "../judge/isolation.ts";
import { type Judgement, judge, undecided } from "../judge/judge.ts";
import { profileOf } from "../judge/profile.ts";
import type { Start } from "../judge/replay.ts";
import type { MachineProfile } from "../model/machine-profile.ts";
import type { Tables } from "../model/tables.ts";
import type { Gate } from "../origin/gated-origin.ts";
import type { Connection, Submitted } from "../scenarios/connection.ts";
import { Stage } from "../scenarios/stage.ts";
import type { StageSetting } from "../scenarios/stage-setting.ts";
import { Stuck, Unmeasured, Violation } from "../scenarios/violation.ts";
import { choiceAt, type Schedule } from "./schedules.ts";
import { bodyOf, type Consequences, Simulation, type Step } from "./simulation.ts";
import { clearing, planOf, reducing, type Workload } from "./workload.ts";

/** A loaded module on which schedules are played one after the other. */
export interface Ground {
  /** The module's id in the host. */
  readonly id: string;
  /** Connections of the procedures and of the reducers. */
  alice: string;
  readonly bob: string;
  /** Its tables now. */
  tables: Tables;
  /** Fetch outcomes that have come in. */
  outcomes: number;
  /** Opens another connection in the place of one that a schedule has closed. */
  readonly reopen: () => Promise<string>;
}

/** How many observations a violation shows. */
const shownEvents = 16;

/** Plays a schedule. @throws Violation where the host leaves what the model allows; Stuck where nothing happens any more */
export async function playSchedule(
  workload: Workload,
  schedule: Schedule,
  ground: Ground,
  setting: Omit<StageSetting, "load">,
  onStep: (step: Step, choice: number) => void,
): Promise<void> {
  const { history, host, clock } = setting;
  const start: Start = { tables: ground.tables, now: clock.now };
  const profile = profileOf(setting.js ? "ts" : "as", host.info.profile, host.seed);
  history.add({ kind: "load", module: "script", source: "script" });
  const load = () => Promise.reject(new Error("a schedule loads no module"));
  const stage = Stage.on({ ...setting, load }, { id: ground.id, name: "script" }, ground.outcomes);
  const course = new Course(workload, stage, ground, profile, start);
  try {
    await course.begin();
    let enabled = course.simulation.enabled();
    for (let taken = 0; enabled.length > 0; taken += 1) {
      const choice = choiceAt(schedule, taken, enabled.length);
      const step = enabled[choice]!;
      onStep(step, choice);
      await course.take(step);
      enabled = course.simulation.enabled();
    }
    await course.end();
  } catch (error) {
    // What is missing in the end has a cause before: the model says at which event the host left it.
    const isJudged = error instanceof Violation || error instanceof Stuck;
    throw (isJudged ? departure(judge(history.events, profile, start), history.events, start) : undefined) ?? error;
  }
  ground.outcomes = stage.outcomes;
  const judgement = judge(history.events, profile, start);
  const left = departure(judgement, history.events, start);
  if (left !== undefined) throw left;
  const [fault] = judgeIsolation(history.events, cellsOf(start)).faults;
  if (fault !== undefined) throw new Violation("not-serializable", fault.message, fault.evidence, fault.finding);
  if (judgement.verdict === "undecided") throw new Unmeasured(undecided(judgement.attempts));
  ground.tables = course.simulation.machine.tables.copy();
}

/** Where the history leaves the model, and what the checkers of isolation make of it; undefined where it does not, or nobody knows. */
function departure(judgement: Judgement, events: readonly HistoryEvent[], start: Start): Violation | undefined {
  if (judgement.verdict !== "illegal") return undefined;
  const { index, message } = judgement.disagreement;
  const shown = events.slice(Math.max(0, index - shownEvents), index + 1).map(describeEvent);
  const [fault] = judgeIsolation(events, cellsOf(start)).faults;
  return new Violation("not-in-model", message, [
    ...shown,
    ...(fault === undefined ? [] : [`isolation: ${fault.message}`]),
  ]);
}

function cellsOf({ tables }: Start): Map<string, unknown> {
  return new Map(tables.rowsAt("cells", tables.seq));
}

class Course {
  readonly simulation: Simulation;
  readonly #workload: Workload;
  readonly #stage: Stage;
  readonly #ground: Ground;
  readonly #gates: Gate[][];
  readonly #calls = new Map<string, Submitted>();
  readonly #now: number;
  readonly #alice: Connection;
  readonly #bob: Connection;

  constructor(workload: Workload, stage: Stage, ground: Ground, profile: MachineProfile, start: Start) {
    this.#workload = workload;
    this.#stage = stage;
    this.#ground = ground;
    this.#gates = Array.from({ length: workload.procedures }, (_, procedure) =>
      Array.from({ length: workload.fetches }, (_, fetch) => stage.gate(`p${procedure}.${fetch}`)),
    );
    const url = (procedure: number, fetch: number) => this.#gates[procedure]![fetch]!.url;
    this.#now = start.now;
    this.simulation = new Simulation(workload, profile, url, { tables: start.tables.copy(), now: start.now });
    this.#alice = stage.adopt(ground.alice);
    this.#bob = stage.adopt(ground.bob);
  }

  async begin(): Promise<void> {
    this.#calls.set("clear", this.#bob.call("run", { ops: clearing }));
    for (const [procedure, gates] of this.#gates.entries()) {
      const steps = planOf(this.#workload, procedure, (fetch) => gates[fetch]!.url, this.#now);
      this.#calls.set(
        `p${procedure}`,
        this.#alice.call("play", { steps }, { name: this.#stage.freshName(`p${procedure}/`) }),
      );
    }
    await this.#await(this.simulation.begin());
    if (this.#workload.mode === "stepped") await this.#stage.pause();
  }

  async take(step: Step): Promise<void> {
    const stage = this.#stage;
    const stepped = this.#workload.mode === "stepped";
    switch (step.do) {
      case "turn":
        await stage.step();
        break;
      case "release":
        await stage.release(this.#gate(step), { body: bodyOf(step) });
        break;
      case "fail":
      case "reset":
        await stage.breakOff(this.#gate(step), step.do === "fail" ? "truncate" : "reset");
        break;
      case "clock":
        await stage.advance(step.to);
        break;
      case "reducer":
        this.#calls.set(
          "reducer",
          this.#bob.call("run", { ops: reducing }, { name: this.#stage.freshName("reducer/") }),
        );
        break;
      case "cancel": {
        const holding = this.#gates[step.procedure]!.filter((gate) => gate.state === "held");
        await stage.cancel(this.#calls.get(`p${step.procedure}`)!, holding);
        break;
      }
      case "disconnect":
        await stage.disconnect(this.#alice);
        break;
    }
    const consequences = this.simulation.take(step);
    // The outcome is in the queue before the next step: in which order outcomes enter is the schedule's to say.
    if (stepped && (step.do === "release" || step.do === "fail" || step.do === "reset")) await stage.quiet();
    await this.#await(consequences);
  }

  async end(): Promise<void> {
    if (this.#workload.mode === "stepped") await this.#stage.resume();
    await this.#stage.rows("cells");
    if (this.#workload.extra === "disconnect") this.#ground.alice = await this.#ground.reopen();
  }

  #gate({ procedure, fetch }: { procedure: number; fetch: number }): Gate {
    return this.#gates[procedure]![fetch]!;
  }

  #await({ requests, ends }: Consequences): Promise<void> {
    // Before the clock is moved nothing outside shows that the step has had its effect: the host has to say that nothing is left to run.
    if (requests.length + ends.length === 0 && this.#workload.extra === "clock") return this.#stage.quiet();
    return this.#stage.consequences(
      requests.map((place) => this.#gate(place)),
      ends.map((name) => this.#calls.get(name)!),
    );
  }
}
