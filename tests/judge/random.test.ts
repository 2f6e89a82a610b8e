import { expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { judge } from "../../conformance/judge/judge.ts";
import { identityOf, randomOf } from "../../conformance/model/seeded.ts";
import type { CallResult } from "../../conformance/protocol/schemas.ts";
import { profile } from "./simulated.ts";

const seed = "seed";
const context = (place: number) => {
  const random = randomOf(seed, place);
  const sender = identityOf(seed, "clockwork", "k");
  return { timestamp: 0, sender, connection: "k", random: [random(), random(), random()] };
};
const verdictOf = (...contexts: unknown[]) => {
  const events: HistoryEvent[] = [
    { kind: "load", module: "clockwork", source: "clockwork" },
    { kind: "connect", connection: "k", module: "clockwork" },
    { kind: "connected", connection: "k" },
    ...contexts.flatMap((value, index): HistoryEvent[] => [
      { kind: "submit", call: `c${index}`, connection: "k", function: "context", args: {} },
      { kind: "result", call: `c${index}`, result: { outcome: "returned", value, seqs: [] } as CallResult },
    ]),
  ];
  return judge(events, { ...profile, seed });
};

test("the random numbers, the time and the caller of a call are those of its place", () => {
  // Two hooks come before.
  const [first, second] = [context(2), context(3)];
  expect(verdictOf(first, second)).toEqual({ verdict: "legal" });
  const illegal = (index: number) => expect.objectContaining({ disagreement: expect.objectContaining({ index }) });
  expect(verdictOf(second, first)).toEqual(illegal(4));
  expect(verdictOf(first, first)).toEqual(illegal(6));
  expect(verdictOf({ ...first, random: first.random.toReversed() })).toEqual(illegal(4));
  expect(verdictOf({ ...first, timestamp: 1 })).toEqual(illegal(4));
  expect(verdictOf({ ...first, sender: identityOf(seed, "clockwork", "l") })).toEqual(illegal(4));
});
