import Table from "cli-table3";
import pc from "picocolors";
import type { RunResult } from "../run/run.ts";
import { cellVerdictSchema } from "../run/verdict.ts";
import { countOf, partOf } from "./count.ts";
import { mark } from "./marks.ts";

const plain = {
  chars: {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "",
  },
  style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
};

/** The matrix as text: a line a requirement, a column a host and guest, and a legend of what stands in it. */
export function renderMatrix(result: RunResult): string {
  const { cells, plan } = result;
  const table = new Table({ ...plain, head: ["", ...plan.columns.map(({ host }) => pc.bold(host.name))] });
  table.push(["", ...plan.columns.map(({ guest }) => pc.bold(guest))]);
  let chapter = "";
  for (const requirement of plan.requirements) {
    if (requirement.chapter !== chapter) {
      chapter = requirement.chapter;
      table.push([{ content: pc.bold(`${chapter}/`), colSpan: plan.columns.length + 1 }]);
    }
    const own = cells.filter((cell) => cell.requirement === requirement.id);
    const slug = requirement.id.slice(chapter.length + 1);
    table.push([
      `  ${slug}`,
      ...plan.columns.map((column) => {
        const cell = own.find(({ host, guest }) => host === column.host.name && guest === column.guest);
        if (cell === undefined) return "";
        const { short, paint } = mark(cell.verdict);
        return paint(short);
      }),
    ]);
  }
  return [
    ...table
      .toString()
      .split("\n")
      .map((line) => line.trimEnd()),
    "",
    legend(result),
  ].join("\n");
}

function legend({ cells, milliseconds, plan }: RunResult): string {
  const counts = cellVerdictSchema.options
    .map((verdict) => ({ verdict, count: cells.filter((cell) => cell.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => {
      const { word, short, paint, meaning } = mark(verdict);
      const sign = word === short ? "" : ` (${short})`;
      return `${paint(`${count} ${word}`)}${sign}${verdict === "pass" ? "" : `: ${meaning}`}`;
    });
  const part = partOf(countOf(plan));
  const whole = part === undefined ? "" : `, a part: ${part}`;
  return [...counts, `${cells.length} cells in ${(milliseconds / 1000).toFixed(1)} s${whole}`].join("\n");
}
