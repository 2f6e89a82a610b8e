/** Which events of a history are transactions, when they ran, and what became of them: beside `from-history.test.ts`, the less usual. */
import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { extract, transactionsOf } from "../../conformance/history/isolation/from-history.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import type { CallResult } from "../../conformance/protocol/schemas.ts";

const load = (module: string, source: string): HistoryEvent => ({ kind: "load", module, source });
const connect = (connection: string, module: string): HistoryEvent => ({ kind: "connect", connection, module });
const opened = [load("script", "script"), connect("c", "script"), { kind: "connected" as const, connection: "c" }];
const submit = (call: string, name: string, args: Record<string, Json>, connection = "c"): HistoryEvent => ({
  kind: "submit",
  call,
  connection,
  function: name,
  args,
});
const play = (...steps: Json[]) => submit("p", "play", { steps });
const returned = (call: string, value: Json, seqs: number[]): HistoryEvent => ({
  kind: "result",
  call,
  result: { outcome: "returned", value, seqs },
});
const failed = (call: string, seqs: number[]): HistoryEvent => {
  const error = { category: "cancelled" as const, message: "cancelled", function: "play" };
  return { kind: "result", call, result: { outcome: "failed", error, seqs } as CallResult };
};
const fetchOf = (gate: string): Json => ({ fetch: `http://127.0.0.1:1/${gate}` });
const arrive = (gate: string): HistoryEvent => ({
  kind: "origin",
  event: { kind: "arrive", gate, method: "GET", target: `/${gate}`, bytes: 0 },
});
const release = (gate: string): HistoryEvent => ({
  kind: "origin",
  event: { kind: "release", gate, status: 200, bytes: 2, text: "ok" },
});
const append = (element: Json): Json => ({ tx: [["append", "x", element]] });
const done: Json = { tx: [null] };
const response: Json = { status: 200, body: "ok" };

const idsOf = (events: readonly HistoryEvent[], module?: string) => transactionsOf(events, module).map(({ id }) => id);
const statusesOf = (...events: HistoryEvent[]) => transactionsOf([...opened, ...events]).map(({ status }) => status);
const misfitsOf = (...events: HistoryEvent[]) => extract([...opened, ...events]).misfits;
const timesOf = (...events: HistoryEvent[]) =>
  transactionsOf([...opened, ...events]).map(({ id, begin, end }) => ({ id, begin, end }));

describe("the transactions of a module", () => {
  const ops = { ops: [["put", "x", 1]] };
  const read = (number: number, module: string, table: string): HistoryEvent[] => [
    { kind: "read", read: number, module, table },
    { kind: "rows", read: number, table, rows: [], seq: 2 },
  ];

  test("are those of its own connections, and what was read of its own cells", () => {
    const events: HistoryEvent[] = [
      load("relay", "relay"),
      load("script", "script"),
      load("script 2", "script"),
      connect("c", "script"),
      connect("d", "script 2"),
      connect("e", "relay"),
      { kind: "connected", connection: "d" },
      submit("one", "run", ops),
      submit("two", "run", ops, "d"),
      submit("three", "run", ops, "e"),
      { kind: "disconnect", connection: "d" },
      ...read(1, "script", "cells"),
      ...read(2, "script 2", "cells"),
      ...read(3, "script 2", "log"),
      ...read(4, "script", "log"),
      ...read(5, "relay", "cells"),
    ];
    expect(idsOf(events, "script")).toEqual(["one", "read 1"]);
    expect(idsOf(events, "script 2")).toEqual(["two", "read 2"]);
    expect(idsOf(events, "script 3")).toEqual([]);
  });

  test("are found without its name beside other modules, and where code of it was put in its place", () => {
    const updates: HistoryEvent[] = ["script", "relay"].flatMap((module) => [
      { kind: "update", module, source: "script" },
      { kind: "updated", module },
    ]);
    expect(idsOf([load("relay", "relay"), ...opened, ...updates, submit("r", "run", ops)])).toEqual(["r"]);
  });

  test("are not calls of what runs no transaction, whether these have ended or not", () => {
    expect(
      extract([
        ...opened,
        submit("a", "nothing", { steps: [append(1)] }),
        submit("b", "run", { ops: "nothing" }),
        submit("c", "play", {}),
        returned("a", [done], [1]),
        failed("b", []),
      ]),
    ).toEqual({ transactions: [], misfits: [] });
  });
});

describe("a transaction ran", () => {
  const steps = [append(1), fetchOf("a"), append(2), fetchOf("b"), append(3)];

  test("between what came before and after it in its call", () => {
    const seen = [done, response, done, response, done];
    const events = [
      play(...steps),
      arrive("a"),
      release("a"),
      arrive("b"),
      release("b"),
      returned("p", seen, [1, 2, 3]),
    ];
    expect(timesOf(...events)).toEqual([
      { id: "p.1", begin: 3, end: 4 },
      { id: "p.2", begin: 5, end: 6 },
      { id: "p.3", begin: 7, end: 8 },
    ]);
  });

  test("after its call's submission, where the call has not told that it went on", () => {
    expect(timesOf(play(...steps), arrive("a"), release("a"), arrive("b"))).toEqual([
      { id: "p.1", begin: 3, end: 4 },
      { id: "p.2", begin: 3, end: 6 },
      { id: "p.3", begin: 3, end: Number.POSITIVE_INFINITY },
    ]);
  });

  test("before its call had ended, even if a request arrives only then", () => {
    expect(timesOf(play(append(1), fetchOf("a")), failed("p", [1]), arrive("a"))).toEqual([
      { id: "p.1", begin: 3, end: 4 },
    ]);
  });

  test("after all responses that its call had fetched before, in whatever order they were released", () => {
    const events = [play(fetchOf("a"), fetchOf("b"), append(1)), arrive("a"), arrive("b"), release("b"), release("a")];
    expect(timesOf(...events, returned("p", [response, response, done], [1]))).toEqual([
      { id: "p.1", begin: 7, end: 8 },
    ]);
  });
});

describe("what became of the transactions of a call that failed", () => {
  const undone: Json = { tx: [["append", "x", 9], ["abort"]] };

  test("is known where each that could commit has: other steps and those that undo themselves do not count", () => {
    const steps = [append(1), fetchOf("a"), undone, { sleep: 5 }, append(2)];
    expect(transactionsOf([...opened, play(...steps, { fail: "here" }), failed("p", [4, 7])])).toMatchObject([
      { id: "p.1", status: "committed", seq: 4 },
      { id: "p.2", status: "aborted" },
      { id: "p.3", status: "committed", seq: 7 },
    ]);
  });

  test.each<[string, Json[], number[] | undefined, string[]]>([
    ["that fails at once: none ran", [{ fail: "here" }, append(1)], undefined, ["aborted"]],
    ["that fails in the end: all may have run", [append(1), { fail: "here" }], undefined, ["unknown"]],
    [
      "with a step that the module does not know: none after it ran",
      [append(1), {}, append(2)],
      [1],
      ["committed", "aborted"],
    ],
    ["without a commit: none", [append(1), append(2)], [], ["aborted", "aborted"]],
    ["with fewer commits than could be: nobody knows which", [append(1), append(2)], [1], ["unknown", "unknown"]],
    ["with more commits than could be: nobody knows", [append(1)], [1, 2], ["unknown"]],
    ["that only undoes: none", [undone], undefined, ["aborted"]],
  ])("%s", (_, steps, seqs, statuses) => {
    expect(statusesOf(play(...steps), ...(seqs === undefined ? [] : [failed("p", seqs)]))).toEqual(statuses);
  });

  test("is no misfit, however many commits it has", () => {
    for (const seqs of [[], [1], [1, 2], [1, 2, 3]])
      expect(misfitsOf(play(append(1), append(2)), failed("p", seqs))).toEqual([]);
  });

  test("says what they wrote; what they read was seen by nobody", () => {
    const reads: Json = { tx: [["get", "x"], ["put", "y", 1], ["abort"], ["put", "z", 1]] };
    expect(transactionsOf([...opened, play({ tx: [["get", "x"]] }), failed("p", [4])])).toStrictEqual([
      { id: "p.1", process: "p", status: "committed", seq: 4, begin: 3, end: 4, ops: [{ op: "get", key: "x" }] },
    ]);
    const ops = [
      { op: "get", key: "x" },
      { op: "put", key: "y", value: 1 },
    ];
    expect(transactionsOf([...opened, play(reads), failed("p", [])])).toStrictEqual([
      { id: "p.1", process: "p", status: "aborted", begin: 3, end: 4, ops },
    ]);
  });
});

describe("a result does not fit its plan", () => {
  const get: Json = { tx: [["get", "x"]] };
  const noObservation = (step: number) => `the result of p has, at step ${step}, no observation of that step`;

  test.each<[string, Json[], Json, string]>([
    ["null for the list", [get], null, "the result of p is no list of observations"],
    ["an object for the list", [get], { tx: [1] }, "the result of p is no list of observations"],
    ["an observation too many", [get], [done, done], "the result of p has 2 observations of 1 steps"],
    ["null for a transaction", [get], [null], noObservation(0)],
    ["a text for a transaction", [get], ["undone"], noObservation(0)],
    ["an observation of another kind of step", [get], [response], noObservation(0)],
    ["a transaction's observations that are no list", [get], [{ tx: 1 }], noObservation(0)],
    ["an observation too many in a transaction", [get, get], [done, { tx: [1, 2] }], noObservation(1)],
    ["null for a fetch", [get, fetchOf("a"), get], [done, null, done], noObservation(1)],
    ["a number for a sleep", [get, get, { sleep: 5 }], [done, done, 5], noObservation(2)],
  ])("with %s", (_, steps, value, words) => {
    const commits = steps.filter((step) => step === get).map((_, at) => at + 1);
    expect(misfitsOf(play(...steps), returned("p", value, commits))).toEqual([words]);
  });

  test("with no list for a reducer's observations", () => {
    expect(misfitsOf(submit("r", "run", { ops: [["get", "x"]] }), returned("r", 1, [1]))).toEqual([
      "the result of r has, at step 0, no observation of that step",
    ]);
  });

  test("and then its commits tell what they tell of a call that failed", () => {
    expect(transactionsOf([...opened, play(get, get), returned("p", "nothing", [3, 4])])).toStrictEqual(
      [1, 2].map((n) => ({
        id: `p.${n}`,
        process: "p",
        status: "committed",
        seq: n + 2,
        begin: 3,
        end: 4,
        ops: [{ op: "get", key: "x" }],
      })),
    );
  });

  test("where its commits are not as many as the transactions that were not undone; none is given a number then", () => {
    const events = [...opened, play(get, get, get), returned("p", [done, { undone: "conflict" }, done], [3])];
    const { transactions, misfits } = extract(events);
    expect(misfits).toEqual(["p returned the observations of 2 committed transactions and reported 1 commits"]);
    expect(transactions.map(({ status }) => status)).toEqual(["committed", "aborted", "committed"]);
    for (const transaction of transactions) expect(transaction).not.toHaveProperty("seq");
  });
});
