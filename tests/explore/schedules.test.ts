import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseWorkload } from "../../conformance/explore/parse-schedule.ts";
import { choiceAt, follow, type Schedule, schedules, simulate } from "../../conformance/explore/schedules.ts";
import { nameOf } from "../../conformance/explore/workload.ts";
import { interleavings as explorations } from "../../conformance/scenarios/interleavings.ts";
import { cancellations, catalan, factorial, interleavings, turnByTurn, withSleeps } from "./counting.ts";

const all = (name: string): Schedule[] => [...schedules(parseWorkload(name))];

describe("the number of schedules", () => {
  test.each([
    ["2x5", interleavings(2, 5), 252],
    ["3x2", interleavings(3, 2), 90],
    ["3x3", interleavings(3, 3), 1680],
    ["4x2", interleavings(4, 2), 2520],
    ["1x4", 1, 1],
    ["2x2+reducer", interleavings(2, 2) * 5, 30],
    ["3x2+reducer", interleavings(3, 2) * 7, 630],
    ["2x2+disconnect", interleavings(2, 2) * 5, 30],
    ["2x2+fail", interleavings(2, 2) * 4, 24],
    ["2x3+fail", interleavings(2, 3) * 6, 120],
    ["2x2+reset", interleavings(2, 2) * 4, 24],
    ["2x2+cancel", cancellations(2, 2), 18],
    ["3x2+fail", interleavings(3, 2) * 6, 540],
    ["3x2+reset", interleavings(3, 2) * 6, 540],
    ["3x2+disconnect", interleavings(3, 2) * 7, 630],
    ["3x2+cancel", cancellations(3, 2), 360],
    ["1x1-stepped", factorial(1) * catalan(1), 1],
    ["2x1-stepped", factorial(2) * catalan(2), 4],
    ["3x1-stepped", factorial(3) * catalan(3), 30],
    ["4x1-stepped", factorial(4) * catalan(4), 336],
    ["2x2-stepped", turnByTurn(2, 2, false), 28],
    ["2x1+reducer-stepped", turnByTurn(2, 1, true), 30],
    ["2x2+clock", withSleeps(2, 2), 13],
    ["3x1+clock", withSleeps(3, 1), 15],
    ["3x2+clock", withSleeps(3, 2), 478],
  ])("of %s is %i", (name, expected, number) => {
    const found = all(name).length;
    expect(found).toBe(expected);
    expect(found).toBe(number);
  });
});

const small = explorations.flatMap(({ explores }) =>
  explores !== undefined && explores.choice === "all" && explores.tier === "exhaustive" ? [explores.workload] : [],
);

describe.each(small.map((workload) => [nameOf(workload), workload] as const))("the schedules of %s", (_, workload) => {
  const found = [...schedules(workload)];

  test("are all distinct, and come in lexicographic order", () => {
    for (const [index, schedule] of found.entries()) {
      if (index > 0) expect(compare(found[index - 1]!, schedule), `${index}`).toBeLessThan(0);
    }
  });

  test("begin with first in, first out", () => {
    const [first] = found;
    expect(first!.slice(0, -1).every((choice) => choice === 0)).toBe(true);
    // One response has to fail, and one procedure to be cancelled: as late as can be.
    const { complete } = follow(workload, []);
    expect(first!.at(-1)).toBe(complete ? 0 : 1);
    expect(complete).toBe(workload.extra !== "fail" && workload.extra !== "reset" && workload.extra !== "cancel");
  });

  test("each take the steps that they name, to the end", () => {
    for (const schedule of found) {
      const { taken, options, complete } = follow(workload, schedule);
      expect(complete).toBe(true);
      expect(taken).toEqual(schedule);
      expect(schedule.every((choice, index) => choice < options[index]!)).toBe(true);
    }
  });
});

test("the held fetches are enabled in the order in which they were issued, the oldest first", () => {
  for (const schedule of all("3x2")) {
    const simulation = simulate(parseWorkload("3x2"));
    const text = ({ procedure, fetch }: { procedure: number; fetch: number }) => `${procedure}.${fetch}`;
    let held = simulation.begin().requests.map(text);
    for (const choice of schedule) {
      const enabled = simulation.enabled();
      expect(enabled.map((step) => (step.do === "release" ? text(step) : step.do))).toEqual(held);
      const { requests } = simulation.take(enabled[choice]!);
      held = [...held.toSpliced(choice, 1), ...requests.map(text)];
    }
    expect(held).toEqual([]);
  }
});

test("turn by turn, the lane's next turn is the first step wherever something is ready", () => {
  const { steps } = follow(parseWorkload("2x1+reducer-stepped"), [0, 0, 1]);
  expect(steps[0]).toEqual({ do: "release", procedure: 0, fetch: 0 });
  expect(steps[1]).toEqual({ do: "turn" });
});

test("the schedules are the same in every version", () => {
  const digests = Object.fromEntries(
    small.map((workload) => {
      const text = [...schedules(workload)].map((schedule) => schedule.join()).join("\n");
      return [nameOf(workload), createHash("sha256").update(text).digest("hex").slice(0, 16)];
    }),
  );
  expect(digests).toMatchInlineSnapshot(`
    {
      "2x1+reducer-stepped": "618309df53bb3e43",
      "2x2+cancel": "054226b1a21b0c0f",
      "2x2+clock": "56e4cd079c2d60d5",
      "2x2+disconnect": "7fb663366a00a561",
      "2x2+fail": "b1480f72af9f8546",
      "2x2+reducer": "7fb663366a00a561",
      "2x2+reset": "b1480f72af9f8546",
      "2x2-stepped": "b9ec7de432017a31",
      "2x5": "9d853a83e25e6974",
      "3x1-stepped": "618309df53bb3e43",
      "3x2": "39687dcecba05d82",
      "3x2+cancel": "909bf502e47a5728",
      "3x2+clock": "b87142af2a6e6d7e",
      "3x2+disconnect": "4fa85978a11a2c3c",
      "3x2+fail": "aba747cdbf912493",
      "3x2+reducer": "4fa85978a11a2c3c",
      "3x2+reset": "aba747cdbf912493",
      "3x3": "773a3052d625e268",
    }
  `);
});

describe("a schedule", () => {
  test("that ends early goes on with the oldest, and takes the last step in place of one that is not there", () => {
    expect([choiceAt([1, 5], 0, 2), choiceAt([1, 5], 1, 3), choiceAt([1, 5], 2, 3)]).toEqual([1, 2, 0]);
  });
});

function compare(a: Schedule, b: Schedule): number {
  const at = a.findIndex((choice, index) => choice !== b[index]);
  return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? -1);
}
