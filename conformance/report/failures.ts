import pc from "picocolors";
import type { RunPlan, RunResult } from "../run/run.ts";
import type { Cell } from "../run/verdict.ts";
import { mark } from "./marks.ts";

/** Lines of evidence shown under each scenario. */
const shownLines = 16;

/** Every scenario that was not kept, with its reason, the first lines of evidence, and the line that runs it again. Empty where all were kept. */
export function renderFailures({ cells, plan }: RunResult): string {
  const blocks: string[] = [];
  const told = new Map<string, string>();
  for (const cell of cells) {
    if (["excepted", "intermittent"].includes(cell.verdict)) continue;
    if (cell.reason === "unexpected-pass") blocks.push(unexpectedPass(cell, plan));
    for (const scenario of cell.scenarios) {
      if (["pass", "unsupported"].includes(scenario.verdict)) continue;
      const { word, paint } = mark(scenario.verdict);
      const label = `${cell.host}×${cell.guest}`;
      // A host that is not there or cannot be started gives every cell of its column the same reason: told once.
      const key = `${label} ${scenario.verdict} ${scenario.message}`;
      const before = told.get(key);
      if (before !== undefined && ["not-built", "error"].includes(scenario.verdict)) continue;
      told.set(key, scenario.id);
      const lines = (scenario.evidence ?? []).slice(0, scenario.verdict === "error" ? 40 : shownLines);
      blocks.push(
        [
          `${paint(pc.bold(word))} ${pc.bold(label)} ${scenario.verdict === "not-built" ? "" : scenario.id}`.trimEnd(),
          `  ${scenario.title}`,
          `  ${scenario.reason}: ${scenario.message}`,
          ...(cell.exception?.refused === undefined ? [] : [`  not excepted: ${cell.exception.refused}`]),
          ...lines.map((line) => pc.dim(`    ${line}`)),
          ...(scenario.verdict === "not-built" ? [] : [`  ${againLine(cell, plan)}`]),
        ]
          .filter((line) => scenario.verdict !== "not-built" || !line.startsWith(`  ${scenario.title}`))
          .join("\n"),
      );
    }
  }
  return blocks.join("\n\n");
}

/** A cell of which every scenario passes, though an exception says that it fails. */
function unexpectedPass(cell: Cell, plan: RunPlan): string {
  const { word, paint } = mark(cell.verdict);
  const head = `${paint(pc.bold(word))} ${pc.bold(`${cell.host}×${cell.guest}`)} ${cell.requirement}`;
  return [head, `  ${cell.reason}: ${cell.message}`, `  ${againLine(cell, plan)}`].join("\n");
}

function againLine({ host, guest, requirement }: Cell, { hostsFile, exceptionFiles = [], seed }: RunPlan): string {
  const hosts = hostsFile === undefined ? "" : ` --hosts ${hostsFile}`;
  const exceptions = exceptionFiles.map((file) => ` --exceptions ${file}`).join("");
  return `again: npm start -- run --host ${host} --guest ${guest}${hosts} --filter ${requirement} --seed ${seed}${exceptions}`;
}
