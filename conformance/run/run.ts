import { availableParallelism } from "node:os";
import { GatedOrigin } from "../origin/gated-origin.ts";
import { scenarios } from "../scenarios/catalogue.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Requirement } from "../spec/requirement.ts";
import { cellOf } from "./cell.ts";
import type { Column, ModuleEntry } from "./columns.ts";
import { inParallel } from "./in-parallel.ts";
import { type ColumnResult, type OnScenario, runColumn, type Trial } from "./run-column.ts";
import type { Cell } from "./verdict.ts";

/** Explorations to play: none, those of all schedules of small workloads, or the large ones too. */
export type ExploreTier = "none" | "exhaustive" | "deep";

/** What to run. */
export interface RunPlan {
  readonly columns: readonly Column[];
  readonly requirements: readonly Requirement[];
  readonly modules: readonly ModuleEntry[];
  /** The package's root: module paths are relative to it. */
  readonly root: string;
  readonly seed: string;
  /** The list of hosts that the user named, for the lines that play something again. */
  readonly hostsFile?: string | undefined;
  /** The files of exceptions that the user named, for the same lines. */
  readonly exceptionFiles?: readonly string[];
  /** Milliseconds of silence after which a scenario counts as stuck. */
  readonly patience: number;
  /** Which explorations are played. */
  readonly explore: ExploreTier;
  /** How many requirements and columns there are in all; those of the plan where absent. */
  readonly whole?: { readonly requirements: number; readonly columns: number };
  /** Columns that run at once; the number of processors unless told. No verdict depends on it. */
  readonly jobs?: number;
}

/** The matrix and what each host said of itself. */
export interface RunResult {
  readonly plan: RunPlan;
  readonly cells: readonly Cell[];
  /** Each exception that matches nothing, as `file:line:column: what is wrong; what to do`; absent where no exceptions were given. */
  readonly unmatched?: readonly string[];
  readonly columns: readonly { readonly column: Column; readonly result: ColumnResult }[];
  readonly milliseconds: number;
}

/** The trials of these requirements, in the spec's order. */
export function trialsOf(requirements: readonly Requirement[], explore: ExploreTier): Trial[] {
  return requirements.flatMap((requirement) =>
    scenarios
      .filter((scenario) => scenario.requirement === requirement.id && isPlayed(scenario, explore))
      .map((scenario) => ({ scenario, requirement })),
  );
}

function isPlayed(scenario: Scenario, explore: ExploreTier): boolean {
  if (explore === "deep") return true;
  if (!("explores" in scenario)) return scenario.tier === "every";
  return explore === "exhaustive" && scenario.explores.tier === "exhaustive";
}

/** Runs the matrix. */
export async function run(plan: RunPlan, onScenario: OnScenario): Promise<RunResult> {
  const started = performance.now();
  const trials = trialsOf(plan.requirements, plan.explore);
  const origin = await GatedOrigin.start();
  let columns: { column: Column; result: ColumnResult }[];
  try {
    columns = await inParallel(plan.jobs ?? availableParallelism(), plan.columns, async (column) => {
      return { column, result: await runColumn(column, trials, { ...plan, origin }, onScenario) };
    });
  } finally {
    await origin.stop();
  }
  const cells = plan.requirements.flatMap((requirement) =>
    columns.map(({ column, result }) => cellOf(requirement, column, result.results)),
  );
  return { plan, cells, columns, milliseconds: performance.now() - started };
}

/** 0 all pass, 1 a requirement was not kept, 2 the kit or a host as a program is at fault, or a host is missing. */
export function exitCode(cells: readonly Cell[]): 0 | 1 | 2 {
  if (cells.some(({ verdict }) => verdict === "error" || verdict === "not-built")) return 2;
  return cells.some(({ verdict }) => verdict === "fail" || verdict === "stuck") ? 1 : 0;
}
