import { expect, test } from "vitest";
import { Randomness } from "../../conformance/scenarios/randomness.ts";
import { drawPlan } from "../../conformance/scenarios/story.ts";

const plan = (seed: string) => drawPlan(new Randomness(seed, "determinism/any"));

test("a plan is drawn from the seed alone", () => {
  expect(plan("one")).toEqual(plan("one"));
  expect(plan("one")).not.toEqual(plan("two"));
});

test("a plan lets each fetch of each procedure go on once, breaks one off, aborts one transaction and has reducers between, two at a time", () => {
  const { procedures, moves } = plan("one");
  const steps = moves.filter((move) => "procedure" in move);
  for (const [index, transactions] of procedures.entries()) {
    expect(steps.filter(({ procedure }) => procedure === index)).toHaveLength(transactions.length);
  }
  expect(steps.filter(({ how }) => how === "reset")).toHaveLength(1);
  expect(procedures.flat().filter((ops) => ops.some(([name]) => name === "abort"))).toHaveLength(1);
  expect(moves.length - steps.length).toBe(8);
});
