/** What the arguments of a call of the module `script` ask for (`modules/script`), as the checkers of isolation read it. */
import { describe, expect, test } from "vitest";
import { planOf, type Step, withObservations, writesOf } from "../../conformance/history/isolation/plan.ts";
import type { MicroOp } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";

const ops: Json[][] = [
  ["put", "x", 1],
  ["get", "x"],
];

describe("the plan of a call", () => {
  test("of the reducer run is one transaction", () => {
    expect(planOf("run", { ops })).toEqual({ isReducer: true, steps: [{ kind: "tx", ops, aborts: false }] });
  });

  test.each(["play", "playBlocking"])("of the procedure %s is its steps", (name) => {
    const steps = [{ fetch: "http://127.0.0.1:1/a" }, { tx: ops }];
    expect(planOf(name, { steps })).toEqual({
      isReducer: false,
      steps: [
        { kind: "fetch", url: "http://127.0.0.1:1/a" },
        { kind: "tx", ops, aborts: false },
      ],
    });
  });

  test.each<[string, string, Record<string, Json>]>([
    ["a function that the module does not have", "replay", { ops, steps: [{ tx: ops }] }],
    ["a reducer without operations", "run", { steps: [{ tx: ops }] }],
    ["operations that are no list", "run", { ops: "put" }],
    ["operations of which one is no list", "run", { ops: [["put", "x", 1], "get"] }],
    ["a procedure without steps", "play", { ops }],
    ["steps that are no list", "playBlocking", { steps: { tx: ops } }],
  ])("is none for %s", (_, name, args) => {
    expect(planOf(name, args)).toBeUndefined();
  });

  test.each<[string, Json, Step]>([
    ["a transaction", { tx: ops }, { kind: "tx", ops, aborts: false }],
    [
      "a transaction that is undone in the end",
      { tx: [...ops, ["abort"]] },
      { kind: "tx", ops: [...ops, ["abort"]], aborts: true },
    ],
    ["a fetch", { fetch: "http://127.0.0.1:1/a" }, { kind: "fetch", url: "http://127.0.0.1:1/a" }],
    ["a sleep", { sleep: 5 }, { kind: "other" }],
    ["a failure", { fail: "here" }, { kind: "fail" }],
    ["a step that the module does not know, which fails", { wait: 5 }, { kind: "fail" }],
    ["a transaction whose operations are no lists, which fails", { tx: ["get"] }, { kind: "fail" }],
    ["what is no step at all, which fails: null", null, { kind: "fail" }],
    ["what is no step at all, which fails: a text", "tx", { kind: "fail" }],
    ["what is no step at all, which fails: a list", [ops], { kind: "fail" }],
  ])("has a step for %s", (_, step, read) => {
    expect(planOf("play", { steps: [step] })).toEqual({ isReducer: false, steps: [read] });
  });
});

/** An operation, what the module gives for it, and how the checkers know it: without what was observed, and with it. */
const operations: readonly [
  op: readonly Json[],
  given: Json,
  known: MicroOp,
  observed: Partial<Record<"seen", Json>>,
][] = [
  [["get", "x"], 7, { op: "get", key: "x" }, { seen: 7 }],
  [["get", "x"], null, { op: "get", key: "x" }, { seen: null }],
  [["put", "x", [1]], null, { op: "put", key: "x", value: [1] }, {}],
  [["add", "x", 2], 9, { op: "add", key: "x", n: 2 }, { seen: 9 }],
  [["append", "x", "e"], null, { op: "append", key: "x", element: "e" }, {}],
  [["insert", "x", 1], false, { op: "insert", key: "x", value: 1 }, { seen: false }],
  // It gives null, and its transaction could not have committed had there been a row.
  [["insertOrFail", "x", 1], null, { op: "insert", key: "x", value: 1 }, { seen: true }],
  [["delete", "x"], true, { op: "delete", key: "x" }, { seen: true }],
  [["scan", "a", "m"], [["b", 1]], { op: "scan", from: "a", to: "m" }, { seen: [["b", 1]] }],
  [["where", 3], [], { op: "where", divisor: 3 }, { seen: [] }],
  [["addAll", 4], 2, { op: "addAll", n: 4 }, { seen: 2 }],
  [["deleteWhere", 6], 1, { op: "deleteWhere", value: 6 }, { seen: 1 }],
  [["record", "t"], 3, { op: "record", token: "t" }, { seen: 3 }],
];

describe("an operation", () => {
  test.each(operations)("%j that gave %j is known with that", (op, given, known, observed) => {
    expect(withObservations([op], [given])).toStrictEqual([{ ...known, ...observed }]);
  });

  test.each(operations)("%j of which nothing was observed is known without it", (op, _, known) => {
    expect(withObservations([op], undefined)).toStrictEqual([known]);
    expect(writesOf([op])).toStrictEqual([known]);
  });

  test.each<[Json[]]>([[["point", "here"]], [["abort"]], [["increment", "x"]]])(
    "%j does nothing to the cells",
    (op) => {
      expect(withObservations([op], [null])).toEqual([]);
      expect(writesOf([op])).toEqual([]);
    },
  );

  test.each<[Json]>([
    ["rows"],
    [7],
    [null],
    [["x"]],
    [[["x", 1, 2]]],
    [[["x"]]],
    [[[1, "x"]]],
    [[["x", 1], "y"]],
    [["xy"]],
  ])("that reads rows and gave %j, which are none, is known without what it observed", (given) => {
    expect(withObservations([["scan", "", ""]], [given])).toStrictEqual([{ op: "scan", from: "", to: "" }]);
    expect(withObservations([["where", 2]], [given])).toStrictEqual([{ op: "where", divisor: 2 }]);
  });
});

describe("the operations of a transaction", () => {
  test("are each known with its own observation, whatever stands between them", () => {
    expect(
      withObservations(
        [
          ["get", "x"],
          ["point", "here"],
          ["add", "n", 1],
          ["get", "y"],
        ],
        ["a", null, 5, "b"],
      ),
    ).toEqual([
      { op: "get", key: "x", seen: "a" },
      { op: "add", key: "n", n: 1, seen: 5 },
      { op: "get", key: "y", seen: "b" },
    ]);
  });

  test("end where it undoes itself", () => {
    const put = (key: string): Json[] => ["put", key, 1];
    expect(writesOf([put("a"), put("b"), ["abort"], put("c")]).map((op) => "key" in op && op.key)).toEqual(["a", "b"]);
    expect(writesOf([["abort"], put("a")])).toEqual([]);
    expect(writesOf([put("a"), put("b")])).toHaveLength(2);
  });
});
