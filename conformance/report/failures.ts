import pc from "picocolors";
import type { RunResult } from "../run/run.ts";
import { mark } from "./marks.ts";

/** Lines of evidence shown under each scenario. */
const shownLines = 16;

/** Every scenario that was not kept, with its reason, the first lines of evidence, and the line that runs it again. Empty where all were kept. */
export function renderFailures({ cells, plan }: RunResult): string {
  const blocks: string[] = [];
  const told = new Map<string, string>();
  for (const cell of cells) {
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
          ...lines.map((line) => pc.dim(`    ${line}`)),
          ...(scenario.verdict === "not-built"
            ? []
            : [
                `  again: npm start -- run --host ${cell.host} --guest ${cell.guest}${plan.hostsFile === undefined ? "" : ` --hosts ${plan.hostsFile}`} --filter ${cell.requirement} --seed ${plan.seed}`,
              ]),
        ]
          .filter((line) => scenario.verdict !== "not-built" || !line.startsWith(`  ${scenario.title}`))
          .join("\n"),
      );
    }
  }
  return blocks.join("\n\n");
}
