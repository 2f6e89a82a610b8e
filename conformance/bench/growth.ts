/** How costs grow: the exponent of n in a fit of cost = c · n^exponent. */
import { schedules } from "../explore/schedules.ts";
import { workloadOf } from "../explore/workload.ts";
import { checkIsolation } from "../history/isolation/check.ts";
import { replayInCommitOrder } from "../history/isolation/replay.ts";
import { checkNumbering } from "../history/numbering.ts";
import type { Growth, Held } from "./bench-report.ts";
import type { Submission } from "./driver.ts";
import { exponentOf, spreadOf } from "./statistics.ts";
import { type BenchSetting, startSubject } from "./subject.ts";
import { legalHistory, recordedRows } from "./workload.ts";

const seed = 20261122;

type Points = Growth["points"];

function growth(what: string, unit: string, points: Points): Growth {
  return { what, unit, exponent: exponentOf(points), points };
}

/** Of the memory that held procedures take in all: of each column and mode with counts of which the fit can be made. */
export function growthOfHeld(held: readonly Held[]): Growth[] {
  // Of a few, the memory is that of a page or two that the process had anyway.
  const counted = held.filter(({ n, bytesPerCall }) => n >= 100 && bytesPerCall > 0);
  const groups = Map.groupBy(counted, ({ host, guest, mode }) => `${host}×${guest}, ${mode}`);
  return [...groups]
    .filter(([, group]) => group.length > 1)
    .map(([what, group]) =>
      growth(
        `held: ${what}`,
        "bytes",
        group.map(({ n, bytesPerCall }) => ({ n, cost: n * bytesPerCall })),
      ),
    );
}

/** Rows that are written to measure one write: few beside those that are there. */
const writes = 500;

/** Of one reducer's write against the rows that are there already: of each host with its first guest, since tables are the host's. */
export async function growthOfTables(sizes: readonly number[], setting: BenchSetting): Promise<Growth[]> {
  const found: Growth[] = [];
  const hosts = Map.groupBy(setting.subjects, ({ host }) => host);
  for (const [subject] of hosts.values()) {
    if (subject === undefined) continue;
    const driver = await startSubject(subject, setting, "virtual");
    try {
      const points: { n: number; cost: number }[] = [];
      let rows = 0;
      for (const n of sizes) {
        setting.say(`growth: a table of ${n} rows, ${subject.label}`);
        const put = (): Submission => ["put", { key: driver.freshKey() }];
        await driver.pump(n - rows, 256, put);
        const seconds: number[] = [];
        for (let round = 0; round < setting.rounds; round += 1) seconds.push(await driver.pump(writes, 256, put));
        rows = n + writes * setting.rounds;
        points.push({ n, cost: (spreadOf(seconds).median / writes) * 1e6 });
      }
      found.push(growth(`tables: a write of ${subject.label} against the rows of its table`, "µs", points));
    } finally {
      await driver.stop();
    }
  }
  return found;
}

/** Of each checker against the transactions of a history. */
export function growthOfChecking(lengths: readonly number[], rounds: number, say: (line: string) => void): Growth[] {
  const costs = { graph: [] as number[], replay: [] as number[], numbering: [] as number[] };
  checkIsolation(legalHistory(3000, seed));
  for (const length of lengths) {
    say(`growth: checking ${length} transactions`);
    const history = legalHistory(length, seed);
    const rows = recordedRows(length);
    costs.graph.push(
      timed(rounds, () => {
        const { anomalies } = checkIsolation(history);
        if (anomalies.length > 0) throw new Error(`a legal history was flagged: ${anomalies[0]!.message}`);
      }),
    );
    costs.replay.push(
      timed(rounds, () => {
        const fault = replayInCommitOrder(history);
        if (fault !== undefined) throw new Error(`a legal history does not replay: ${fault.message}`);
      }),
    );
    costs.numbering.push(
      timed(rounds, () => {
        const fault = checkNumbering(rows);
        if (fault !== undefined) throw new Error(`legal numbers were refused: ${fault.message}`);
      }),
    );
  }
  const points = (own: readonly number[]): Points => own.map((cost, at) => ({ n: lengths[at]!, cost }));
  return [
    growth("checking: the dependency graph against transactions", "ms", points(costs.graph)),
    growth("checking: the replay of commits against transactions", "ms", points(costs.replay)),
    growth("checking: the replay of numbers against transactions", "ms", points(costs.numbering)),
  ];
}

/** Of walking all schedules of a workload in the model, against how many there are. */
export function growthOfExploration(workloads: readonly string[], rounds: number, say: (line: string) => void): Growth {
  const points = workloads.map((name) => {
    say(`growth: the schedules of ${name}`);
    const workload = workloadOf(name);
    if (workload === undefined) throw new Error(`${name} is no workload`);
    let n = 0;
    const cost = timed(rounds, () => {
      n = [...schedules(workload)].length;
    });
    return { n, cost };
  });
  return growth("exploration: walking all schedules in the model against their number", "ms", points);
}

/** The median time of a check, ms. */
function timed(rounds: number, check: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    check();
    return performance.now() - start;
  });
  return spreadOf(times).median;
}
