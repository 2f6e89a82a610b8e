import { describe, expect, test } from "vitest";
import { History } from "../../conformance/history/history.ts";
import {
  failures,
  interleaved,
  maxHeld,
  type Probe,
  pipelined,
  returns,
  rowsSeen,
  secondBeginAttempted,
} from "../../conformance/scenarios/probes.ts";

function historyOf(...steps: ((history: History) => void)[]): History {
  const history = new History();
  for (const step of steps) step(history);
  return history;
}
const submit =
  (call: string, name = "record") =>
  (history: History) =>
    history.add({ kind: "submit", call, connection: "k", function: name, args: {} });
const returned =
  (call: string, ...seqs: number[]) =>
  (history: History) =>
    history.add({ kind: "result", call, result: { outcome: "returned", value: null, seqs } });
const failed = (call: string) => (history: History) => {
  const error = { category: "guest-error" as const, message: "m", function: "f" };
  history.add({ kind: "result", call, result: { outcome: "failed", error, seqs: [] } });
};
const hit = (probe: Probe, history: History, held = 0) => probe.hit({ maxHeld: held, history });

describe("probes", () => {
  test("maxHeld counts what the origin held", () => {
    expect(hit(maxHeld(3), new History(), 2)).toBe(false);
    expect(hit(maxHeld(3), new History(), 3)).toBe(true);
  });

  test("pipelined counts submissions before a result", () => {
    expect(hit(pipelined(2), historyOf(submit("a"), returned("a"), submit("b"), returned("b")))).toBe(false);
    expect(hit(pipelined(2), historyOf(submit("a"), submit("b"), returned("a")))).toBe(true);
  });

  test("failures and returns count results of their kind", () => {
    const history = historyOf(submit("a"), failed("a"), submit("b"), returned("b"));
    expect([hit(failures(1), history), hit(failures(2), history)]).toEqual([true, false]);
    expect([hit(returns(1), history), hit(returns(2), history)]).toEqual([true, false]);
  });

  test("rowsSeen wants that many rows in one read of that table", () => {
    const rows = [["000001", { n: 1 }] as const];
    const history = historyOf((one) => one.add({ kind: "rows", read: 1, table: "log", rows, seq: 1 }));
    expect(hit(rowsSeen("log", 1), history)).toBe(true);
    expect(hit(rowsSeen("log", 2), history)).toBe(false);
    expect(hit(rowsSeen("accounts", 1), history)).toBe(false);
  });

  test("interleaved wants an inner transaction between two outer ones", () => {
    const calls = [submit("a", "outer"), submit("b", "inner"), submit("c", "outer")];
    const probe = interleaved("outer", "inner");
    expect(hit(probe, historyOf(...calls, returned("a", 1), returned("b", 2), returned("c", 3)))).toBe(true);
    expect(hit(probe, historyOf(...calls, returned("a", 1), returned("c", 2), returned("b", 3)))).toBe(false);
    expect(hit(probe, historyOf(...calls, returned("b", 1), returned("a", 2), returned("c", 3)))).toBe(false);
    expect(hit(probe, historyOf(...calls, returned("b", 2)))).toBe(false);
  });

  test("secondBeginAttempted wants a quiet host, one call at a point and another that was let go and has not ended", () => {
    const begin = (call: string) => (history: History) => {
      const steps = [{ fetch: `http://o/${call}` }];
      history.add({ kind: "submit", call, connection: "k", function: "playBlocking", args: { steps }, park: true });
      const arrive = { kind: "arrive", gate: `gate ${call}`, method: "GET", target: `/${call}`, bytes: 0 } as const;
      history.add({ kind: "origin", event: arrive });
    };
    const release = (call: string) => (history: History) => {
      const event = { kind: "release", gate: `gate ${call}`, status: 200, bytes: 0, text: "" } as const;
      history.add({ kind: "origin", event });
    };
    const parked = (call: string) => (history: History) => history.add({ kind: "parked", call, point: "p" });
    const goOn = (call: string) => (history: History) => history.add({ kind: "continue", call });
    const quiet = (history: History) =>
      history.add({ kind: "quiet", quiet: 1, module: "m", outcomes: 0, fetchesInFlight: 0 });
    const met = (...steps: ((history: History) => void)[]) =>
      hit(secondBeginAttempted, historyOf(begin("a"), begin("b"), release("a"), ...steps));
    expect(met(parked("a"), release("b"), quiet)).toBe(true);
    expect(met(parked("a"), release("b"), parked("b"), goOn("a"), quiet)).toBe(true);
    expect(met(parked("a"), quiet)).toBe(false);
    expect(met(parked("a"), release("b"))).toBe(false);
    expect(met(parked("a"), goOn("a"), release("b"), quiet)).toBe(false);
    expect(met(parked("a"), release("b"), returned("b", 1), quiet)).toBe(false);
  });
});
