import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseWorkload } from "../../conformance/explore/parse-schedule.ts";
import { describeStep } from "../../conformance/explore/simulation.ts";
import { nameOf } from "../../conformance/explore/workload.ts";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import { root } from "../../conformance/package.ts";
import { readModules } from "../../conformance/run/columns.ts";
import { ColumnRunner } from "../../conformance/run/run-column.ts";
import type { PlayedScenario } from "../../conformance/run/verdict.ts";
import { exploring } from "../../conformance/scenarios/interleavings.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";
import { columnOf, copyHost, type Fault, faults } from "./wrong-hosts.ts";

const modules = readModules(`${root}/build/modules/manifest.json`);
const requirement = loadSpec().find(({ id }) => id === "ordering/every-interleaving-as-the-model")!;
let origin: GatedOrigin;

beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

/** Explores every schedule of each of these workloads on one host. */
async function explored(name: string, workloads: readonly string[], fault?: Fault): Promise<PlayedScenario[]> {
  const runner = new ColumnRunner(columnOf(name, copyHost(name, fault)), {
    origin,
    modules,
    root,
    seed: "s",
    patience: 60_000,
  });
  const results: PlayedScenario[] = [];
  try {
    for (const workload of workloads) {
      const scenario = exploring(workload, parseWorkload(workload), { tier: "exhaustive", choice: "all" });
      results.push(await runner.result({ scenario, requirement }));
    }
  } finally {
    await runner.stop();
  }
  return results;
}

const cases = [
  {
    name: "youngest-first",
    workload: "3x1-stepped",
    shrunk: "2x1-stepped 0,1,0",
    steps: ["release fetch 0 of p0", "release fetch 0 of p1", "run the lane's next turn"],
    message:
      /^stepped script: completion of p1\/\d+ \(play\); by the model the next turn is the completion of p0\/\d+ \(play\)$/,
    evidence: /^quiet {3}script: 2 outcomes, 0 fetches in flight$/m,
  },
  {
    name: "old-reads",
    workload: "2x2",
    shrunk: "1x2 0,0",
    steps: ["release fetch 0 of p0", "release fetch 1 of p0"],
    message: /^the result of p0\/\d+ \(play\) has \[\] at 3\.tx\.0; by the model it has \["p0\.0"\]$/,
    evidence: /^isolation: .+/m,
  },
  {
    name: "torn-commits",
    workload: "2x1+reducer",
    shrunk: "1x1+reducer 0,0",
    steps: ["release fetch 0 of p0", "submit a reducer"],
    message: /^the result of reducer\/\d+ \(run\) has \["p0\.0","p0 undone"\] at 0; by the model it has \["p0\.0"\]$/,
    evidence: /^isolation: .*reducer\/\d+/m,
  },
] as const;

describe("a host with one line wrong", () => {
  test.each(cases)("that is $name fails $workload, shrunk to $shrunk", async (one) => {
    const [result] = await explored(one.name, [one.workload], faults[one.name]);
    expect(result).toMatchObject({ verdict: "fail", reason: "not-in-model" });
    expect(result!.message).toMatch(one.message);
    const { workload, schedule, steps } = result!.failure!;
    expect(`${nameOf(workload)} ${schedule.join()}`).toBe(one.shrunk);
    expect(steps.length).toBeLessThanOrEqual(8);
    expect(steps.map(describeStep)).toEqual(one.steps);
    const evidence = result!.evidence!.join("\n");
    for (const step of one.steps) expect(evidence).toContain(`. ${step}\n`);
    expect(evidence).toMatch(one.evidence);
    const [name, numbers] = one.shrunk.split(" ");
    expect(evidence).toContain(
      `replay: npm start -- explore ${name} --host ${one.name} --guest ts --schedule ${numbers}`,
    );
  });

  test("passes all of it with the line set right", async () => {
    const results = await explored(
      "unchanged",
      cases.map(({ workload }) => workload),
    );
    expect(results.map(({ verdict, message, schedules }) => [verdict, message, schedules])).toEqual([
      ["pass", undefined, 30],
      ["pass", undefined, 6],
      ["pass", undefined, 6],
    ]);
  });
});

test("a host that dies in an exploration gives error with its last frames for that one, and the others are kept", async () => {
  const results = await explored("short-lived", ["1x1", "2x2", "1x1"], faults["short-lived"]);
  expect(results.map(({ verdict, reason }) => [verdict, reason])).toEqual([
    ["pass", undefined],
    ["error", "host-exited"],
    ["pass", undefined],
  ]);
  const evidence = results[1]!.evidence!.join("\n");
  expect(evidence).toContain("out of breath");
  expect(evidence).toContain('"method":"call"');
  expect(evidence).toContain("exit code 7");
});

test("a fault is put in the place of exactly one line", () => {
  const { file, instead } = faults["old-reads"];
  const absent = { file, line: "return found.rows;", instead };
  expect(() => copyHost("none", absent)).toThrow('store/tables.ts has 0 lines "return found.rows;", not one');
  expect(() => copyHost("none", { file, line: "}", instead })).toThrow(/has \d\d+ lines "}", not one/);
});
