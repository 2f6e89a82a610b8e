import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { arrive, begun, close, failed, fault, fetching, quiet, read, release, returned, submit } from "./events.ts";

const looping = (category: "budget" | "guest-error" = "budget", ...seqs: number[]) =>
  failed("loop", "loopAfterFetch", category, ...seqs);
const lost = (call: string, called: string, ...seqs: number[]) => failed(call, called, "lane-lost", ...seqs);

/** Two calls are held, of which the second has committed, beside one that loops when its response comes. */
const three: HistoryEvent[] = [
  ...begun("toil"),
  ...[fetching("a"), arrive("a"), fetching("b", "recordFetchRecord"), arrive("b")],
  ...[fetching("loop", "loopAfterFetch"), arrive("loop"), release("loop")],
];
const recordedNext = [submit("r", "record"), returned("r", null, 3)];

describe("a turn that never ends", () => {
  test("is stopped, and keeps what it had committed", () => {
    const ends = [...three, looping("budget", 2), ...recordedNext];
    expect(fault([...ends, ...read("toil", 3, "b/before", "loop", "r")])).toBeUndefined();
    expect(fault([...three, looping("budget")])).toContain("of loop (loopAfterFetch) commits as seq 2");
    expect(fault([...three, looping("guest-error", 2)])).toContain("loop (loopAfterFetch) fails as budget");
    expect(fault([...three, returned("loop", 7, 2)])).toContain("loop (loopAfterFetch) fails as budget");
  });

  test("of a reducer leaves nothing", () => {
    const events = (...seqs: number[]) => [
      ...begun("mishaps"),
      submit("loop", "recordThenLoop"),
      failed("loop", "recordThenLoop", "budget", ...seqs),
      submit("r", "record"),
      returned("r", null, 1),
      ...read("mishaps", 1, "r"),
    ];
    expect(fault(events())).toBeUndefined();
    expect(fault(events(1))).toContain("result loop: ");
  });

  test("is not what a turn is that ends", () => {
    const events = [...begun("toil"), submit("c", "compute", { rounds: 9 }), failed("c", "compute", "budget", 1)];
    expect(fault(events)).toContain("result c: ");
  });
});

describe("the lane of a turn that was stopped", () => {
  test("is kept, and the other calls on it go on", () => {
    const goesOn = [...quiet("toil", 2), release("b"), returned("b", null, 1, 4)];
    expect(fault([...three, looping("budget", 2), ...recordedNext, ...goesOn])).toBeUndefined();
  });

  test("is given up, and the other calls on it are lost with what they report", () => {
    const both = [lost("a", "fetchThenRecord"), close("a"), lost("b", "recordFetchRecord", 1), close("b")];
    const after = [...recordedNext, ...quiet("toil", 0)];
    expect(fault([...three, looping("budget", 2), ...both, ...after])).toBeUndefined();
    const result = lost("b", "recordFetchRecord");
    expect(fault([...three, looping("budget", 2), both[0]!, result, ...after])).toContain("of b (recordFetchRecord)");
  });

  test("is not given up for some of its calls", () => {
    const events = [...three, looping("budget", 2), lost("a", "fetchThenRecord"), release("b")];
    expect(fault([...events, returned("b", null, 1, 3)])).toContain("result a: ");
  });

  test("keeps the calls that wait to begin", () => {
    const waiting = [submit("r", "record"), looping("budget", 2), lost("r", "record")];
    expect(fault([...three, ...waiting])).toContain("result r: ");
  });

  test("is not given up without such a turn, nor for one on the blocking path", () => {
    expect(fault([...three.slice(0, 5), lost("a", "fetchThenRecord")])).toContain("result a: ");
    const pool = [
      ...begun("mishaps"),
      ...[fetching("a"), arrive("a"), fetching("p", "loopOnTheBlockingPath"), arrive("p"), release("p")],
      failed("p", "loopOnTheBlockingPath", "budget", 1),
    ];
    expect(fault([...pool, ...quiet("mishaps", 1)])).toBeUndefined();
    expect(fault([...pool, lost("a", "fetchThenRecord")])).toContain("result a: ");
  });
});

describe("a guest that allocates without end", () => {
  test.each([
    ["ts", "memory", "guest-error"],
    ["as", "guest-error", "memory"],
  ] as const)("in %s fails as %s", (guest, category, other) => {
    const ends = (how: "memory" | "guest-error") => [
      ...begun("mishaps"),
      ...[fetching("x", "fetchThenExhaust"), arrive("x"), release("x")],
      failed("x", "fetchThenExhaust", how, 1),
    ];
    const of = { guest, blockingPool: guest === "ts" ? 2 : null, requestBurst: 64, maxInFlight: null, retry: "none" };
    expect(fault(ends(category), of as never)).toBeUndefined();
    expect(fault(ends(other), of as never)).toContain("result x: ");
  });
});
