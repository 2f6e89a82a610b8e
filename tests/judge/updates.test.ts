import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { arrive, begun, failed, fault, fetching, read, release, returned, submit } from "./events.ts";

const update: HistoryEvent = { kind: "update", module: "relay", source: "clockwork" };
const updated: HistoryEvent = { kind: "updated", module: "relay" };
const tokens = (call: string) => submit(call, "tokens");
const unknown = (call: string, called: string, ...seqs: number[]) => failed(call, called, "unknown-function", ...seqs);

describe("a module that gets new code", () => {
  const held = [...begun("relay"), fetching("a", "recordFetchRecord"), arrive("a"), update, updated];
  const goesOn = [release("a"), returned("a", { before: 1, after: 2, body: "" }, 1, 2)];

  test("ends the calls that had begun by the code that they began with", () => {
    expect(fault([...held, ...goesOn])).toBeUndefined();
    expect(fault([...held, unknown("a", "recordFetchRecord", 1)])).toContain("result a: ");
  });

  test("runs the new code from then on, with the rows that were there", () => {
    const sleeps = [submit("n", "sleepThenRecord", { until: 0 }), returned("n", 2, 2)];
    expect(fault([...held, ...sleeps, ...read("relay", 2, "a/before", "n")])).toBeUndefined();
    expect(fault([...held, ...sleeps, ...read("relay", 2, "n")])).toContain("rows: ");
    const gone = fetching("o", "fetchThenRecord");
    expect(fault([...held, gone, unknown("o", "fetchThenRecord")])).toBeUndefined();
    expect(fault([...held, gone, arrive("o")])).toContain("o (fetchThenRecord) cannot have sent it yet");
    const before = [...begun("relay"), submit("n", "sleepThenRecord", { until: 0 })];
    expect(fault([...before, returned("n", 1, 1)])).toContain("n (sleepThenRecord) fails as unknown-function");
  });

  test("runs the hook that the new code has when a connection is closed, and init not again", () => {
    const closed: HistoryEvent[] = [
      ...held,
      { kind: "disconnect", connection: "k" },
      { kind: "disconnected", connection: "k" },
    ];
    const rows = (...all: Record<string, unknown>[]): HistoryEvent[] => [
      { kind: "read", read: -1, module: "relay", table: "log" },
      {
        kind: "rows",
        read: -1,
        table: "log",
        seq: 2,
        rows: all.map((row, at) => [`00000${at + 1}`, { n: at + 1, ...row }] as const) as never,
      },
    ];
    expect(
      fault([...closed, ...rows({ token: "a/before" }, { token: "disconnected", connection: "k" })]),
    ).toBeUndefined();
    expect(fault([...closed, ...rows({ token: "a/before" }, { token: "init" })])).toContain("rows: ");
  });

  test("runs a call that was waiting by the code that is there when it begins", () => {
    const stands = { kind: "paused", module: "relay" } as const;
    const goes = { kind: "resume", module: "relay" } as const;
    const waiting = [...begun("relay"), stands, fetching("o", "fetchThenRecord"), tokens("t"), update, updated, goes];
    expect(fault([...waiting, unknown("o", "fetchThenRecord"), returned("t", [], 1)])).toBeUndefined();
    expect(fault([...waiting, arrive("o")])).toContain("o (fetchThenRecord) cannot have sent it yet");
    // Of a lane that runs nobody knows whether the call has begun before.
    const running = waiting.filter((event) => event !== stands && event !== goes);
    expect(fault([...running, arrive("o")])).toBeUndefined();
    expect(fault([...running, unknown("o", "fetchThenRecord")])).toBeUndefined();
  });

  test("may run it before it says so", () => {
    const early = [...begun("relay"), update, submit("n", "sleepThenRecord", { until: 0 }), returned("n", 1, 1)];
    expect(fault([...early, updated])).toBeUndefined();
    const old = [...begun("relay"), update, fetching("o"), arrive("o"), updated];
    expect(fault(old)).toBeUndefined();
  });
});
