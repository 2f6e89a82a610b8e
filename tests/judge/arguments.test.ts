import { expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { judge } from "../../conformance/judge/judge.ts";
import type { CallResult } from "../../conformance/protocol/schemas.ts";
import { profile } from "./simulated.ts";

const fitting = { string: "text", number: 1, boolean: true, strings: ["a"], json: null };
const verdictOf = (called: string, args: Record<string, unknown>, result: CallResult) => {
  const events: HistoryEvent[] = [
    { kind: "load", module: "mishaps", source: "mishaps" },
    { kind: "connect", connection: "k", module: "mishaps" },
    { kind: "connected", connection: "k" },
    { kind: "submit", call: "a", connection: "k", function: called, args },
    { kind: "result", call: "a", result },
  ];
  return judge(events, profile);
};
const returned: CallResult = { outcome: "returned", value: null, seqs: [1] };

test.each(["takeInReducer", "takeInProcedure"])("a call of %s with a misfit fails as bad-arguments", (called) => {
  const failed = (category: "bad-arguments" | "bad-value", message: string, ...seqs: number[]): CallResult => ({
    outcome: "failed",
    error: { category, message, function: called },
    seqs,
  });
  const misfit = { ...fitting, number: "1" };
  const right = failed("bad-arguments", "number is no number");
  expect(verdictOf(called, misfit, right)).toEqual({ verdict: "legal" });
  for (const wrong of [
    returned,
    failed("bad-value", "number is no number"),
    failed("bad-arguments", "an argument does not fit"),
    failed("bad-arguments", "number is no number", 1),
  ]) {
    expect(verdictOf(called, misfit, wrong)).toMatchObject({ verdict: "illegal", disagreement: { index: 4 } });
  }
  expect(verdictOf(called, fitting, returned)).toEqual({ verdict: "legal" });
  expect(verdictOf(called, fitting, right)).toMatchObject({ verdict: "illegal" });
});
