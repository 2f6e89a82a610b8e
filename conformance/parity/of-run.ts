/** Parity over all columns of a run. */
import type { RunResult } from "../run/run.ts";
import { scenarios } from "../scenarios/catalogue.ts";
import { locator } from "./locate.ts";
import {
  type Outcome,
  type Parity,
  type ParityOptions,
  type ParityVerdict,
  parityOfAll,
  worstParity,
} from "./parity.ts";

/** The scenarios that go by what they measure. */
const measuring: ReadonlySet<string> = new Set(
  scenarios.filter((scenario) => "play" in scenario && scenario.measures).map(({ id }) => id),
);

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
 * schedules has one legal history, so that columns that pass have done the same. What parts where an exception stands is told apart.
 */
export function parityOfRun({ plan, columns, cells }: RunResult): ScenarioParity[] {
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
        measures: measuring.has(id),
        events: schedules === undefined ? (history ?? []) : [],
      });
    }
  }
  const locate = locator(plan.modules, plan.root);
  return [...outcomes].flatMap(([scenario, own]) => {
    if (own.length < 2) return [];
    const requirement = scenario.split("#")[0];
    const excepted = new Set(
      cells
        .filter((cell) => cell.requirement === requirement && ["excepted", "intermittent"].includes(cell.verdict))
        .map(({ host, guest }) => `${host}×${guest}`),
    );
    // The others are compared with the first: an excepted column there would hide where they part among themselves.
    const ordered = own.toSorted((a, b) => Number(excepted.has(a.column)) - Number(excepted.has(b.column)));
    const compared = parityOfAll(ordered, { seed: plan.seed, locate, allowed: inModel(own) });
    const pairs = compared.pairs.map((pair) => asExcepted(pair, excepted));
    return [{ scenario, verdict: worstParity(pairs.map(({ verdict }) => verdict)), pairs }];
  });
}

/** A pair that parts where an exception stands for one of its columns, or that is wrong alike where one stands for both. */
function asExcepted(pair: Parity, excepted: ReadonlySet<string>): Parity {
  const own = [pair.left, pair.right].filter((label) => excepted.has(label));
  const excuses = pair.verdict === "diverge" ? own.length > 0 : pair.verdict === "agree-wrong" && own.length === 2;
  if (!excuses) return pair;
  return { ...pair, verdict: "excepted", why: `${pair.why}; an exception stands for ${own.join(" and ")}` };
}
