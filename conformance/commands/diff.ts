import { existsSync, writeFileSync } from "node:fs";
import pc from "picocolors";
import { type RecordedHistory, readHistory } from "../history/history-file.ts";
import { GatedOrigin } from "../origin/gated-origin.ts";
import { kitVersion, root } from "../package.ts";
import { locator } from "../parity/locate.ts";
import { inModel } from "../parity/of-run.ts";
import { pairsOf, trialsNamed } from "../parity/pairs.ts";
import { type Outcome, parityOf } from "../parity/parity.ts";
import { parityExitCode, parityLine, paritySummary, renderDivergences } from "../report/parity.ts";
import { type Compared, parityReportOf } from "../report/parity-report.ts";
import { type Column, readHosts, readModules } from "../run/columns.ts";
import { KitError } from "../run/kit-error.ts";
import { ColumnRunner, type Trial } from "../run/run-column.ts";
import type { PlayedScenario } from "../run/verdict.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** Options of `evenlane diff`. */
export interface DiffOptions {
  /** A column's label (`v8×ts`, `v8:ts`), a host's name, or a history file. */
  readonly left: string;
  readonly right: string;
  /** Scenario or requirement id, chapter or pattern; everything where absent. Not for files. */
  readonly id?: string;
  readonly seed: string;
  /** Seconds of silence after which a scenario counts as stuck. */
  readonly patience: number;
  /** File that lists the hosts; the one that the set-up step writes unless told. */
  readonly hosts?: string;
  readonly json?: string;
}

/** A comparison with what each column came to. */
interface Judged extends Compared {
  readonly verdicts: readonly string[];
}

/** `evenlane diff`: plays scenarios in two columns, or reads two histories, and shows where they part. Gives the exit code. */
export async function diffCommand(options: DiffOptions): Promise<number> {
  const files = [options.left, options.right].filter((name) => name.endsWith(".jsonl") || existsSync(name));
  if (files.length === 1) {
    throw new KitError(`${files[0]} is a file, but the other side is a host: give two hosts or two history files`);
  }
  // A report that cannot be written is told before the run, not after it.
  if (options.json !== undefined) write(options.json, "");
  return files.length === 2 ? diffOfFiles(options) : diffOfHosts(options);
}

async function diffOfHosts(options: DiffOptions): Promise<number> {
  const pairs = pairsOf(readHosts(options.hosts ?? `${root}/build/hosts.json`), options.left, options.right);
  const trials = trialsNamed(loadSpec(), options.id);
  const modules = readModules(`${root}/build/modules/manifest.json`);
  const locate = locator(modules, root);
  const { seed } = options;
  const judged: Judged[] = [];
  const origin = await GatedOrigin.start();
  try {
    for (const [a, b] of pairs) {
      process.stdout.write(`${judged.length === 0 ? "" : "\n"}${pc.bold(`${a.label} ${b.label}`)}\n`);
      const setting = { origin, modules, root, seed, patience: options.patience * 1000 };
      const runners = [new ColumnRunner(a, setting), new ColumnRunner(b, setting)] as const;
      try {
        for (const trial of trials) {
          const [left, right] = await Promise.all([outcomeOf(a, runners[0], trial), outcomeOf(b, runners[1], trial)]);
          const parity = parityOf(left, right, { seed, locate, allowed: inModel([left, right]) });
          judged.push({ scenario: trial.scenario.id, parity, verdicts: [left.verdict, right.verdict] });
          process.stdout.write(`${parityLine(judged.at(-1)!)}\n`);
        }
      } finally {
        await Promise.all(runners.map((runner) => runner.stop()));
      }
    }
  } finally {
    await origin.stop();
  }
  const again = ({ scenario, parity }: Compared) =>
    `npm start -- diff ${parity.left} ${parity.right} '${scenario}' --seed ${seed}`;
  return conclude(judged, again, options, seed);
}

async function outcomeOf(column: Column, runner: ColumnRunner, trial: Trial): Promise<Outcome> {
  const { verdict, reason, message, history }: PlayedScenario = await runner.result(trial);
  const measures = "play" in trial.scenario && trial.scenario.measures;
  return { column: column.label, guest: column.guest, verdict, reason, message, measures, events: history ?? [] };
}

function diffOfFiles(options: DiffOptions): number {
  if (options.id !== undefined) throw new KitError(`two history files are compared whole: leave "${options.id}" out`);
  const [left, right] = [readHistory(options.left), readHistory(options.right)];
  if (left.header.scenario !== right.header.scenario) {
    const [a, b] = [left.header.scenario, right.header.scenario];
    throw new KitError(
      `${options.left} holds ${a}, and ${options.right} holds ${b}: they are no plays of one scenario`,
    );
  }
  const seed = left.header.seed === right.header.seed ? left.header.seed : null;
  const modules = `${root}/build/modules/manifest.json`;
  const locate = existsSync(modules) ? locator(readModules(modules), root) : () => undefined;
  const parity = parityOf(recorded(left), recorded(right), { locate, ...(seed !== null && { seed }) });
  const judged = [{ scenario: left.header.scenario, parity, verdicts: [] }];
  process.stdout.write(`${parityLine(judged[0]!)}\n`);
  return conclude(judged, () => `npm start -- diff ${options.left} ${options.right}`, options, seed);
}

/** A history file says what happened, and nothing of how it was judged: what it holds is compared as what passed. */
function recorded({ header, events }: RecordedHistory): Outcome {
  return { column: header.column, guest: header.column.endsWith("×as") ? "as" : "ts", verdict: "pass", events };
}

function conclude(
  judged: readonly Judged[],
  again: (one: Compared) => string,
  options: DiffOptions,
  seed: string | null,
): number {
  const divergences = renderDivergences(judged, again);
  process.stdout.write(`\n${divergences === "" ? "" : `${divergences}\n\n`}${paritySummary(judged)}\n`);
  const exitCode = parityExitCode(judged);
  if (options.json !== undefined) {
    const compared = judged.map(({ scenario, parity }) => ({ scenario, parity }));
    const report = parityReportOf(compared, { kit: kitVersion(), seed, exitCode });
    write(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return exitCode;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new KitError(`the report cannot be written to ${file}: ${(error as Error).message}`);
  }
}
