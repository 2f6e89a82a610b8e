/**
 * `node conformance/bench/checkers.ts [LARGEST]`: what checking costs against the length of a history, from 1,000 transactions to LARGEST (at least 3000,
 * 1,000,000 unless said; that needs `--max-old-space-size=12000`). Prints a table, and for each checker the exponent of a fit of cost = c · length^e.
 */
import { performance } from "node:perf_hooks";
import Table from "cli-table3";
import { checkIsolation } from "../history/isolation/check.ts";
import { replayInCommitOrder } from "../history/isolation/replay.ts";
import { checkNumbering } from "../history/numbering.ts";
import { legalHistory, recordedRows } from "./workload.ts";

const seed = 20261122;
const largest = Number(process.argv[2] ?? 1_000_000);
// A fit takes two lengths.
if (!Number.isInteger(largest) || largest < 3000)
  throw new Error(`LARGEST is a whole number from 3000, not ${process.argv[2]}`);

const lengths = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000].filter((length) => length <= largest);
const checkers = ["graph, ms", "replay of commits, ms", "replay of numbers, ms"] as const;
const costs = new Map<string, number[]>(checkers.map((name) => [name, []]));
const table = new Table({
  head: ["transactions", "operations", "edges", ...checkers],
  style: { head: [], border: [] },
});

/** The time that a check takes, ms: of short ones the best of several, so that the compiler's warming up is not measured. */
function timed(length: number, check: () => void): number {
  const runs = length <= 10_000 ? 9 : length <= 100_000 ? 3 : 1;
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    check();
    return performance.now() - start;
  });
  return Math.min(...times);
}

/** The slope of the straight line through (log length, log cost). */
function exponent(values: readonly number[]): number {
  const points = values.map((value, index) => [Math.log(lengths[index]!), Math.log(value)] as const);
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return covariance / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

checkIsolation(legalHistory(3000, seed));
for (const length of lengths) {
  const history = legalHistory(length, seed);
  const rows = recordedRows(length);
  let edges = 0;
  const row = [
    timed(length, () => {
      const report = checkIsolation(history);
      if (report.anomalies.length > 0) throw new Error(`a legal history was flagged: ${report.anomalies[0]!.message}`);
      edges = report.edges;
    }),
    timed(length, () => {
      const fault = replayInCommitOrder(history);
      if (fault !== undefined) throw new Error(`a legal history does not replay: ${fault.message}`);
    }),
    timed(length, () => checkNumbering(rows)),
  ];
  for (const [index, name] of checkers.entries()) costs.get(name)!.push(row[index]!);
  const operations = history.reduce((sum, { ops }) => sum + ops.length, 0);
  table.push([length, operations, edges, ...row.map((value) => value.toFixed(1))]);
}
table.push(["exponent", "", "", ...checkers.map((name) => exponent(costs.get(name)!).toFixed(2))]);
process.stdout.write(`${table.toString()}\n`);
