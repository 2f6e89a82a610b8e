import { writeFileSync } from "node:fs";
import pc from "picocolors";
import { kitVersion, root } from "../package.ts";
import { parityOfRun } from "../parity/of-run.ts";
import { renderClaims } from "../report/claims.ts";
import { type Count, countOf, isLess, miscount, partOf, readCount } from "../report/count.ts";
import { renderExcepted } from "../report/excepted.ts";
import { renderFailures } from "../report/failures.ts";
import { reportOf } from "../report/json-report.ts";
import { renderMatrix } from "../report/matrix.ts";
import { paritySummary, renderDivergences } from "../report/parity.ts";
import type { Compared } from "../report/parity-report.ts";
import { liveProgress, plainProgress } from "../report/progress.ts";
import { applyExceptions } from "../run/apply-exceptions.ts";
import { columnsOf, readHosts, readModules } from "../run/columns.ts";
import { keepFailures, keepHistories } from "../run/keep.ts";
import { KitError } from "../run/kit-error.ts";
import { readExceptions } from "../run/read-exceptions.ts";
import { type ExploreTier, type RunPlan, type RunResult, run, trialsOf } from "../run/run.ts";
import { selectColumns, selectRequirements } from "../run/select.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** Options of `evenlane run`. */
export interface RunOptions {
  readonly host: readonly string[];
  readonly guest: readonly string[];
  readonly filter: readonly string[];
  readonly seed: string;
  readonly json?: string;
  /** Seconds of silence after which a scenario counts as stuck. */
  readonly patience: number;
  /** File that lists the hosts; the one that the set-up step writes unless told. */
  readonly hosts?: string;
  readonly plain?: boolean;
  readonly explore: ExploreTier;
  /** Folder for the history of every scenario. */
  readonly histories?: string;
  /** Folder in which each failure is left as a capsule and a history. */
  readonly capsules: string;
  /** Files of exceptions. */
  readonly exceptions: readonly string[];
}

/** `evenlane run`: plays the scenarios, shows the matrix and what was not kept. Gives the exit code. */
export async function runCommand(options: RunOptions): Promise<number> {
  const hosts = readHosts(options.hosts ?? `${root}/build/hosts.json`);
  const columns = selectColumns(hosts, {
    hosts: options.host,
    guests: options.guest,
    filters: options.filter,
  });
  const spec = loadSpec();
  const requirements = selectRequirements(spec, options.filter);
  const ids = spec.map(({ id }) => id);
  const exceptions = readExceptions(options.exceptions, { requirements: ids, columns: columnsOf(hosts) });
  const today = new Date().toISOString().slice(0, "YYYY-MM-DD".length);
  const modules = readModules(`${root}/build/modules/manifest.json`);
  const plan: RunPlan = {
    columns,
    requirements,
    modules,
    root,
    seed: options.seed,
    patience: options.patience * 1000,
    hostsFile: options.hosts,
    exceptionFiles: options.exceptions,
    explore: options.explore,
    whole: { requirements: spec.length, columns: columnsOf(hosts).length },
  };
  // A report that cannot be written is told before the run, not after it; what is in the file stays until there is a new one.
  if (options.json !== undefined) {
    replacesNothingGreater(options.json, countOf(plan));
    write(options.json, "", "a");
  }

  const live = process.stderr.isTTY && process.stdout.isTTY && options.plain !== true;
  const progress = live
    ? liveProgress(columns, trialsOf(requirements, options.explore).length)
    : plainProgress((line) => process.stderr.write(`${line}\n`));
  const played = await run(plan, progress.onScenario).finally(() => progress.end());

  const result = exceptions.length === 0 ? played : { ...played, ...applyExceptions(played.cells, exceptions, today) };
  const parity = parityOfRun(result);
  const compared = parity.flatMap(({ scenario, pairs }) => pairs.map((pair) => ({ scenario, parity: pair })));
  const failures = renderFailures(result);
  const excepted = renderExcepted(result);
  const claims = renderClaims(result);
  process.stdout.write(`\n${renderMatrix(result)}\n\n${engines(result)}\n`);
  if (claims.length > 0) process.stdout.write(`\n${[pc.bold("Declared otherwise than seen"), ...claims].join("\n")}\n`);
  if (failures !== "") process.stdout.write(`\n${failures}\n`);
  if (excepted !== "") process.stdout.write(`\n${excepted}\n`);
  if (compared.length > 0) process.stdout.write(`\n${parityBlock(compared, options.seed)}\n`);
  const kept = keepFailures(result, options.capsules);
  if (kept.length > 0) process.stdout.write(`\n${["To play a failure again:", ...kept].join("\n  ")}\n`);
  if (options.histories !== undefined) keepHistories(result, options.histories);
  const report = reportOf(result, parity, kitVersion());
  if (options.json !== undefined) write(options.json, `${JSON.stringify(report, null, 2)}\n`);
  for (const line of result.unmatched ?? []) process.stderr.write(`${pc.red("evenlane:")} ${line}\n`);
  const lacking = miscount(report.count, report.cells);
  if (lacking !== undefined) process.stderr.write(`${pc.red("evenlane:")} the kit is at fault: ${lacking}\n`);
  return lacking === undefined ? report.exitCode : 2;
}

/** Demands that a file holds no report of a run that played more than this one. */
function replacesNothingGreater(file: string, count: Count): void {
  const held = readCount(file);
  if (held === undefined || !isLess(count, held)) return;
  const own = partOf(count) ?? "the default tier";
  throw new KitError(
    `${file} holds the report of a run that played more than this one (${own}): name another file, or remove it`,
  );
}

/** How the columns compare: one line for each verdict, and each divergence that no failure above tells of. */
function parityBlock(compared: readonly Compared[], seed: string): string {
  const again = ({ scenario, parity }: Compared) =>
    `npm start -- diff ${parity.left} ${parity.right} ${scenario} --seed ${seed}`;
  const both = compared.filter(({ parity }) => parity.verdict === "diverge" && parity.divergence !== undefined);
  const divergences = both.length === 0 ? "" : `\n\n${renderDivergences(both, again)}`;
  return `${pc.bold("Parity")}\n${paritySummary(compared)}${divergences}`;
}

/** What the hosts report of themselves, a line each. */
function engines({ columns }: RunResult): string {
  const lines = new Map<string, string>();
  for (const { column, result } of columns) {
    if (result.info === undefined) continue;
    const versions = result.info.engines.map(({ name, version }) => `${name} ${version}`).join(", ");
    lines.set(column.host.name, `${column.host.name}: ${versions}`);
  }
  return [...lines.values()].map((line) => pc.dim(line)).join("\n");
}

function write(file: string, text: string, flag: "w" | "a" = "w"): void {
  try {
    writeFileSync(file, text, { flag });
  } catch (error) {
    throw new KitError(`the report cannot be written to ${file}: ${(error as Error).message}`);
  }
}
