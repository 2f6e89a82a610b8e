import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cellOf } from "../run/cell.ts";
import type { Column } from "../run/columns.ts";
import { trialsOf } from "../run/run.ts";
import { type RunSetting, runColumn } from "../run/run-column.ts";
import type { Cell } from "../run/verdict.ts";
import type { Requirement } from "../spec/requirement.ts";
import { countOf } from "./counter.ts";
import type { Kill } from "./saboteur.ts";
import type { Target } from "./target.ts";

/** What a hunt needs beside its target. */
export interface HuntSetting extends RunSetting {
  readonly requirements: readonly Requirement[];
}

/** What became of one requirement that a saboteur should break. */
export interface Shot extends Kill {
  /** What was found on the sabotaged host. */
  readonly found: Cell;
  /** Whether it failed for the expected reason. */
  readonly hit: boolean;
  /** The scenarios that failed for that reason. */
  readonly by: readonly string[];
  /** Whether nothing but the end of the kit's patience found it. */
  readonly weak: boolean;
  readonly milliseconds: number;
}

/** What became of a saboteur. */
export interface Hunt {
  readonly target: Target;
  /** How often its fault acted. */
  readonly fired: number;
  readonly shots: readonly Shot[];
  /** Why there is no such host: its edits do not fit the sources any more. Then nothing was played. */
  readonly unbuilt?: string;
  /** Whether its fault acted, and each requirement that it should break failed for the expected reason. */
  readonly killed: boolean;
}

/** Plays the scenarios of the requirements that a saboteur should break on a host with its fault. */
export async function hunt(target: Target, setting: HuntSetting): Promise<Hunt> {
  const folder = mkdtempSync(path.join(tmpdir(), "evenlane-saboteur-"));
  try {
    const host = await target.make(folder).catch((error: Error) => error.message);
    if (typeof host === "string") return { target, fired: 0, shots: [], unbuilt: host, killed: false };
    const cells = await cellsOn(host.command, target, setting);
    const fired = countOf(host.counter);
    const shots = target.kills.map((kill) => shot(kill, cells));
    return { target, fired, shots, killed: fired > 0 && shots.every(({ hit }) => hit) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The cells of the requirements that a saboteur should break, on a host that is started so. */
export async function cellsOn(
  command: readonly string[],
  { name, guest, kills, explored }: Pick<Target, "name" | "guest" | "kills" | "explored">,
  setting: HuntSetting,
): Promise<Cell[]> {
  const host = { name, guests: [guest], status: "built" as const, command: [...command] };
  const column: Column = { host, guest, label: `${name}×${guest}` };
  const broken = setting.requirements.filter(({ id }) => kills.some(({ requirement }) => requirement === id));
  const trials = trialsOf(broken, explored ? "exhaustive" : "none");
  const { results } = await runColumn(column, trials, setting, () => {});
  return broken.map((requirement) => cellOf(requirement, column, results));
}

function shot(kill: Kill, cells: readonly Cell[]): Shot {
  const found = cells.find(({ requirement }) => requirement === kill.requirement);
  if (found === undefined) throw new Error(`the spec has no requirement ${kill.requirement}`);
  const failed = found.scenarios.filter(
    ({ verdict, reason, finding }) =>
      verdict !== "pass" && reason === kill.reason && (kill.finding === undefined || finding === kill.finding),
  );
  return {
    ...kill,
    found,
    hit: failed.length > 0,
    by: failed.map(({ id }) => id),
    weak: failed.length > 0 && failed.every(({ verdict }) => verdict === "stuck"),
    milliseconds: found.scenarios.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  };
}
