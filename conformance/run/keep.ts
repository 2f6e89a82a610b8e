import { mkdirSync } from "node:fs";
import path from "node:path";
import { capsuleOf, writeCapsule } from "../capsule/capsule-file.ts";
import { writeHistory } from "../history/history-file.ts";
import { kitVersion } from "../package.ts";
import type { Column } from "./columns.ts";
import { KitError } from "./kit-error.ts";
import type { RunResult } from "./run.ts";
import type { PlayedScenario } from "./verdict.ts";

/** Leaves each failure of a run as a capsule, and its history beside it; one of the same name is overwritten. Gives the commands that play them again. */
export function keepFailures({ plan, columns }: RunResult, folder: string): string[] {
  const { seed, modules } = plan;
  const commands: string[] = [];
  for (const { column, result } of columns) {
    for (const one of result.results) {
      if (one.history === undefined || !["fail", "stuck", "error"].includes(one.verdict)) continue;
      const capsule = `${fileIn(folder, column, one)}.json`;
      writeCapsule(capsule, capsuleOf({ kit: kitVersion(), column, info: result.info, seed, modules, result: one }));
      keepHistory(folder, column, one, seed);
      commands.push(`npm start -- replay ${path.relative(process.cwd(), capsule)}`);
    }
  }
  return commands;
}

/** Writes the history of every scenario of a run that was played, one file each. */
export function keepHistories({ plan, columns }: RunResult, folder: string): void {
  for (const { column, result } of columns) {
    for (const one of result.results) keepHistory(folder, column, one, plan.seed);
  }
}

function keepHistory(folder: string, column: Column, one: PlayedScenario, seed: string): void {
  if (one.history === undefined) return;
  const kit = kitVersion();
  const header = { evenlane: "history", version: 1, kit, scenario: one.id, column: column.label, seed } as const;
  writeHistory(`${fileIn(folder, column, one)}.jsonl`, { header, events: one.history });
}

/** The file of a scenario's result without its ending; its folder is there then. */
function fileIn(folder: string, column: Column, { id }: PlayedScenario): string {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new KitError(`${folder} cannot be made: ${(error as Error).message}`);
  }
  return path.join(folder, `${column.host.name}-${column.guest}-${id.replace(/[^A-Za-z0-9=-]+/g, "-")}`);
}
