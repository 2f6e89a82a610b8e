/** The independent judge: the crate `adya` behind a small program of our own (`tests/adya`). */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import { operationsOf, type Workload } from "../../conformance/history/jepsen/to-jepsen.ts";
import { root } from "../../conformance/package.ts";
import { readHosts } from "../../conformance/run/columns.ts";

/** Where the set-up puts the program. */
export const judgeBinary = `${root}/build/judges/evenlane-adya-judge`;

/** Whether the set-up was asked to do without Rust, or could not have it: the hosts that it builds are then missing too. */
export function isWithoutRust(): boolean {
  const wasmtime = readHosts(`${root}/build/hosts.json`).find(({ name }) => name === "wasmtime");
  return wasmtime?.status !== "built" && !existsSync(judgeBinary);
}

/** A history for the judge. */
interface Question {
  readonly history: readonly Transaction[];
  readonly workload: Workload;
  readonly model: string;
}

/** What the judge says: its own names of anomalies. */
export interface Verdict {
  readonly valid: boolean | "unknown";
  readonly anomalies: readonly string[];
}

/** Asks the judge about all histories at once. */
export function judge(questions: readonly Question[]): Verdict[] {
  const input = questions.map(({ history, workload, model }, id) => {
    const operations = operationsOf(history, workload);
    return `${JSON.stringify({ id, workload, models: [model], operations })}\n`;
  });
  const { status, stdout, stderr, error } = spawnSync(judgeBinary, {
    input: input.join(""),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw new Error(`${judgeBinary} cannot run (${error.message}): npm run setup builds it`);
  if (status !== 0) throw new Error(`${judgeBinary} ended with ${status}: ${stderr}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Verdict);
}
