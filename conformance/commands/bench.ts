import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import path from "node:path";
import { getHeapStatistics } from "node:v8";
import type { BenchReport } from "../bench/bench-report.ts";
import { growthOfChecking, growthOfExploration, growthOfHeld, growthOfTables } from "../bench/growth.ts";
import { measureHeld } from "../bench/held.ts";
import { innerCosts } from "../bench/inner.ts";
import { measureKit } from "../bench/kit.ts";
import { BenchOrigin } from "../bench/origin.ts";
import { plotsOf } from "../bench/plots.ts";
import { measureReducers } from "../bench/reducers.ts";
import { renderBench } from "../bench/render.ts";
import { type BenchSetting, type Subject, startSubject, subjectsOf } from "../bench/subject.ts";
import { targetsOf } from "../bench/targets.ts";
import { measureThroughput } from "../bench/throughput.ts";
import { kitVersion, root } from "../package.ts";
import { type Column, readHosts, readModules } from "../run/columns.ts";
import { KitError } from "../run/kit-error.ts";
import type { RunPlan } from "../run/run.ts";
import { selectColumns } from "../run/select.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** The parts of a benchmark. */
export const benchParts = ["held", "throughput", "reducers", "inner", "growth", "kit"] as const;
/** A part of a benchmark. */
export type BenchPart = (typeof benchParts)[number];

/** Options of `evenlane bench`. */
export interface BenchOptions {
  readonly host: readonly string[];
  readonly guest: readonly string[];
  readonly hosts?: string;
  readonly json?: string;
  /** The folder for the plots. */
  readonly plots?: string;
  readonly rounds: number;
  /** The most procedures held at once, transactions checked and rows of a table; each part has its own bound too. */
  readonly most: number;
}

/**
 * `evenlane bench`: measures what hosts and the kit cost, and shows it beside the targets. Gives 0: a benchmark passes no judgement. The parts that are measured are those
 * that are named, or all but the whole run of the kit, which takes as long as `evenlane run`.
 */
export async function benchCommand(names: readonly string[], options: BenchOptions): Promise<number> {
  const parts = partsOf(names);
  const hosts = readHosts(options.hosts ?? `${root}/build/hosts.json`);
  const columns = selectColumns(hosts, { hosts: options.host, guests: options.guest, filters: [] });
  const modules = readModules(`${root}/build/modules/manifest.json`);
  // Told before the measurements, not after them.
  if (options.json !== undefined) write(options.json, "", "a");
  if (options.plots !== undefined) mkdirSync(options.plots, { recursive: true });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);

  const measured: Omit<BenchReport, "targets"> = {
    version: 1,
    kit_version: kitVersion(),
    machine: machine(),
    engines: {},
    rounds: options.rounds,
  };
  // After each part, so that what was measured is not lost with a later one.
  const keep = (): BenchReport => {
    const report: BenchReport = { ...measured, targets: targetsOf(measured) };
    if (options.json !== undefined) write(options.json, `${JSON.stringify(report, null, 2)}\n`);
    return report;
  };
  const drives = parts.has("held") || parts.has("throughput") || parts.has("reducers") || parts.has("growth");
  if (drives) {
    const origin = await BenchOrigin.start(tool("origin"));
    try {
      const limit: Subject = { label: "limit", host: "limit", command: [tool("limit")] };
      const { rounds } = options;
      const setting: BenchSetting = { subjects: subjectsOf(columns), limit, origin, modules, root, rounds, say };
      for (const subject of setting.subjects) measured.engines[subject.label] = await enginesOf(subject, setting);
      await measureHosts(parts, setting, options.most, measured, keep);
    } finally {
      await origin.stop();
    }
  }
  if (parts.has("inner")) measured.inner = await innerCosts(say);
  keep();
  if (parts.has("kit")) measured.kit = await measureKit(wholeRun(columns, modules, options.hosts), say);

  const report = keep();
  process.stdout.write(`\n${renderBench(report)}\n`);
  if (options.plots !== undefined)
    for (const [name, svg] of plotsOf(report)) write(path.join(options.plots, name), svg);
  return 0;
}

async function measureHosts(
  parts: ReadonlySet<BenchPart>,
  setting: BenchSetting,
  most: number,
  measured: Omit<BenchReport, "targets">,
  keep: () => void,
): Promise<void> {
  const { subjects, rounds, say } = setting;
  const upTo = (greatest: number, from = 1): number[] =>
    [1, 10, 100, 1000, 10_000, 100_000, 1_000_000].filter((n) => n >= from && n <= Math.min(most, greatest));
  if (parts.has("held")) {
    const lanes = subjects.map((subject) => ({ subject, mode: "lane" as const, counts: upTo(10_000) }));
    // A thread and an isolate each: a thousand take gigabytes.
    const pools = subjects
      .filter(({ host, guest }) => host === "v8" && guest === "ts")
      .map((subject) => ({ subject, mode: "blocking" as const, counts: upTo(1000) }));
    const { held, ceilings } = await measureHeld([...lanes, ...pools], setting);
    Object.assign(measured, { held, ceilings });
    keep();
  }
  if (parts.has("throughput")) {
    const concurrencies = [1, 16, 256, 4096].filter((n) => n <= most);
    measured.throughput = await measureThroughput(concurrencies, ["commit", "fetch"], setting);
    keep();
  }
  if (parts.has("reducers")) {
    const load = {
      beside: Math.min(10_000, most),
      single: Math.min(5000, most),
      pipelined: Math.min(20_000, 10 * most),
    };
    measured.reducers = await measureReducers(load, setting);
    keep();
  }
  if (parts.has("growth")) {
    const tables = upTo(1_000_000, 1000);
    const workloads = ["2x2", "2x3", "2x4", "2x5", "3x2", "3x3"].slice(0, most < 1000 ? 3 : 6);
    measured.growth = [
      ...growthOfHeld(measured.held ?? []),
      ...(tables.length > 1 ? await growthOfTables(tables, setting) : []),
      ...growthOfChecking(upTo(mostTransactions(say), most < 1000 ? 10 : 1000), rounds, say),
      growthOfExploration(workloads, rounds, say),
    ];
  }
}

/** Of a million transactions the checkers take some gigabytes; `npm run bench` gives them to Node. */
function mostTransactions(say: (line: string) => void): number {
  if (getHeapStatistics().heap_size_limit > 8 * 2 ** 30) return 1_000_000;
  say("growth: checking at most 100,000 transactions; a million need node --max-old-space-size=12000");
  return 100_000;
}

function partsOf(names: readonly string[]): ReadonlySet<BenchPart> {
  for (const name of names) {
    if (!(benchParts as readonly string[]).includes(name)) {
      throw new KitError(`there is no part "${name}" of the benchmark; there are ${benchParts.join(", ")}`);
    }
  }
  return new Set(names.length === 0 ? benchParts.filter((part) => part !== "kit") : (names as BenchPart[]));
}

/** Where a program of the benchmark stands. @throws KitError where it is not built */
function tool(name: "origin" | "limit"): string {
  const program = `${root}/build/bench/evenlane-bench-${name}`;
  if (!existsSync(program))
    throw new KitError(`${program} is not built: run npm run setup:bench, or npm run bench, which builds it`);
  return program;
}

async function enginesOf(subject: Subject, setting: BenchSetting): Promise<{ name: string; version: string }[]> {
  const driver = await startSubject(subject, setting, "virtual");
  try {
    return [...driver.engines];
  } finally {
    await driver.stop();
  }
}

function wholeRun(columns: readonly Column[], modules: ReturnType<typeof readModules>, hostsFile?: string): RunPlan {
  return {
    columns,
    requirements: loadSpec(),
    modules,
    root,
    seed: "evenlane",
    patience: 30_000,
    hostsFile,
    explore: "exhaustive",
  };
}

function machine(): BenchReport["machine"] {
  const memory = totalmem();
  return {
    processor: cpus()[0]?.model ?? "unknown",
    processors: availableParallelism(),
    memoryBytes: memory,
    system: `${process.platform} ${release()}`,
    node: process.version,
  };
}

function write(file: string, text: string, flag = "w"): void {
  try {
    writeFileSync(file, text, { flag });
  } catch (error) {
    throw new KitError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}): name another file`);
  }
}
