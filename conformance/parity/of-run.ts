/** Parity over all columns of a run. */
import type { RunResult } from "../run/run.ts";
import { locator } from "./locate.ts";
import { type Outcome, type Parity, type ParityOptions, type ParityVerdict, parityOfAll } from "./parity.ts";

/** How the columns of a run compare in one scenario. */
export interface ScenarioParity {
  readonly scenario: string;
  readonly verdict: ParityVerdict;
  /** Each column with the first that could be judged. */
  readonly pairs: readonly Parity[];
}

/** Says of histories that the reference model has them where their scenario passed: it passes only then. */
export function inModel(outcomes: readonly Outcome[]): NonNullable<ParityOptions["allowed"]> {
  const legal = new Set(outcomes.filter(({ verdict }) => verdict === "pass").map(({ events }) => events));
  return (events) => legal.has(events) || undefined;
}

/**
 * Compares the columns of a run, scenario by scenario; nothing where there is one column. Of an exploration that passed no history is kept: each of its
 * schedules has one legal history, so that columns that pass have done the same.
 */
export function parityOfRun({ plan, columns }: RunResult): ScenarioParity[] {
  const outcomes = new Map<string, Outcome[]>();
  for (const { column, result } of columns) {
    for (const { id, verdict, reason, message, history, schedules } of result.results) {
      const own = outcomes.get(id) ?? [];
      outcomes.set(id, own);
      own.push({
        column: column.label,
        guest: column.guest,
        verdict,
        reason,
        message,
        events: schedules === undefined ? (history ?? []) : [],
      });
    }
  }
  const locate = locator(plan.modules, plan.root);
  return [...outcomes].flatMap(([scenario, own]) =>
    own.length < 2 ? [] : [{ scenario, ...parityOfAll(own, { seed: plan.seed, locate, allowed: inModel(own) }) }],
  );
}
