import { faultOf, type Guard, guardsOf } from "../saboteurs/guards.ts";
import type { KillMatrix } from "../saboteurs/kill-matrix.ts";
import type { Requirement } from "../spec/requirement.ts";

const tierNames = {
  javascript: "in the JavaScript host",
  engines: "in the hosts of the real engines",
  liars: "in what an adapter says",
} as const;

/** The kill matrix as a page of the spec, in Markdown: for each requirement the faults that its scenarios find. */
export function killMatrixPage(matrix: KillMatrix, requirements: readonly Requirement[]): string {
  const chapters = Map.groupBy(requirements, ({ chapter }) => chapter);
  const count = (tier: keyof typeof tierNames): string => `${Object.keys(matrix[tier]).length} ${tierNames[tier]}`;
  return `${[
    "# What shows that the checks can fail",
    "",
    "A *saboteur* is a host with one deliberate fault. For each requirement this page names the faults that its scenarios find, and the reason code with which they fail; a kill by nothing but the end of",
    `the kit's patience is marked *weak*. Faults: ${count("javascript")}, ${count("engines")}, ${count("liars")}. It is written by \`evenlane saboteurs --update\` and \`npm run schemas\` from [the kill matrix](../conformance/saboteurs/kill-matrix.json); \`evenlane explain ID\` shows one requirement's part.`,
    ...[...chapters].flatMap(([chapter, own]) => ["", `## ${chapter}`, ...own.flatMap((one) => partOf(matrix, one))]),
  ].join("\n")}\n`;
}

function partOf(matrix: KillMatrix, { id, chapter }: Requirement): string[] {
  const guards = guardsOf(matrix, id);
  const head = ["", `### [${id}](${chapter}.md)`, ""];
  if (guards.length === 0) return [...head, "*Unguarded*: no saboteur breaks it."];
  // A fault that is hunted on several columns stands once for all that see it alike.
  const alike = Map.groupBy(guards, ({ saboteur, tier, reason }) => `${saboteur.split("@")[0]} ${tier} ${reason}`);
  return [...head, "| fault | found as | by |", "| --- | --- | --- |", ...[...alike.values()].map(row)];
}

function row(guards: readonly Guard[]): string {
  const [first] = guards;
  const { saboteur, reason, finding, weak } = first!;
  const [name] = saboteur.split("@");
  const columns = guards.map((guard) => guard.saboteur.split("@")[1]).filter((column) => column !== undefined);
  const where = columns.length === 0 ? "" : ` (${columns.join(", ")})`;
  const by = [...new Set(guards.flatMap((guard) => guard.by))].map((id) => id.split("#")[1] ?? "itself");
  const found = `\`${reason}\`${finding === undefined ? "" : `, ${finding}`}${weak === true ? ", *weak*" : ""}`;
  return `| **${name}**${where}: ${cell(faultOf(saboteur))} | ${found} | ${by.join(", ")} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
