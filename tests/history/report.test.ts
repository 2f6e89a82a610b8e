/** What a check reports beside its anomalies: what it left out, how many it kept, how large the graph was. */
import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import { append, get, put, tx } from "./histories/build.ts";

const record = (seen: number): MicroOp => ({ op: "record", token: "t", seen });
const everyRow = "an operation wrote every row that fits a predicate, so that what it wrote here is not known";
const appendsInTwoOrders = [
  tx("A", [append("x", 1), append("y", 10)]),
  tx("B", [append("x", 2), append("y", 20)]),
  tx("R", [get("x", [1, 2]), get("y", [20, 10])]),
];

describe("an operation on every row that fits a predicate", () => {
  test.each<[string, MicroOp]>([
    ["addAll", { op: "addAll", n: 1, seen: 2 }],
    ["deleteWhere", { op: "deleteWhere", value: 3, seen: 1 }],
  ])("(%s) takes the registers out of the judgement, and neither lists nor the commit counter", (_, op) => {
    const report = checkIsolation([
      tx("P", [op]),
      tx("S", [put("n", 1), get("m", 8), record(1)]),
      tx("T", [record(1)]),
      ...appendsInTwoOrders,
    ]);
    expect(report.unjudged).toEqual([
      { key: "n", reason: everyRow },
      { key: "m", reason: everyRow },
    ]);
    expect(report.anomalies.map((one) => one.class)).toEqual(["G0", "G2-item", "P4"]);
  });

  test("that changed nothing, or was undone, takes nothing out", () => {
    const report = checkIsolation([
      tx("P", [{ op: "addAll", n: 1, seen: 0 }]),
      tx("U", [{ op: "deleteWhere", value: 3 }], { status: "aborted" }),
      tx("S", [get("m", 8)]),
    ]);
    expect(report.unjudged).toEqual([]);
    expect(report.anomalies.map((one) => one.class)).toEqual(["garbage-read"]);
  });

  test("does not hide why a register could not be judged anyhow", () => {
    const addition = tx("T", [{ op: "add", key: "n", n: 5 }], { status: "unknown" });
    const { unjudged } = checkIsolation([addition, tx("P", [{ op: "addAll", n: 1, seen: 2 }])]);
    expect(unjudged).toEqual([{ key: "n", reason: "nobody can tell what T wrote here when it added 5" }]);
  });
});

test("a key that cannot be judged accuses nobody", () => {
  const history = [tx("A", [append("x", 1)]), tx("B", [append("x", 1)]), tx("R", [get("x", [1, 1]), get("y", null)])];
  expect(checkIsolation(history)).toMatchObject({
    anomalies: [],
    unjudged: [{ key: "x", reason: "1 is appended to it twice, so that its readers cannot tell by whom" }],
  });
});

describe("of each class", () => {
  const garbage = (count: number) => Array.from({ length: count }, (_, n) => tx(`R${n}`, [get("x", n)]));

  test("sixteen anomalies are kept unless another number is said, and all are counted", () => {
    for (const [perClass, kept] of [
      [undefined, 16],
      [3, 3],
      [20, 20],
    ] as const) {
      const report = checkIsolation(garbage(20), perClass === undefined ? {} : { perClass });
      expect(report.anomalies).toHaveLength(kept);
      expect([...report.counts]).toEqual([["garbage-read", 20]]);
    }
  });
});

describe("the size of the graph", () => {
  const unknown = { status: "unknown" } as const;
  const read = tx("R", [get("x", 1)]);
  test.each<[string, Transaction[], number, number]>([
    ["nothing", [], 0, 0],
    ["a writer and its reader", [tx("W", [put("x", 1)]), tx("R", [get("x", 1)])], 2, 1],
    ["two that do not meet", [tx("W", [put("x", 1)]), tx("V", [put("y", 1)])], 2, 0],
    ["one that was undone, though its write was read", [tx("U", [put("x", 1)], { status: "aborted" }), read], 1, 0],
    ["one of which nobody knows, whose write was not read", [tx("U", [put("x", 1)], unknown), tx("R", [])], 1, 0],
    [
      "one of which nobody knows, whose write was read",
      [tx("U", [put("x", 1)], unknown), tx("R", [get("x", 1)])],
      2,
      1,
    ],
    [
      "one of which nobody knows, whose append was read",
      [tx("U", [append("x", 1)], unknown), tx("R", [get("x", [1])])],
      2,
      1,
    ],
  ])("of %s", (_, history, transactions, edges) => {
    expect(checkIsolation(history, { orders: [] })).toMatchObject({ transactions, edges });
  });
});

test("a cycle may use every order unless others are said", () => {
  const session = [tx("A", [get("x", 1)], { process: "p" }), tx("B", [put("x", 1)], { process: "p" })];
  const inTime = [tx("A", [get("x", 1)], { begin: 0, end: 1 }), tx("B", [put("x", 1)], { begin: 2, end: 3 })];
  const numbered = [tx("A", [get("x", 1)], { seq: 1 }), tx("B", [put("x", 1)], { seq: 2 })];
  for (const [history, order] of [
    [session, "process"],
    [inTime, "realtime"],
    [numbered, "seq"],
  ] as const) {
    expect(checkIsolation(history).anomalies.map((one) => one.class)).toEqual([`G1c-${order}`]);
    expect(checkIsolation(history, { orders: [order] }).anomalies).toHaveLength(1);
    const others = (["process", "realtime", "seq"] as const).filter((one) => one !== order);
    expect(checkIsolation(history, { orders: others }).anomalies).toEqual([]);
  }
});

test("commit numbers order the versions of a register only where they may be used", () => {
  const history = [
    tx("V", [put("x", 1), get("y", null)], { seq: 1 }),
    tx("W", [put("x", 2), put("y", 1)], { seq: 2 }),
    tx("R", [get("x", 1), get("y", 1)], { seq: 3 }),
  ];
  expect(checkIsolation(history, { orders: ["seq"] }).anomalies.map((one) => one.class)).toEqual(["G-single-item"]);
  expect(checkIsolation(history, { orders: ["realtime"] }).anomalies).toEqual([]);
});
