import Table from "cli-table3";
import pc from "picocolors";
import type { Hunt, Shot } from "../saboteurs/hunt.ts";
import { isSameKill, type KillMatrix } from "../saboteurs/kill-matrix.ts";
import { type Tier, tiers } from "../saboteurs/target.ts";

/** The kill matrix for people: a line for each requirement that a saboteur should break, and what is not as it should be. */
export function renderKillMatrix(hunts: readonly Hunt[], unguarded: readonly string[]): string {
  const table = new Table({
    head: ["saboteur", "fired", "requirement", "found by", "ms"],
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const { target, fired, shots } of hunts) {
    shots.forEach((shot, index) => {
      const first = index === 0;
      table.push([
        first ? target.name : "",
        first ? (fired === 0 ? pc.red("never") : String(fired)) : "",
        shot.requirement,
        outcome(shot),
        shot.milliseconds.toFixed(0),
      ]);
    });
  }
  const killed = hunts.filter((hunt) => hunt.killed).length;
  const weak = hunts.flatMap(({ target, shots }) =>
    shots.filter((shot) => shot.weak).map(({ requirement }) => `${target.name} at ${requirement}`),
  );
  return [
    table.toString(),
    "",
    `${killed} of ${hunts.length} saboteurs killed`,
    ...(weak.length === 0 ? [] : ["", pc.bold("Weak: found by nothing but the end of the kit's patience"), ...weak]),
    ...(unguarded.length === 0 ? [] : ["", pc.bold("Unguarded: no saboteur breaks it"), ...unguarded]),
    ...hunts.filter((hunt) => !hunt.killed).map(survivor),
  ].join("\n");
}

function outcome({ hit, weak, reason, finding, found }: Shot): string {
  const wanted = finding === undefined ? reason : `${reason}: ${finding}`;
  if (hit) return weak ? pc.yellow(`${wanted} (weak)`) : pc.green(wanted);
  return pc.red(`${found.verdict}${found.reason === undefined ? "" : ` ${found.reason}`}, not ${wanted}`);
}

function survivor({ target, fired, shots, unbuilt }: Hunt): string {
  if (unbuilt !== undefined)
    return `\n${pc.red("NOT BUILT")} ${target.name}: adapt its edits to the sources: ${unbuilt}`;
  const missed = shots.filter(({ hit }) => !hit);
  return [
    `\n${pc.red("SURVIVED")} ${target.name}: ${target.fault}`,
    ...(fired === 0 ? ["  its fault never acted: the scenarios do not reach it, or it counts at the wrong place"] : []),
    ...missed.map(
      ({ requirement, reason, found }) =>
        `  ${requirement} was to fail as ${reason}; it came to ${found.verdict}${found.message === undefined ? "" : ` (${found.reason}: ${found.message})`}`,
    ),
  ].join("\n");
}

/** Where a kill matrix is not the one that is checked in: one line each. */
export function differences(checkedIn: KillMatrix, now: KillMatrix): string[] {
  const lines = tiers.flatMap((tier) => {
    const names = new Set([...Object.keys(checkedIn[tier]), ...Object.keys(now[tier])]);
    return [...names].flatMap((name) => {
      const [before, after] = [checkedIn[tier][name], now[tier][name]];
      return isSameKill(before, after) ? [] : [`${name}: checked in ${told(before)}; now ${told(after)}`];
    });
  });
  const [before, after] = [checkedIn.unguarded.join(", ") || "none", now.unguarded.join(", ") || "none"];
  return before === after ? lines : [...lines, `unguarded: checked in ${before}; now ${after}`];
}

function told(lines: KillMatrix[Tier][string] | undefined): string {
  if (lines === undefined) return "nothing";
  if (lines.length === 0) return "not killed";
  return lines.map(({ requirement, reason, by }) => `${requirement} (${reason}) by ${by.join(", ")}`).join("; ");
}
