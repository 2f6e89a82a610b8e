import { expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { ranSideBySide } from "../../conformance/judge/overlap.ts";

const parked = (call: string): HistoryEvent => ({ kind: "parked", call, point: "p" });
const goesOn = (call: string): HistoryEvent => ({ kind: "continue", call });
const result = (call: string, seqs: number[], value: unknown = null): HistoryEvent => ({
  kind: "result",
  call,
  result: { outcome: "returned", value, seqs },
});

test("transactions that wait for each other did not run side by side", () => {
  const waiting = [
    parked("a"),
    goesOn("a"),
    parked("a"),
    goesOn("a"),
    result("a", [1]),
    parked("b"),
    goesOn("b"),
    result("b", [2]),
  ];
  expect(ranSideBySide(waiting)).toBe(false);
  expect(ranSideBySide([parked("a"), result("b", []), goesOn("a"), result("a", [1], [{ undone: "abort" }])])).toBe(
    false,
  );
});

test.each([
  ["two stand still in theirs at once", [parked("a"), parked("b")]],
  ["one commits while another stands still in its own", [parked("a"), result("b", [1])]],
  ["one is undone for another", [result("a", [1]), result("b", [], [{ status: 200 }, { undone: "conflict" }])]],
  [
    "a reducer is refused for another",
    [
      {
        kind: "result",
        call: "r",
        result: { outcome: "failed", error: { category: "conflict", message: "m", function: "run" }, seqs: [] },
      },
    ],
  ],
] as [string, HistoryEvent[]][])("they did where %s", (_, events) => {
  expect(ranSideBySide(events)).toBe(true);
});
