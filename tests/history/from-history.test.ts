import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { extract, transactionsOf } from "../../conformance/history/isolation/from-history.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import type { CallResult } from "../../conformance/protocol/schemas.ts";

const opened: HistoryEvent[] = [
  { kind: "load", module: "script", source: "script" },
  { kind: "connect", connection: "c", module: "script" },
  { kind: "connected", connection: "c" },
];
const submit = (call: string, name: string, args: Record<string, Json>): HistoryEvent => ({
  kind: "submit",
  call,
  connection: "c",
  function: name,
  args,
});
const returned = (call: string, value: Json, seqs: number[]): HistoryEvent => ({
  kind: "result",
  call,
  result: { outcome: "returned", value, seqs },
});
const failed = (call: string, seqs: number[]): HistoryEvent => {
  const error = { category: "cancelled" as const, message: "cancelled", function: "play" };
  return { kind: "result", call, result: { outcome: "failed", error, seqs } as CallResult };
};
const url = "http://127.0.0.1:1/g/1/first";
const arrived: HistoryEvent = {
  kind: "origin",
  event: { kind: "arrive", gate: "first", method: "GET", target: "/g/1/first", bytes: 0 },
};
const released: HistoryEvent = {
  kind: "origin",
  event: { kind: "release", gate: "first", status: 200, bytes: 2, text: "ok" },
};
const steps: Json[] = [{ tx: [["append", "x", 1]] }, { fetch: url }, { tx: [["get", "x"]] }];

describe("the transactions of a history", () => {
  test("are those of the script's calls, each between its stimulus and its observation", () => {
    const events = [
      ...opened,
      submit("r", "run", {
        ops: [
          ["put", "a", 1],
          ["point", "here"],
          ["add", "n", 2],
        ],
      }),
      submit("p", "play", { steps }),
      arrived,
      returned("r", [null, null, 2], [1]),
      released,
      returned("p", [{ tx: [null] }, { status: 200, body: "ok" }, { tx: [[1]] }], [2, 3]),
    ];
    const { transactions, misfits } = extract(events);
    expect(misfits).toEqual([]);
    expect(transactions).toEqual([
      {
        id: "r",
        process: "r",
        status: "committed",
        seq: 1,
        begin: 3,
        end: 6,
        ops: [
          { op: "put", key: "a", value: 1 },
          { op: "add", key: "n", n: 2, seen: 2 },
        ],
      },
      {
        id: "p.1",
        process: "p",
        status: "committed",
        seq: 2,
        begin: 4,
        end: 5,
        ops: [{ op: "append", key: "x", element: 1 }],
      },
      {
        id: "p.2",
        process: "p",
        status: "committed",
        seq: 3,
        begin: 7,
        end: 8,
        ops: [{ op: "get", key: "x", seen: [1] }],
      },
    ]);
  });

  test("begin after the release only where the response came", () => {
    const refused = [{ tx: [null] }, { refused: "timeout" }, { tx: [[1]] }];
    const [, after] = transactionsOf([
      ...opened,
      submit("p", "play", { steps }),
      arrived,
      released,
      returned("p", refused, [1, 2]),
    ]);
    expect(after).toMatchObject({ begin: 3, end: 6 });
  });

  test("do not take their times from a URL that two calls fetch", () => {
    const transactions = transactionsOf([
      ...opened,
      submit("p", "play", { steps }),
      submit("q", "play", { steps }),
      arrived,
    ]);
    expect(transactions.every(({ end }) => end === Number.POSITIVE_INFINITY)).toBe(true);
  });

  test("are undone where they were said to be, without a commit number", () => {
    const plan = {
      steps: [
        { tx: [["append", "x", 1], ["abort"], ["append", "x", 2]] },
        { tx: [["append", "x", 3]] },
        { tx: [["append", "x", 4]] },
      ],
    };
    const observed = [{ undone: "abort" }, { undone: "conflict" }, { tx: [null] }];
    const transactions = transactionsOf([...opened, submit("p", "play", plan), returned("p", observed, [5])]);
    expect(transactions.map(({ status, seq, ops }) => ({ status, seq, ops: ops.length }))).toEqual([
      { status: "aborted", seq: undefined, ops: 1 },
      { status: "aborted", seq: undefined, ops: 1 },
      { status: "committed", seq: 5, ops: 1 },
    ]);
  });

  test("of a call that failed are known by the number of its commits, where that leaves no choice", () => {
    const plan = {
      steps: [
        { tx: [["append", "x", 1]] },
        { tx: [["append", "x", 2]] },
        { fail: "here" },
        { tx: [["append", "x", 3]] },
      ],
    };
    const statuses = (seqs: number[] | undefined) =>
      transactionsOf([...opened, submit("p", "play", plan), ...(seqs === undefined ? [] : [failed("p", seqs)])]).map(
        ({ status }) => status,
      );
    expect(statuses([])).toEqual(["aborted", "aborted", "aborted"]);
    expect(statuses([7])).toEqual(["unknown", "unknown", "aborted"]);
    expect(statuses([7, 8])).toEqual(["committed", "committed", "aborted"]);
    expect(statuses(undefined)).toEqual(["unknown", "unknown", "aborted"]);
  });

  test("include what was read of the cells from outside", () => {
    const events: HistoryEvent[] = [
      ...opened,
      submit("r", "run", { ops: [["append", "x", 1]] }),
      returned("r", [null], [1]),
      { kind: "read", read: 0, module: "script", table: "cells" },
      { kind: "rows", read: 0, table: "cells", rows: [], seq: 1 },
    ];
    const transactions = transactionsOf(events);
    expect(transactions[1]).toEqual({
      id: "read 0",
      process: "read 0",
      status: "committed",
      seq: 1.5,
      begin: 5,
      end: 6,
      ops: [{ op: "scan", from: "", to: "", seen: [] }],
    });
    expect(checkIsolation(transactions).anomalies.map((one) => one.class)).toEqual([
      "lost-append",
      "G-single-realtime",
    ]);
  });

  test("do not come from results that do not fit the plan, and that is told", () => {
    const misfits = (value: Json, seqs: number[]) =>
      extract([...opened, submit("p", "play", { steps: [{ tx: [["get", "x"]] }] }), returned("p", value, seqs)])
        .misfits;
    expect(misfits("nothing", [1])).toEqual(["the result of p is no list of observations"]);
    expect(misfits([], [1])).toEqual(["the result of p has 0 observations of 1 steps"]);
    expect(misfits([{ tx: [] }], [1])).toEqual(["the result of p has, at step 0, no observation of that step"]);
    expect(misfits([{ tx: [null] }], [])).toEqual([
      "p returned the observations of 1 committed transactions and reported 0 commits",
    ]);
  });

  test("are asked of one module: which, must be said where there are several", () => {
    expect(() => transactionsOf([])).toThrow("the history loads no module script");
    const twice: HistoryEvent[] = [...opened, { kind: "load", module: "script 2", source: "script" }];
    expect(() => transactionsOf(twice)).toThrow(
      "the history loads 2 modules script (script, script 2): say which one to check",
    );
    expect(transactionsOf([...twice, submit("r", "run", { ops: [] })], "script 2")).toEqual([]);
  });
});
