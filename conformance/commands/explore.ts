import Table from "cli-table3";
import pc from "picocolors";
import { parseSchedule, parseWorkload } from "../explore/parse-schedule.ts";
import { follow } from "../explore/schedules.ts";
import { describeStep } from "../explore/simulation.ts";
import { nameOf, type Workload } from "../explore/workload.ts";
import { GatedOrigin } from "../origin/gated-origin.ts";
import { root } from "../package.ts";
import { type Column, readHosts, readModules } from "../run/columns.ts";
import { KitError } from "../run/kit-error.ts";
import { ColumnRunner, type RunSetting } from "../run/run-column.ts";
import { selectColumns } from "../run/select.ts";
import type { PlayedScenario } from "../run/verdict.ts";
import { exploring, interleavings } from "../scenarios/interleavings.ts";
import type { ExploringScenario, Scenario } from "../scenarios/scenario.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** Options of `evenlane explore`. */
export interface ExploreOptions {
  readonly host: readonly string[];
  readonly guest: readonly string[];
  readonly seed: string;
  /** Seconds of silence after which a schedule counts as stuck. */
  readonly patience: number;
  readonly hosts?: string;
  /** The explorations to play where no workload is named. */
  readonly explore: "exhaustive" | "deep";
  /** One schedule to play, as numbers separated by commas. */
  readonly schedule?: string;
}

/** `evenlane explore`: plays the schedules of workloads and shows how many, how fast, and the smallest that fails. Gives the exit code. */
export async function exploreCommand(names: readonly string[], options: ExploreOptions): Promise<number> {
  const columns = selectColumns(readHosts(options.hosts ?? `${root}/build/hosts.json`), {
    hosts: options.host,
    guests: options.guest,
    filters: [],
  });
  const scenarios = options.schedule === undefined ? explorationsOf(names, options) : [oneSchedule(names, options)];
  const modules = readModules(`${root}/build/modules/manifest.json`);
  const origin = await GatedOrigin.start();
  const setting = {
    origin,
    modules,
    root,
    seed: options.seed,
    patience: options.patience * 1000,
    hostsFile: options.hosts,
  };
  let code = 0;
  try {
    for (const column of columns) {
      code = Math.max(code, await exploreColumn(column, scenarios, setting));
    }
  } finally {
    await origin.stop();
  }
  return code;
}

function explorationsOf(names: readonly string[], { explore }: ExploreOptions): ExploringScenario[] {
  if (names.length === 0) {
    return interleavings.filter(({ explores }) => explore === "deep" || explores.tier === "exhaustive");
  }
  return names.map((name) => {
    const known = interleavings.find(({ id }) => id.endsWith(`#${name}`));
    return known ?? exploring(name, parseWorkload(name), { tier: "deep", choice: "all" });
  });
}

function oneSchedule(names: readonly string[], { schedule }: ExploreOptions): ExploringScenario {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) {
    throw new KitError(
      "--schedule plays one workload's schedule: name the workload (evenlane explore 2x2 --schedule 1,0)",
    );
  }
  const workload = parseWorkload(name);
  const one = parseSchedule(schedule!, workload);
  process.stdout.write(`${stepsOf(workload, one)}\n`);
  return exploring(name, workload, { tier: "deep", choice: [one] });
}

function stepsOf(workload: Workload, schedule: readonly number[]): string {
  const steps = follow(workload, schedule).steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`);
  return [`${nameOf(workload)}, schedule ${schedule.join(",")}:`, ...steps].join("\n");
}

async function exploreColumn(
  column: Column,
  scenarios: readonly ExploringScenario[],
  setting: RunSetting,
): Promise<number> {
  const runner = new ColumnRunner(column, setting);
  const table = new Table({
    head: ["workload", "schedules", "per second", "verdict"],
    style: { head: [], border: [] },
  });
  const failed: PlayedScenario[] = [];
  let code = 0;
  try {
    for (const scenario of scenarios) {
      const result = await runner.result({ scenario, requirement: requirementOf(scenario) });
      const perSecond = ((result.schedules ?? 0) / result.milliseconds) * 1000;
      const name = scenario.id.split("#")[1]!;
      const counted = result.schedules === undefined ? ["-", "-"] : [String(result.schedules), perSecond.toFixed(0)];
      table.push([name, ...counted, colored(result.verdict)]);
      if (result.verdict !== "pass" && result.verdict !== "unsupported") failed.push(result);
      if (result.verdict === "error" || result.verdict === "not-built") code = 2;
      else if (failed.length > 0) code = Math.max(code, 1);
    }
  } finally {
    await runner.stop();
  }
  process.stdout.write(`\n${pc.bold(column.label)}\n${table.toString()}\n`);
  for (const { explores, title } of scenarios) {
    if (typeof explores.choice === "object" && "runs" in explores.choice) process.stdout.write(`${title}\n`);
  }
  for (const result of failed) {
    const title = `${pc.red(result.verdict.toUpperCase())} ${column.label} ${result.id}`;
    const evidence = (result.evidence ?? []).map((line) => `    ${line}`);
    process.stdout.write([`\n${title}`, `  ${result.reason}: ${result.message}`, ...evidence, ""].join("\n"));
  }
  return code;
}

function requirementOf(scenario: Scenario) {
  const requirement = loadSpec().find(({ id }) => id === scenario.requirement);
  if (requirement === undefined) throw new Error(`the spec has no ${scenario.requirement}`);
  return requirement;
}

function colored(verdict: string): string {
  return verdict === "pass" ? pc.green(verdict) : verdict === "unsupported" ? pc.dim(verdict) : pc.red(verdict);
}
