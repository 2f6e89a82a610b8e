import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { arrive, begun, close, failed, fault, fetching, moved, quiet, release, returned, submit } from "./events.ts";
import { profile } from "./simulated.ts";

const late = (call: string, ...seqs: number[]) => failed(call, "recordFetchRecord", "deadline", ...seqs);
/** A call begins at 0, another at 5. Each has 10 milliseconds. */
const two = [
  ...begun("relay", { callMs: 10 }),
  ...[fetching("a", "recordFetchRecord"), arrive("a"), ...moved(5), fetching("b", "recordFetchRecord"), arrive("b")],
];

describe("the time that an operator gives each call", () => {
  test("ends a call that is held, with its request, when it is over", () => {
    const ends = [...two, ...moved(10), late("a", 1), close("a"), ...quiet("relay", 1)];
    expect(fault(ends)).toBeUndefined();
    expect(fault([...ends, ...moved(15), late("b", 2), close("b")])).toBeUndefined();
  });

  test("leaves alone a call that ends within it, and is each call's own", () => {
    const timely = [release("b"), returned("b", { before: 2, after: 3, body: "" }, 2, 3)];
    expect(fault([...two, ...moved(14), late("a", 1), ...timely, ...moved(99)])).toBeUndefined();
    expect(fault([...two, ...moved(14), late("a", 1), late("b", 2)])).toContain("result b: ");
  });

  test("is not over before it is, and is over then", () => {
    expect(fault([...two, ...moved(9), late("a", 1)])).toContain("result a: ");
    expect(fault([...two, ...moved(9), close("a")])).toContain("a still waits for it");
    expect(fault([...two, ...moved(10), ...quiet("relay", 2)])).toContain("by the model there are 1");
    const answered = [release("a"), returned("a", { before: 1, after: 3, body: "" }, 1, 3)];
    expect(fault([...two, ...moved(10), ...answered])).toContain("result a: ");
  });

  test("leaves what the call had committed, and its end is none but that", () => {
    expect(fault([...two, ...moved(10), late("a")])).toContain("of a (recordFetchRecord) commits as seq 1");
    const other = failed("a", "recordFetchRecord", "timeout", 1);
    expect(fault([...two, ...moved(10), other])).toContain("a (recordFetchRecord) fails as deadline");
  });

  test("passes or not while a response is under way", () => {
    const ends = [returned("a", { before: 1, after: 3, body: "" }, 1, 3), late("a", 1)];
    const faultsAfter = (...events: HistoryEvent[]) => ends.map((end) => fault([...two, ...events, end]));
    expect(faultsAfter(release("a"), ...moved(10))).toEqual([undefined, undefined]);
    const inTime = expect.stringContaining("transaction 2 of a (recordFetchRecord) commits as seq 3");
    expect(faultsAfter(release("a"), ...moved(9))).toEqual([undefined, inTime]);
  });

  test("passes or not before a fetch fails of itself", () => {
    const network = { allowed: [], nobody: "127.0.0.1:1", untrusted: "127.0.0.1:2" };
    const asked = [...begun("web", { callMs: 10 }), submit("a", "send", { request: { url: "http://127.0.0.1:1/" } })];
    const ends = [returned("a", { outcome: "transport" }), failed("a", "send", "deadline")];
    const faultsAfter = (to: number) =>
      ends.map((end) => fault([...asked, ...moved(to), end], { ...profile, network }));
    expect(faultsAfter(10)).toEqual([undefined, undefined]);
    expect(faultsAfter(9)).toEqual([undefined, expect.stringContaining("result a: ")]);
  });
});
