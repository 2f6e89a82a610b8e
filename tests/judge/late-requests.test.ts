import { expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { arrive, begun, close, failed, fault, fetching, quiet, release, returned, submit } from "./events.ts";

const cancel = (call: string): HistoryEvent => ({ kind: "cancel", call });
const cancelled = [
  ...begun("relay"),
  fetching("a", "recordFetchRecord"),
  cancel("a"),
  failed("a", "recordFetchRecord", "cancelled", 1),
];
const after = [submit("r", "record"), returned("r", null, 2)];

test("a request that was on its way when its call was cancelled arrives or does not", () => {
  expect(fault([...cancelled, ...quiet("relay", 0), ...after])).toBeUndefined();
  expect(fault([...cancelled, arrive("a"), close("a"), ...after])).toBeUndefined();
});

test("its call does not go on, whatever the origin answers", () => {
  const answered = [...cancelled, arrive("a"), release("a"), ...after];
  expect(fault(answered)).toBeUndefined();
  expect(fault([...cancelled, arrive("a"), ...quiet("relay", 1)])).toContain("by the model there are 0");
  const goesOn = failed("a", "recordFetchRecord", "cancelled", 1, 2);
  expect(fault([...cancelled.slice(0, -1), arrive("a"), goesOn])).toContain("result a: ");
});

test("a call that was cancelled before it could fetch has sent nothing", () => {
  const early = [
    ...begun("relay"),
    fetching("a", "recordFetchRecord"),
    cancel("a"),
    failed("a", "recordFetchRecord", "cancelled"),
  ];
  expect(fault([...early, ...quiet("relay", 0)])).toBeUndefined();
  expect(fault([...early, arrive("a")])).toContain("a (recordFetchRecord) cannot have sent it yet");
});
