import { describe, expect, test } from "vitest";
import type { Failure } from "../../conformance/explore/explore.ts";
import { parseWorkload } from "../../conformance/explore/parse-schedule.ts";
import { follow, type Schedule, schedules } from "../../conformance/explore/schedules.ts";
import { type Attempt, shrink } from "../../conformance/explore/shrink.ts";
import type { Step } from "../../conformance/explore/simulation.ts";
import { nameOf, type Workload } from "../../conformance/explore/workload.ts";
import { type Reason, Stuck, Violation } from "../../conformance/scenarios/violation.ts";

/** What a host does wrong: the kind of failure that these steps bring about, if any. */
type Fault = (steps: readonly Step[], workload: Workload) => Reason | "stuck" | undefined;

const failureOf = (fault: Fault, workload: Workload, schedule: Schedule): Failure | undefined => {
  const { steps, taken } = follow(workload, schedule);
  const kind = fault(steps, workload);
  if (kind === undefined) return undefined;
  const error = kind === "stuck" ? new Stuck("still") : new Violation(kind, "broken");
  return { workload, schedule: taken, steps, error, events: [] };
};

async function shrunk(fault: Fault, name: string, schedule: Schedule) {
  const tried: string[] = [];
  const attempt: Attempt = async (workload, smaller) => {
    tried.push(`${nameOf(workload)} ${smaller.join()}`);
    return failureOf(fault, workload, smaller);
  };
  const found = failureOf(fault, parseWorkload(name), schedule);
  if (found === undefined) throw new Error("the schedule that shrinking begins with does not fail");
  const { smallest, attempts } = await shrink(found, attempt);
  return { smallest: `${nameOf(smallest.workload)} ${smallest.schedule.join()}`, failure: smallest, attempts, tried };
}

/** The first failing schedule of the smallest workload with one: by trying all. */
function minimum(fault: Fault, name: string, kind: Reason | "stuck"): string {
  const { procedures: most, fetches: mostFetches, ...rest } = parseWorkload(name);
  const sizes = Array.from({ length: most * mostFetches }, (_, index) => index + 1);
  for (const size of sizes) {
    for (let procedures = 1; procedures <= most; procedures += 1) {
      const fetches = size / procedures;
      if (!Number.isInteger(fetches) || fetches > mostFetches) continue;
      for (const schedule of schedules({ ...rest, procedures, fetches })) {
        if (
          fault(follow({ ...rest, procedures, fetches }, schedule).steps, { ...rest, procedures, fetches }) === kind
        ) {
          return `${nameOf({ ...rest, procedures, fetches })} ${schedule.join()}`;
        }
      }
    }
  }
  return "none";
}

const at = (steps: readonly Step[], procedure: number, fetch: number) =>
  steps.findIndex((step) => step.do === "release" && step.procedure === procedure && step.fetch === fetch);
const before = (steps: readonly Step[], a: [number, number], b: [number, number]) =>
  at(steps, ...a) >= 0 && at(steps, ...b) >= 0 && at(steps, ...a) < at(steps, ...b);

const faults: [string, Fault, string, Schedule, string][] = [
  ["fails always", () => "wrong-order", "3x3", [2, 1, 0, 1, 1, 2, 0, 0, 0], "1x1 0"],
  [
    "fails where a later one overtakes",
    (steps) => (before(steps, [1, 0], [0, 0]) ? "wrong-order" : undefined),
    "3x2",
    [2, 1, 1, 0, 1, 0],
    "2x1 1,0",
  ],
  [
    "fails where a second fetch overtakes another's first",
    (steps) => (before(steps, [0, 1], [1, 0]) ? "lost-update" : undefined),
    "3x3",
    [2, 0, 2, 2, 2, 0, 0, 0, 0],
    "2x2 0,1,0,0",
  ],
  [
    "fails where the last comes first of three",
    (steps) => (before(steps, [2, 0], [1, 0]) && before(steps, [1, 0], [0, 0]) ? "wrong-order" : undefined),
    "3x2",
    [2, 1, 1, 0, 1, 0],
    "3x1 2,1,0",
  ],
  [
    "stands still where the reducer is not last",
    (steps) => (steps.findIndex((step) => step.do === "reducer") < steps.length - 1 ? "stuck" : undefined),
    "2x2+reducer",
    [1, 2, 0, 0, 0],
    "1x1+reducer 1,0",
  ],
];

describe("a failure", () => {
  test.each(faults)("of a host that %s is shrunk to the smallest", async (_, fault, name, schedule, expected) => {
    const { smallest, attempts, failure } = await shrunk(fault, name, schedule);
    expect(smallest).toBe(expected);
    const kind = failure.error instanceof Violation ? failure.error.reason : "stuck";
    expect(smallest).toBe(minimum(fault, name, kind));
    expect(attempts).toBeLessThan(100);
  });

  test("is never exchanged for one of another kind, be it ever so small", async () => {
    const fault: Fault = (steps, workload) => {
      if (workload.procedures === 1) return "stuck";
      return before(steps, [1, 0], [0, 0]) ? "lost-update" : "wrong-order";
    };
    const { smallest, failure } = await shrunk(fault, "2x2", [1, 0, 1, 0]);
    expect(smallest).toBe("2x1 1,0");
    expect(failure.error).toMatchObject({ name: "Violation", reason: "lost-update" });
  });

  test("of which everything smaller fails otherwise stays as it was found", async () => {
    const schedule = [2, 1, 0, 1, 0, 0];
    const { smallest } = await shrunk((steps) => (sameSteps(steps) ? "wrong-order" : "stuck"), "3x2", schedule);
    expect(smallest).toBe(`3x2 ${schedule.join()}`);

    function sameSteps(steps: readonly Step[]): boolean {
      return JSON.stringify(steps) === JSON.stringify(follow(parseWorkload("3x2"), schedule).steps);
    }
  });

  test("that is there with several numbers set to 0 at once, but not with one, is shrunk to that", async () => {
    const fault: Fault = (steps, { procedures, fetches }) => {
      const order = steps
        .map((step) => (step.do === "release" ? `${step.procedure}.${step.fetch}` : step.do))
        .join(" ");
      const fails = procedures * fetches === 4 && ["0.0 1.0 0.1 1.1", "1.0 1.1 0.0 0.1"].includes(order);
      return fails ? "wrong-order" : undefined;
    };
    expect((await shrunk(fault, "2x2", [1, 1, 0, 0])).smallest).toBe("2x2 0,0,0,0");
  });

  test("takes 200 attempts at most, and no schedule twice", async () => {
    const wide = parseWorkload("8x6");
    const schedule = Array.from({ length: 48 }, (_, index) => Math.max(0, Math.min(7, 47 - index)));
    const original = follow(wide, schedule).taken.join();
    const fault: Fault = (steps, workload) =>
      workload.procedures === 8 && workload.fetches === 6 && JSON.stringify(steps) === wanted
        ? "wrong-order"
        : undefined;
    const wanted = JSON.stringify(follow(wide, schedule).steps);
    const { smallest, attempts, tried } = await shrunk(fault, "8x6", schedule);
    expect(attempts).toBe(200);
    expect(tried).toHaveLength(200);
    expect(new Set(tried).size).toBe(200);
    expect(smallest).toBe(`8x6 ${original}`);
  });
});
