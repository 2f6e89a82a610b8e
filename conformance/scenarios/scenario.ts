import type { Schedule } from "../explore/schedules.ts";
import type { Workload } from "../explore/workload.ts";
import type { Capability } from "../protocol/schemas.ts";
import type { Probe } from "./probes.ts";
import type { Stage } from "./stage.ts";

/** How a scenario knows what it claims, from the strongest to the weakest. */
export type EvidenceGrade = "outside" | "stepping" | "self-reported";

/** A stimulus with the observations that a requirement demands of it: scripted, or every one of a kind. */
export type Scenario = ScriptedScenario | ExploringScenario;

interface AnyScenario {
  /** The requirement's id, with `#variant` where a requirement has several scenarios. Stable. */
  readonly id: string;
  /** The requirement that it judges. */
  readonly requirement: string;
  /** One sentence for people. */
  readonly title: string;
  /** The module it plays with. */
  readonly module: string;
  /** Whether it needs a host process that has run nothing else. */
  readonly ownProcess: boolean;
  /** Which guests it can be played with: `js` where it plays with what only JavaScript has, `wasm` with what only suspended guests have. */
  readonly guests: "any" | "js" | "wasm";
  /** Optional parts of the host protocol that it cannot do without. */
  readonly capabilities: readonly Capability[];
  readonly evidence: EvidenceGrade;
}

/** A scenario that is a story. */
export interface ScriptedScenario extends AnyScenario {
  /** Whether it is played in every run, or in deep ones alone. */
  readonly tier: "every" | "deep";
  /** What must have happened for a pass to mean anything. */
  readonly probes: readonly Probe[];
  /**
   * Whether its transactions may overlap, so that a host may let them wait, abort them or run them side by side: then any serial order that gives what
   * was observed is legal, not only that of the model, whose transactions wait.
   */
  readonly overlapping: boolean;
  /** Whether what it does next goes by a measurement: then two plays of it need not do the same, and are not compared. */
  readonly measures: boolean;
  /** Plays it. Returns where the requirement was kept; throws `Violation`, `Stuck` or `Unmeasured` otherwise. */
  play(stage: Stage): Promise<void>;
}

/** A scenario that plays many schedules of one workload. A pass means that each of them was played: it needs no probe. */
export interface ExploringScenario extends AnyScenario {
  readonly explores: Exploration;
}

/** Schedules of a workload that a scenario plays. */
export interface Exploration {
  readonly workload: Workload;
  /** Whether it is played in every run, or in deep ones alone. */
  readonly tier: "exhaustive" | "deep";
  /** Every schedule, so many random ones for faults of a depth (probabilistic concurrency testing), or these. */
  readonly choice: "all" | { readonly depth: number; readonly runs: number } | readonly Schedule[];
}

/** What the author of any scenario writes. */
interface AnyText {
  readonly requirement: string;
  readonly variant?: string;
  readonly title: string;
  readonly module: string;
  readonly ownProcess?: boolean;
  readonly guests?: "any" | "js" | "wasm";
  readonly capabilities?: readonly Capability[];
  readonly evidence?: EvidenceGrade;
}

/** What the author of a story writes. */
export interface ScenarioText extends AnyText {
  /** Every run where absent. */
  readonly tier?: "deep";
  readonly overlapping?: boolean;
  readonly measures?: boolean;
  readonly probes: readonly Probe[];
  readonly play: (stage: Stage) => Promise<void>;
}

/** Makes a scenario out of its text. */
export function scenario(text: ScenarioText): ScriptedScenario {
  const { tier = "every", overlapping = false, measures = false, probes, play } = text;
  return { ...any(text), tier, overlapping, measures, probes, play };
}

/** Makes a scenario that explores. */
export function explorer(text: AnyText, explores: Exploration): ExploringScenario {
  return { ...any(text), explores };
}

function any(text: AnyText): AnyScenario {
  return {
    id: text.variant === undefined ? text.requirement : `${text.requirement}#${text.variant}`,
    requirement: text.requirement,
    title: text.title,
    module: text.module,
    ownProcess: text.ownProcess ?? false,
    guests: text.guests ?? "any",
    capabilities: text.capabilities ?? [],
    evidence: text.evidence ?? "outside",
  };
}
