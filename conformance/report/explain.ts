import pc from "picocolors";
import { faultOf, type Guard } from "../saboteurs/guards.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Requirement } from "../spec/requirement.ts";

/** A requirement for people: its text, where it stands, the scenarios that judge it, and the faults that show that these can fail. */
export function explain(requirement: Requirement, scenarios: readonly Scenario[], guards: readonly Guard[]): string {
  const part = (label: string, text: string) => `${pc.bold(label.padEnd(10))} ${wrap(text, 11)}`;
  const { file, line } = requirement.location;
  return [
    `${pc.bold(requirement.id)}  ${requirement.level}  ${guests(requirement)}  (${file}:${line})`,
    "",
    wrap(requirement.statement, 0),
    "",
    part("Stimulus", requirement.stimulus),
    part("Required", requirement.required),
    part("Forbidden", requirement.forbidden),
    part("Rationale", requirement.rationale),
    part("Source", requirement.source),
    "",
    pc.bold("Scenarios"),
    ...scenarios.flatMap((scenario) => [
      `  ${scenario.id}`,
      `    ${wrap(scenario.title, 4)}`,
      pc.dim(`    module ${scenario.module}; evidence ${scenario.evidence}${probesOf(scenario)}`),
    ]),
    "",
    pc.bold("Saboteurs that it finds"),
    ...guards.flatMap(({ saboteur, tier, reason, weak }) => [
      `  ${saboteur}`,
      `    ${wrap(faultOf(saboteur), 4)}`,
      pc.dim(`    ${tier}; fails as ${reason}${weak === true ? ", by the end of the kit's patience alone" : ""}`),
    ]),
    ...(guards.length === 0 ? ["  none: it is unguarded"] : []),
  ].join("\n");
}

function probesOf(scenario: Scenario): string {
  return "probes" in scenario ? `; probes ${scenario.probes.map(({ name }) => name).join(", ")}` : "";
}

function guests({ guests }: Requirement): string {
  return { any: "every guest", js: "guests with native async functions", wasm: "guests that the host suspends" }[
    guests
  ];
}

/** Breaks text at words to 80 columns; lines after the first are indented. */
function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + word.length + 1 > 80 - indent) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}
