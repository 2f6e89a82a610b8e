import { mkdirSync } from "node:fs";
import path from "node:path";
import { capsuleOf, writeCapsule } from "../capsule/capsule-file.ts";
import { writeHistory } from "../history/history-file.ts";
import { kitVersion } from "../package.ts";
import { KitError } from "./kit-error.ts";
import type { RunResult } from "./run.ts";

/** Leaves each failure of a run as a capsule, and its history beside it; one of the same name is overwritten. Gives the commands that play them again. */
export function keepFailures({ plan, columns }: RunResult, folder: string): string[] {
  const kit = kitVersion();
  const { seed, modules } = plan;
  const commands: string[] = [];
  try {
    for (const { column, result } of columns) {
      for (const one of result.results) {
        if (one.history === undefined || !["fail", "stuck", "error"].includes(one.verdict)) continue;
        mkdirSync(folder, { recursive: true });
        const name = `${column.host.name}-${column.guest}-${one.id.replace(/[^A-Za-z0-9=-]+/g, "-")}`;
        const capsule = path.join(folder, `${name}.json`);
        writeCapsule(capsule, capsuleOf({ kit, column, info: result.info, seed, modules, result: one }));
        const header = { evenlane: "history", version: 1, kit, scenario: one.id, column: column.label, seed } as const;
        writeHistory(path.join(folder, `${name}.jsonl`), { header, events: one.history });
        commands.push(`npm start -- replay ${path.relative(process.cwd(), capsule)}`);
      }
    }
  } catch (error) {
    if (error instanceof KitError) throw error;
    throw new KitError(`failures cannot be kept in ${folder}: ${(error as Error).message}`);
  }
  return commands;
}
