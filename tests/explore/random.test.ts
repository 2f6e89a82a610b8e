import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseWorkload } from "../../conformance/explore/parse-schedule.ts";
import { hitProbability, randomSchedules } from "../../conformance/explore/random.ts";
import { follow, type Schedule } from "../../conformance/explore/schedules.ts";
import { Randomness } from "../../conformance/scenarios/randomness.ts";

const workload = parseWorkload("4x3");
const drawn = (seed: string, runs = 200, depth = 3): Schedule[] => [
  ...randomSchedules(workload, { depth, runs }, new Randomness(seed, "random 4x3")),
];
const digest = (all: readonly Schedule[]) =>
  createHash("sha256")
    .update(all.map((one) => one.join()).join("\n"))
    .digest("hex");

describe("random schedules", () => {
  test("are the same for the same seed, in every version", () => {
    const found = drawn("evenlane");
    expect(drawn("evenlane")).toEqual(found);
    expect(found.slice(0, 3).map((schedule) => schedule.join())).toMatchInlineSnapshot(`
      [
        "3,3,3,2,0,2,2,0,1,1,0,0",
        "1,3,3,1,2,2,0,0,1,1,0,0",
        "3,3,3,1,2,2,0,1,1,0,0,0",
      ]
    `);
    expect(digest(found)).toMatchInlineSnapshot(`"2ed24698f3ebf8c1a866af4f1112e88634f71428bd352ad15b914380a028e001"`);
  });

  test("are others for another seed", () => {
    expect(digest(drawn("another"))).not.toBe(digest(drawn("evenlane")));
  });

  test("are whole schedules of the workload, as many as were asked for", () => {
    const found = drawn("evenlane");
    expect(found).toHaveLength(200);
    for (const schedule of found) {
      const { taken, complete, steps } = follow(workload, schedule);
      expect([taken, complete, steps.length]).toEqual([schedule, true, 12]);
    }
    expect(new Set(found.map((schedule) => schedule.join())).size).toBeGreaterThan(100);
  });

  test("of depth 1 let each procedure run to its end: its priority never changes", () => {
    for (const schedule of drawn("evenlane", 50, 1)) {
      const order = follow(workload, schedule).steps.map((step) => (step.do === "release" ? step.procedure : -1));
      const runs = order.filter((procedure, index) => procedure !== order[index - 1]);
      expect(runs.toSorted()).toEqual([0, 1, 2, 3]);
    }
  });

  test("change the first procedure at most once less than their depth says", () => {
    for (const schedule of drawn("evenlane", 100, 3)) {
      const order = follow(workload, schedule).steps.map((step) => (step.do === "release" ? step.procedure : -1));
      const runs = order.filter((procedure, index) => procedure !== order[index - 1]);
      expect(runs.length).toBeLessThanOrEqual(4 + 2);
    }
  });
});

test("a fault of depth d among n procedures and k steps is hit with 1/(n·k^(d-1)) by each run, at least", () => {
  expect(hitProbability(workload, { depth: 1, runs: 1 })).toBeCloseTo(1 / 4, 12);
  expect(hitProbability(workload, { depth: 2, runs: 1 })).toBeCloseTo(1 / 48, 12);
  expect(hitProbability(workload, { depth: 3, runs: 1 })).toBeCloseTo(1 / 576, 12);
  expect(hitProbability(workload, { depth: 2, runs: 2 })).toBeCloseTo(1 - (47 / 48) ** 2, 12);
  expect(hitProbability(workload, { depth: 3, runs: 2650 })).toBeGreaterThan(0.98);
});

test("a fault of depth 2 is hit about as often as that, or more", () => {
  // The last fetch of procedure 3 comes back before the first of procedure 0: one constraint beyond the first.
  const hit = drawn("evenlane", 1000, 2).filter((schedule) => {
    const { steps } = follow(workload, schedule);
    const at = (procedure: number, fetch: number) =>
      steps.findIndex((step) => step.do === "release" && step.procedure === procedure && step.fetch === fetch);
    return at(3, 2) < at(0, 0);
  });
  expect(hit.length / 1000).toBeGreaterThan(hitProbability(workload, { depth: 2, runs: 1 }));
});
