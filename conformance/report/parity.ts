/** A comparison of two columns for people, in 80 columns. */
import pc from "picocolors";
import { type Parity, type ParityVerdict, parityVerdicts } from "../parity/parity.ts";
import type { Compared } from "./parity-report.ts";

const width = 80;

const marks: Record<
  ParityVerdict,
  { readonly word: string; readonly paint: (text: string) => string; meaning: string }
> = {
  "agree-right": { word: "agree", paint: pc.green, meaning: "the same, and right" },
  permitted: { word: "permitted", paint: pc.green, meaning: "they may part where the spec leaves it open" },
  "not-comparable": { word: "–", paint: pc.dim, meaning: "not comparable" },
  excepted: { word: "excepted", paint: pc.cyan, meaning: "they part, or are wrong, where an exception stands" },
  "agree-wrong": { word: "BOTH WRONG", paint: pc.red, meaning: "the same, and wrong" },
  diverge: { word: "DIVERGE", paint: pc.red, meaning: "they part" },
};

/** One line for a scenario. */
export function parityLine({ scenario, parity }: Compared): string {
  const { word, paint } = marks[parity.verdict];
  return `${paint(word.padEnd(11))} ${scenario}`;
}

/** What needs words: each divergence and common fault in full, and why others could not be compared. Empty where there is nothing to say. */
export function renderDivergences(compared: readonly Compared[], again: (one: Compared) => string): string {
  const blocks = compared
    .filter(({ parity }) => ["agree-wrong", "diverge"].includes(parity.verdict))
    .map((one) => divergenceBlock(one, again(one)));
  return [...blocks, ...unproven(compared)].join("\n\n");
}

/** How many comparisons came to what, and by which clauses columns part. */
export function paritySummary(compared: readonly Compared[]): string {
  const lines = parityVerdicts.flatMap((verdict) => {
    const own = compared.filter(({ parity }) => parity.verdict === verdict);
    if (own.length === 0) return [];
    const { word, paint, meaning } = marks[verdict];
    const clauses = verdict === "permitted" ? ` (${clausesOf(own)})` : "";
    return wrap(`${own.length} ${word}: ${meaning}${clauses}`, "").map((line) => paint(line));
  });
  return lines.join("\n");
}

function clausesOf(compared: readonly Compared[]): string {
  const counts = new Map<string, number>();
  for (const { parity } of compared) {
    for (const clause of parity.clauses ?? []) counts.set(clause, (counts.get(clause) ?? 0) + 1);
  }
  return [...counts].map(([clause, count]) => `${clause} ${count}`).join(", ");
}

function divergenceBlock({ scenario, parity }: Compared, again: string): string {
  const { word, paint } = marks[parity.verdict];
  const { divergence } = parity;
  const head = [`${paint(pc.bold(word))} ${pc.bold(`${parity.left} ${parity.right}`)}`, ...wrap(scenario, "  ")];
  const why = wrap(parity.why ?? "", "  ");
  if (divergence === undefined) return [...head, ...why, ...wrap(`again: ${again}`, "  ", "    ")].join("\n");
  const column = Math.max(parity.left.length, parity.right.length) + 2;
  const side = (label: string, text: string) => wrap(`${`${label}:`.padEnd(column)}${text}`, "    ", "      ");
  return [
    ...head,
    ...why,
    ...wrap(`They part at: ${divergence.event}`, "  ", "    "),
    ...side(parity.left, divergence.left),
    ...side(parity.right, divergence.right),
    ...divergence.what.flatMap((line) => wrap(line, "  ")),
    ...divergence.sources.flatMap((source) => wrap(`Source: ${source}`, "  ", "    ")),
    ...(divergence.before.length === 0 ? [] : ["  Just before it, on both sides:"]),
    ...divergence.before.flatMap((line) => wrap(line, "    ", "      ")).map((line) => pc.dim(line)),
    ...wrap(`again: ${again}`, "  ", "    "),
  ].join("\n");
}

/** Comparisons that came to nothing although both columns speak of the scenario, one block for each reason. */
function unproven(compared: readonly Compared[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { scenario, parity } of compared) {
    if (parity.verdict !== "not-comparable" || parity.why === undefined || parity.why.includes(" is unsupported: "))
      continue;
    byReason.set(parity.why, [...(byReason.get(parity.why) ?? []), scenario]);
  }
  return [...byReason].map(([why, scenarios]) =>
    [pc.bold("Not comparable"), ...wrap(why, "  "), ...scenarios.flatMap((id) => wrap(id, "    "))].join("\n"),
  );
}

/** Breaks text into lines that fit, at spaces where there are any. `first` stands before the first line, `rest` before the others. */
function wrap(text: string, first: string, rest = first): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(" ")) {
    for (let left = word; ; ) {
      const start = lines.length === 0 ? first : rest;
      const glue = line === start ? "" : " ";
      if (line.length + glue.length + left.length <= width) {
        line += glue + left;
        break;
      }
      if (line !== start) {
        lines.push(line);
        line = rest;
        continue;
      }
      lines.push(line + left.slice(0, width - line.length));
      left = left.slice(width - line.length);
      line = rest;
    }
  }
  return [...lines, line];
}

/** 2 where the kit or a host is at fault as a program, 1 where columns diverge, fail alike or stand still, 0 otherwise. */
export function parityExitCode(
  compared: readonly { readonly parity: Parity; readonly verdicts: readonly string[] }[],
): 0 | 1 | 2 {
  const verdicts = compared.flatMap((one) => one.verdicts);
  if (verdicts.includes("error") || verdicts.includes("not-built")) return 2;
  if (verdicts.includes("stuck")) return 1;
  return compared.some(({ parity }) => ["agree-wrong", "diverge"].includes(parity.verdict)) ? 1 : 0;
}
