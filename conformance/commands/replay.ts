import pc from "picocolors";
import type { Capsule } from "../capsule/capsule.ts";
import { readCapsule } from "../capsule/capsule-file.ts";
import { changesSince, demandModules } from "../capsule/check.ts";
import { firstOtherInput, inputsOf } from "../capsule/inputs.ts";
import { namePlayed, trialOf } from "../capsule/trial.ts";
import { describeEvent } from "../history/describe-event.ts";
import type { HistoryEvent } from "../history/history.ts";
import { withShortUrls } from "../history/names.ts";
import { GatedOrigin } from "../origin/gated-origin.ts";
import { kitVersion, root } from "../package.ts";
import { columnNamed } from "../parity/pairs.ts";
import { mark } from "../report/marks.ts";
import { type Column, readHosts, readModules } from "../run/columns.ts";
import { ColumnRunner } from "../run/run-column.ts";
import type { PlayedScenario } from "../run/verdict.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** Options of `evenlane replay`. */
export interface ReplayOptions {
  /** Another column than the capsule's: a label (`v8×ts`, `v8:ts`), or a host's name for its column of the same guest. */
  readonly host?: string;
  /** Seconds of silence after which what is played counts as stuck. */
  readonly patience: number;
  /** File that lists the hosts; the one that the set-up step writes unless told. */
  readonly hosts?: string;
}

/**
 * `evenlane replay`: plays what a capsule holds and says whether the same came out. Gives the exit code, which is that of a run of the one scenario: 0 where
 * it passes now, 1 where it does not, 2 where the kit or the host as a program is at fault.
 */
export async function replayCommand(file: string, options: ReplayOptions): Promise<number> {
  const capsule = readCapsule(file);
  const column = columnOf(capsule, options);
  const modules = readModules(`${root}/build/modules/manifest.json`);
  demandModules(capsule, column, modules);
  const trial = trialOf(capsule.play, loadSpec());
  process.stdout.write(`${pc.bold(column.label)} ${namePlayed(capsule.play)}\n`);
  const origin = await GatedOrigin.start();
  const patience = options.patience * 1000;
  const runner = new ColumnRunner(column, { origin, modules, root, seed: capsule.seed, patience });
  try {
    const result = await runner.result(trial);
    const changes = changesSince(capsule, { kit: kitVersion(), column, info: runner.info });
    const other = firstOtherInput(capsule.inputs, inputsOf(result.history ?? [], capsule.seed));
    if (other !== undefined) {
      const name = capsule.inputs[other]?.function;
      changes.push(
        `this kit submits other calls, from call ${other} (${name} in the capsule) on: what comes out need not be the same`,
      );
    }
    for (const change of changes) process.stderr.write(`${pc.yellow("note:")} ${change}\n`);
    for (const event of result.history ?? []) process.stdout.write(`${pc.dim(`  ${line(event)}`)}\n`);
    process.stdout.write(`\n${told(capsule, result)}\n`);
    return exitCodeOf(result);
  } finally {
    await runner.stop();
    await origin.stop();
  }
}

function columnOf({ host, guest }: Capsule, options: ReplayOptions): Column {
  const hosts = readHosts(options.hosts ?? `${root}/build/hosts.json`);
  const wanted = options.host ?? `${host.name}×${guest}`;
  const ofHost = hosts.find(({ name, guests }) => name === wanted && guests.includes(guest));
  return columnNamed(hosts, ofHost === undefined ? wanted : `${wanted}×${guest}`);
}

function line(event: HistoryEvent): string {
  return describeEvent(withShortUrls(event) as HistoryEvent);
}

function told(capsule: Capsule, result: PlayedScenario): string {
  const { word, paint } = mark(result.verdict);
  const now = `${paint(word)}${result.reason === undefined ? "" : ` ${result.reason}: ${result.message}`}`;
  const same = result.verdict === capsule.verdict && (result.reason ?? null) === capsule.reason;
  if (same) return `${now}\nThe same came out as when the capsule was made.`;
  const then = [mark(capsule.verdict).word, capsule.reason].filter((part) => part !== null).join(" ");
  return `${now}\nWhen the capsule was made, ${then} came out${capsule.message === null ? "" : `: ${capsule.message}`}.`;
}

function exitCodeOf({ verdict }: PlayedScenario): 0 | 1 | 2 {
  if (verdict === "error" || verdict === "not-built") return 2;
  return verdict === "fail" || verdict === "stuck" ? 1 : 0;
}
