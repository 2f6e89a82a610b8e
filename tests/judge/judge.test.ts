import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { Choices } from "../../conformance/judge/choices.ts";
import { judge } from "../../conformance/judge/judge.ts";
import { Tables } from "../../conformance/model/tables.ts";
import type { CallResult } from "../../conformance/protocol/schemas.ts";
import { profile } from "./simulated.ts";

const begin: HistoryEvent[] = [
  { kind: "load", module: "relay", source: "relay" },
  { kind: "connect", connection: "k", module: "relay" },
  { kind: "connected", connection: "k" },
];
const submit = (call: string, called: string, args: Record<string, unknown> = { token: call }): HistoryEvent => ({
  kind: "submit",
  call,
  connection: "k",
  function: called,
  args,
});
const fetching = (call: string, called = "fetchThenRecord") =>
  submit(call, called, { url: `http://o/${call}`, token: call });
const arrive = (gate: string): HistoryEvent => ({
  kind: "origin",
  event: { kind: "arrive", gate, method: "GET", target: `/${gate}`, bytes: 0 },
});
const release = (gate: string, text: string | null = ""): HistoryEvent => ({
  kind: "origin",
  event: { kind: "release", gate, status: 200, bytes: 0, text },
});
const returned = (call: string, value: unknown, ...seqs: number[]): HistoryEvent => ({
  kind: "result",
  call,
  result: { outcome: "returned", value, seqs } as CallResult,
});
const recorded = (call: string, n: number, body = "") => returned(call, { status: 200, body, n }, n);
const read = (number: number): HistoryEvent => ({ kind: "read", read: number, module: "relay", table: "log" });
const rows = (number: number, seq: number, ...tokens: string[]): HistoryEvent => ({
  kind: "rows",
  read: number,
  table: "log",
  seq,
  rows: tokens.map((token, index) => [String(index + 1).padStart(6, "0"), { n: index + 1, token }]),
});
const quiesce = (quiet: number): HistoryEvent => ({ kind: "quiesce", quiet, module: "relay", outcomes: 0 });
const quiet = (number: number, fetchesInFlight: number): HistoryEvent => ({
  kind: "quiet",
  quiet: number,
  module: "relay",
  outcomes: 0,
  fetchesInFlight,
});

const verdict = (...events: HistoryEvent[]) => judge([...begin, ...events], profile);
const legal = { verdict: "legal" };
/** Illegal at the event of that place after the three of the beginning, from 0. */
const illegal = (index: number, message: string) => ({
  verdict: "illegal",
  disagreement: { index: index + begin.length, message: expect.stringContaining(message) },
});

describe("what the contract leaves open is legal", () => {
  test.each([[["a", "b"]], [["b", "a"]]])(
    "responses that are released together are taken in any order: %j",
    ([first, second]) => {
      const events = [
        fetching("a"),
        fetching("b"),
        arrive("b"),
        arrive("a"),
        release("a"),
        release("b"),
        recorded(second!, 2),
        recorded(first!, 1),
      ];
      expect(verdict(...events)).toEqual(legal);
    },
  );

  test("a reducer that is submitted with a release comes before or after", () => {
    const events = (a: number, r: number) => [
      fetching("a"),
      arrive("a"),
      release("a"),
      submit("r", "record"),
      recorded("a", a),
      returned("r", null, r),
    ];
    expect([verdict(...events(1, 2)), verdict(...events(2, 1))]).toEqual([legal, legal]);
  });

  test("rows that are read before a result show its commit or do not", () => {
    const events = (one: HistoryEvent) => [submit("a", "record"), read(1), one, returned("a", null, 1)];
    expect([verdict(...events(rows(1, 0))), verdict(...events(rows(1, 1, "a")))]).toEqual([legal, legal]);
  });

  test("rows that were asked for before a result may be as old as that", () => {
    const asked = [submit("a", "record"), read(1), returned("a", null, 1), rows(1, 0)];
    expect(verdict(...asked)).toEqual(legal);
    const later = [submit("a", "record"), returned("a", null, 1), read(1), rows(1, 0)];
    expect(verdict(...later)).toEqual(illegal(3, "when they were asked for, seq 1 had been acknowledged"));
  });

  test("a host that was asked before something else was submitted may have been quiet before that", () => {
    const events = (...between: HistoryEvent[]) => [fetching("a"), arrive("a"), quiesce(1), ...between, quiet(1, 1)];
    expect(verdict(...events(fetching("b")))).toEqual(legal);
    expect(verdict(...events())).toEqual(legal);
    expect(verdict(fetching("b"), ...events())).toEqual(illegal(4, "by the model there are 2"));
  });

  test("transactions of the blocking path come in any order, which their seqs tell", () => {
    const steps = [{ tx: [["add", "n", 1]] }];
    const events = (p: number, q: number): HistoryEvent[] => [
      { kind: "load", module: "script", source: "script" },
      { kind: "connect", connection: "k", module: "script" },
      submit("p", "playBlocking", { steps }),
      submit("q", "playBlocking", { steps }),
      returned("p", [{ tx: [p] }], p),
      returned("q", [{ tx: [q] }], q),
    ];
    expect([judge(events(1, 2), profile), judge(events(2, 1), profile)]).toEqual([legal, legal]);
    expect(judge(events(2, 2), profile)).toMatchObject({ verdict: "illegal" });
  });

  test("a body that the origin's log does not hold may be any", () => {
    expect(verdict(fetching("a"), arrive("a"), release("a", null), recorded("a", 1, "long"))).toEqual(legal);
    expect(verdict(fetching("a"), arrive("a"), release("a", "x"), recorded("a", 1, "y"))).toEqual(
      illegal(3, 'has "y" at body; by the model it has "x"'),
    );
  });

  test("a cancelled call ends before its commit or after it", () => {
    const cancelled = (...seqs: number[]): HistoryEvent[] => [
      { kind: "cancel", call: "a" },
      {
        kind: "result",
        call: "a",
        result: {
          outcome: "failed",
          error: { category: "cancelled", message: "", function: "recordFetchRecord" },
          seqs,
        },
      },
    ];
    const begun = fetching("a", "recordFetchRecord");
    expect(verdict(begun, ...cancelled(), read(1), rows(1, 0))).toEqual(legal);
    expect(verdict(begun, ...cancelled(1), read(1), rows(1, 1, "a/before"))).toEqual(legal);
    expect(verdict(begun, arrive("a"), ...cancelled())).toMatchObject({ verdict: "illegal" });
  });
});

describe("what an event proves is demanded from then on", () => {
  const before = fetching("a", "recordFetchRecord");

  test("a request at the origin proves what its procedure committed before it", () => {
    const seen = [returned("a", { before: 1, after: 2, body: "" }, 1, 2)];
    const events = (seq: number, ...first: HistoryEvent[]) => [
      before,
      ...first,
      rows(1, seq, ...(seq === 0 ? [] : ["a/before"])),
      ...(first.length === 1 ? [arrive("a")] : []),
      release("a"),
      ...seen,
    ];
    expect(verdict(...events(0, read(1)))).toEqual(legal);
    expect(verdict(...events(1, arrive("a"), read(1)))).toEqual(legal);
    expect(verdict(...events(0, arrive("a"), read(1)))).toEqual(illegal(3, "seq 1 had been acknowledged"));
  });

  test("the end of a turn proves what it committed", () => {
    const events = (seq: number): HistoryEvent[] => [
      { kind: "paused", module: "relay" },
      submit("r", "record"),
      { kind: "step", step: 1, module: "relay" },
      { kind: "stepped", step: 1, module: "relay", turn: { kind: "request", call: "r", function: "record" } },
      read(2),
      rows(2, seq, ...(seq === 0 ? [] : ["r"])),
      returned("r", null, 1),
    ];
    expect([verdict(...events(1)), verdict(...events(0))]).toEqual([
      legal,
      illegal(5, "when they were asked for, seq 1 had been acknowledged"),
    ]);
  });

  test("a quiet host proves all that could run", () => {
    const events = (seq: number) => [
      submit("r", "record"),
      returned("r", null, 1),
      before,
      arrive("a"),
      quiesce(1),
      quiet(1, 1),
      read(2),
      rows(2, seq, ...["r", "a/before"].slice(0, seq)),
    ];
    expect(verdict(...events(2))).toEqual(legal);
    expect(verdict(...events(1))).toEqual(illegal(7, "seq 2 had been acknowledged"));
  });
});

describe("a failure", () => {
  const failed = (category: "guest-error" | "budget", message: string, called = "recordThenThrow"): HistoryEvent => ({
    kind: "result",
    call: "a",
    result: { outcome: "failed", error: { category, message, function: called }, seqs: [] },
  });
  const message = "thrown by recordThenThrow";

  test("has the category, function and message of the model", () => {
    const told = `(recordThenThrow) fails as guest-error: ${message}`;
    const judged = (result: HistoryEvent) => verdict(submit("a", "recordThenThrow"), result);
    expect(judged(failed("guest-error", message))).toEqual(legal);
    expect(judged(failed("budget", message))).toEqual(illegal(1, told));
    expect(judged(failed("guest-error", "another"))).toEqual(illegal(1, told));
    expect(judged(failed("guest-error", message, "record"))).toEqual(illegal(1, told));
  });
});

describe("a request at the origin", () => {
  test("that no call was given the URL of is nobody's", () => {
    expect(verdict(submit("r", "record"), arrive("z"))).toEqual(illegal(1, "by the model no call can have sent it"));
  });

  test("that is closed while its call waits for it is given up by the host alone", () => {
    const close: HistoryEvent = { kind: "origin", event: { kind: "close", gate: "a", during: "held" } };
    expect(verdict(fetching("a"), arrive("a"), close)).toEqual(illegal(2, "by the model a still waits for it"));
  });
});

test("a history may begin on tables that stand already, at their seq", () => {
  const tables = new Tables();
  tables.commit(new Map([["meta", new Map([["counter", { n: 1 }]])]]));
  const events = [...begin, submit("r", "record"), returned("r", null, 2)];
  expect(judge(events, profile, { tables, now: 0 })).toEqual(legal);
  expect(judge(events, profile)).toMatchObject({ verdict: "illegal" });
});

test("too many ways to read a history leave it undecided", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const events = [
    ...names.map((name) => fetching(name)),
    ...names.map((name) => arrive(name)),
    ...names.map((name) => release(name)),
    read(1),
    rows(1, 8, ..."in another order".split("").slice(0, 8)),
  ];
  expect(verdict(...events)).toEqual({ verdict: "undecided", attempts: 2000 });
});

describe("choices", () => {
  test("are enumerated depth first, each once", () => {
    const seen: string[] = [];
    for (let prefix: number[] | undefined = []; prefix !== undefined; ) {
      const choices: Choices = new Choices(prefix);
      const first = choices.next(2);
      const rest = first === 0 ? [choices.next(3)] : [choices.next(1), choices.next(2)];
      seen.push([first, ...rest].join(""));
      prefix = choices.following;
    }
    expect(seen).toEqual(["00", "01", "02", "100", "101"]);
  });
});
