/** Each part, small, on real hosts: what is counted is asserted, no time is. */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { benchReportJsonSchema, benchReportSchema, type Held } from "../../conformance/bench/bench-report.ts";
import { growthOfChecking, growthOfExploration, growthOfHeld, growthOfTables } from "../../conformance/bench/growth.ts";
import { measureHeld } from "../../conformance/bench/held.ts";
import { BenchOrigin } from "../../conformance/bench/origin.ts";
import { plotsOf } from "../../conformance/bench/plots.ts";
import { measureReducers } from "../../conformance/bench/reducers.ts";
import { renderBench } from "../../conformance/bench/render.ts";
import { type BenchSetting, type Subject, subjectsOf } from "../../conformance/bench/subject.ts";
import { targetsOf } from "../../conformance/bench/targets.ts";
import { measureThroughput } from "../../conformance/bench/throughput.ts";
import { root } from "../../conformance/package.ts";
import { columnsOf, readHosts, readModules } from "../../conformance/run/columns.ts";

const subjects = subjectsOf(columnsOf(readHosts(`${root}/build/hosts.json`)));
const built = subjects.some(({ host }) => host === "v8");
const limit: Subject = { label: "limit", host: "limit", command: [`${root}/build/bench/evenlane-bench-limit`] };
const of = (...labels: string[]): Subject[] => subjects.filter(({ label }) => labels.includes(label));

// Without Rust there is neither the origin nor a host of which this is about.
describe.runIf(built)("the parts of the benchmark", () => {
  let origin: BenchOrigin;
  const setting = (measured: readonly Subject[]): BenchSetting => ({
    subjects: measured,
    limit,
    origin,
    modules: readModules(`${root}/build/modules/manifest.json`),
    root,
    rounds: 1,
    say: () => {},
  });

  beforeAll(async () => {
    origin = await BenchOrigin.start(`${root}/build/bench/evenlane-bench-origin`);
  });
  afterAll(() => origin.stop());

  test("held procedures take no thread of a lane, and one each of the blocking pool", async () => {
    const lanes = of("v8×ts", "v8×as", "wasmtime×as", "wasmtime×ts");
    const holdings = [
      ...lanes.map((subject) => ({ subject, mode: "lane" as const, counts: [1, 200] })),
      ...of("v8×ts").map((subject) => ({ subject, mode: "blocking" as const, counts: [1, 20] })),
    ];
    const { held, ceilings } = await measureHeld(holdings, setting([]));
    expect(ceilings).toEqual([]);
    expect(held.map(({ host, guest, mode, n }) => `${host}×${guest} ${mode} ${n}`)).toEqual([
      "wasmtime×as lane 1",
      "wasmtime×as lane 200",
      "wasmtime×ts lane 1",
      "wasmtime×ts lane 200",
      "v8×ts lane 1",
      "v8×ts lane 200",
      "v8×as lane 1",
      "v8×as lane 200",
      "v8×ts blocking 1",
      "v8×ts blocking 20",
    ]);
    const more = ({ threads, threadsBefore }: Held): number => threads - threadsBefore;
    for (const one of held.filter(({ mode }) => mode === "lane")) expect(more(one)).toBe(0);
    const [first, last] = held.filter(({ mode }) => mode === "blocking");
    // The first call has made the first thread before anything was held.
    expect([more(first!), more(last!)]).toEqual([0, 19]);
    for (const one of held) expect(one.openFiles).toBeGreaterThan(one.n);
    for (const { what } of growthOfHeld(held)) expect(what).toMatch(/^held: /);
  });

  test("where no more can be held, it is told how far it went and why", async () => {
    const [subject] = of("v8×ts");
    const command = ["sh", "-c", 'ulimit -n 120; exec "$0"', ...subject!.command];
    const limited: Subject = { ...subject!, command };
    const { held, ceilings } = await measureHeld(
      [{ subject: limited, mode: "lane", counts: [10, 500, 1000] }],
      setting([]),
    );
    expect(held.map(({ n }) => n)).toEqual([10]);
    expect(ceilings).toMatchObject([{ host: "v8", guest: "ts", mode: "lane", n: 500 }]);
    expect(ceilings[0]?.because).toContain("hold failed on v8×ts");
  });

  test("throughput is told beside the limit's own, which is 1", async () => {
    const throughput = await measureThroughput([1, 32], ["commit", "fetch"], setting(of("v8×ts", "wasmtime×as")));
    expect(throughput).toHaveLength(12);
    const raw = throughput.filter(({ host }) => host === "limit");
    expect(raw.map(({ ratioToRaw }) => ratioToRaw)).toEqual([1, 1, 1, 1]);
    expect(raw.every(({ guest }) => guest === undefined)).toBe(true);
  });

  test("reducers are told idle, beside held procedures and in a storm", async () => {
    const load = { beside: 50, single: 20, pipelined: 100 };
    const reducers = await measureReducers(load, setting(of("v8×ts", "node×ts")));
    expect(reducers.map(({ host, state, beside }) => `${host} ${state} ${beside}`)).toEqual([
      "v8 idle 0",
      "v8 held 50",
      "v8 storm 50",
      "node idle 0",
      "node held 50",
      "node storm 50",
    ]);
    for (const { p50, p99, p999 } of reducers) expect(p50 <= p99 && p99 <= p999).toBe(true);
    for (const { state, p99Ratio } of reducers) if (state === "idle") expect(p99Ratio).toBe(1);
  });

  test("a table's growth counts the rows that are there", async () => {
    const [growth] = await growthOfTables([1000, 3000], setting(of("v8×ts")));
    expect(growth?.points.map(({ n }) => n)).toEqual([1000, 3000]);
  });
});

test("the growth of checking and exploring is told with its exponent", () => {
  const said: string[] = [];
  const growths = [
    ...growthOfChecking([1000, 2000], 1, (line) => said.push(line)),
    growthOfExploration(["2x1", "2x2"], 1, (line) => said.push(line)),
  ];
  expect(said).toHaveLength(4);
  expect(growths.map(({ points }) => points.map(({ n }) => n))).toEqual([
    [1000, 2000],
    [1000, 2000],
    [1000, 2000],
    [2, 6],
  ]);
  for (const { exponent } of growths) expect(Number.isFinite(exponent)).toBe(true);
});

describe("a report", () => {
  const spread = { median: 1, least: 1, greatest: 1 };
  const held = (host: string, mode: Held["mode"], n: number, kibibytes: number, threads: number): Held => ({
    host,
    guest: "ts",
    mode,
    n,
    threads,
    threadsBefore: 5,
    instances: 1,
    bytesPerCall: kibibytes * 1024,
    bytesPerCallSpread: spread,
    residentBefore: 1 << 26,
    residentAfter: 1.05,
    openFiles: n + 9,
    memoryMaps: 300,
  });
  const measured = {
    version: 1 as const,
    kit_version: "0",
    machine: { processor: "p", processors: 2, memoryBytes: 1, system: "s", node: "n" },
    engines: {},
    rounds: 1,
    held: [
      held("v8", "lane", 100, 90, 5),
      held("v8", "lane", 10_000, 20, 5),
      held("v8", "blocking", 1000, 999, 1004),
      held("wasmtime", "lane", 10_000, 97, 6),
    ],
    throughput: [
      {
        host: "v8",
        guest: "ts" as const,
        work: "commit" as const,
        concurrency: 16,
        perSecond: 100,
        ratioToRaw: 0.8,
        ratioSpread: spread,
      },
      {
        host: "bun",
        guest: "ts" as const,
        work: "commit" as const,
        concurrency: 16,
        perSecond: 120,
        ratioToRaw: 0.9,
        ratioSpread: spread,
      },
    ],
    growth: [
      {
        what: "checking: x",
        unit: "ms",
        exponent: 1.5,
        points: [
          { n: 1000, cost: 1 },
          { n: 10_000, cost: 31 },
        ],
      },
    ],
  };

  test("says of each target, at the most that was held, what was measured and whether it was reached", () => {
    const targets = targetsOf(measured).map(({ target, measured: seen, reached }) => [target, seen, reached]);
    expect(targets).toEqual([
      ["v8×ts, 10000 held: no thread more", "0 more than 5", true],
      ["v8×ts, 10000 held: at most 32 KiB resident for each", "20.0 KiB", true],
      ["v8×ts, 10000 held: within 10 % of the memory before, once released", "1.05 times", true],
      ["wasmtime×ts, 10000 held: no thread more", "1 more than 5", false],
      ["wasmtime×ts, 10000 held: at most 96 KiB resident for each", "97.0 KiB", false],
      ["v8×ts: at most 1/50 of the blocking pool's memory for each", "1/50 of 999.0 KiB (1000 held)", false],
      ["v8×ts, 16 at a time: at least 0.75 of the limit", "0.80", true],
      ["v8×ts, 16 at a time: ahead of node, deno and bun", "0.83 times bun's", false],
      ["checking: x: at most n log n (an exponent of 1.12 here)", "1.50", false],
    ]);
  });

  test("has the JSON Schema that is committed (npm run schemas)", () => {
    expect(readFileSync(`${root}/schemas/bench.json`, "utf8")).toBe(benchReportJsonSchema());
  });

  test("fits its schema, and is shown as tables and plots", () => {
    const report = benchReportSchema.parse({ ...measured, targets: targetsOf(measured) });
    const text = renderBench(report);
    for (const part of ["Held procedures", "v8×ts", "Fetch-bound procedures", "Growth", "not reached"]) {
      expect(text).toContain(part);
    }
    const plots = plotsOf(report);
    expect([...plots.keys()]).toEqual(["held-memory.svg", "held-threads.svg", "throughput.svg", "growth-checking.svg"]);
    for (const svg of plots.values()) expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
    expect(plots.get("held-memory.svg")).toContain("v8×ts, blocking");
  });
});
