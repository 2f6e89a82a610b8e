import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, insert, put, scan, tx } from "./histories/build.ts";
import { type Told, told } from "./histories/told.ts";

const aborted = { status: "aborted" } as const;
const reader = (id: string, seen: Json) => tx(id, [get("x", seen)]);

describe("what is told of a register", () => {
  test.each<[string, Transaction[], Told[]]>([
    [
      "a value from nowhere",
      [tx("A", [put("x", 1)]), reader("R", { n: 7 })],
      [["garbage-read", "R", 'R read {"n":7} at x, which nobody wrote']],
    ],
    [
      "a value that was undone",
      [tx("A", [put("x", 1)], aborted), reader("R", 1)],
      [["G1a", "R A", "R read 1 at x, which A had written and undone"]],
    ],
    [
      "a value that was undone and that its transaction had overwritten",
      [tx("A", [put("x", 1), put("x", 2)], aborted), reader("R", 1)],
      [["G1a", "R A", "R read 1 at x, which A had written and undone"]],
    ],
    [
      "a value that its transaction overwrote",
      [tx("A", [put("x", 1), put("x", 2)]), reader("R", 1), reader("S", 2)],
      [["G1b", "R A", "R read 1 at x, which A overwrote before it ended"]],
    ],
    [
      "a value that its reader wrote later",
      [tx("A", [get("x", 1), put("x", 1)]), tx("B", [get("y", 2), put("y", 2), put("y", 3)])],
      [
        ["internal", "A", "A read 1 at x before it wrote that itself"],
        ["internal", "B", "B read 2 at y before it wrote that itself"],
      ],
    ],
    [
      "nothing of a value that two wrote, one of which was undone",
      [tx("A", [put("x", 1)], aborted), tx("B", [put("x", 1)]), reader("R", 1)],
      [],
    ],
  ])("%s", (_, history, expected) => {
    expect(told(history)).toEqual(expected);
  });
});

describe("the commit counter", () => {
  const record = (id: string, seen: number | undefined, more: Partial<Transaction> = {}) => {
    const op: MicroOp = { op: "record", token: id, ...(seen === undefined ? {} : { seen }) };
    return tx(id, [op], more);
  };

  test("is judged as a register to which each one adds 1", () => {
    expect(checkIsolation([record("A", 1), record("B", 2), record("C", 3)])).toMatchObject({
      anomalies: [],
      unjudged: [],
    });
    expect(told([record("A", 2), record("B", 2)])).toEqual([
      ["garbage-read", "A", "A read 1 at the commit counter, which nobody wrote"],
      ["garbage-read", "B", "B read 1 at the commit counter, which nobody wrote"],
    ]);
    expect(told([record("A", 1), record("B", 1)])).toEqual([
      [
        "P4",
        "A B",
        "A and B each read the commit counter as null and wrote it: all but one of these updates rest on a state that was gone",
      ],
    ]);
    const early = record("B", 2, { begin: -2, end: -1 });
    expect(checkIsolation([record("A", 1), early]).anomalies[0]).toMatchObject({
      class: "G0-realtime",
      transactions: ["A", "B"],
    });
  });

  test("is no cell: nothing of its name is in the tables", () => {
    const history = [record("A", 1), tx("B", [get("the commit counter", null)]), tx("C", [scan("", "", [])])];
    expect(checkIsolation(history)).toMatchObject({ anomalies: [], unjudged: [] });
  });

  test("cannot be judged where nobody knows which number was taken", () => {
    const reason = "nobody can tell what B wrote here when it added 1";
    expect(checkIsolation([record("A", 1), record("B", undefined)])).toMatchObject({
      anomalies: [],
      unjudged: [{ key: "the commit counter", reason }],
    });
    expect(checkIsolation([record("A", 1), record("B", undefined, aborted)]).unjudged).toEqual([]);
  });
});

describe("what a key holds", () => {
  const unjudged = (history: readonly Transaction[], initial?: ReadonlyMap<string, Json>) =>
    checkIsolation(history, initial === undefined ? {} : { initial }).unjudged;

  test("a list that nobody appended to is empty where it is read as one and where there is no row", () => {
    expect(told([reader("R", []), reader("S", null)])).toEqual([]);
  });

  test("a list may be read by those who never append to it", () => {
    const initial = new Map<string, Json>([["x", [1]]]);
    expect(told([reader("R", [1])], { initial })).toEqual([]);
    expect(told([reader("R", [1, 7])], { initial })).toEqual([
      ["garbage-read", "R", "R read 7 at x, which nobody appended"],
    ]);
  });

  test("a list that is written and not appended to is a register's value", () => {
    const history = [tx("A", [put("x", [1])]), reader("R", [1]), reader("S", [1, 2])];
    expect(told(history)).toEqual([["garbage-read", "S", "S read [1,2] at x, which nobody wrote"]]);
    expect(unjudged(history)).toEqual([]);
  });

  test.each<[string, Transaction[], string, ReadonlyMap<string, Json>?]>([
    [
      "holds a number at the start and is appended to",
      [tx("A", [append("x", 1)])],
      "it is appended to and holds no list at the start",
      new Map([["x", 5]]),
    ],
    [
      "is appended to and written",
      [tx("A", [append("x", 1)]), tx("B", [put("x", 2)])],
      "it is appended to and also written by put",
    ],
    [
      "has one element appended twice",
      [tx("A", [append("x", { n: 1 })]), tx("B", [append("x", { n: 1 })])],
      '{"n":1} is appended to it twice, so that its readers cannot tell by whom',
    ],
    [
      "held at the start what is appended to it",
      [tx("A", [append("x", 1)])],
      "1 is appended to it twice, so that its readers cannot tell by whom",
      new Map([["x", [1]]]),
    ],
  ])("a key that %s is not judged", (_, history, reason, initial) => {
    expect(unjudged(history, initial)).toEqual([{ key: "x", reason }]);
  });

  test("after an operation on every row no register is judged, also one that only was there at the start; lists are", () => {
    const initial = new Map<string, Json>([
      ["x", 1],
      ["l", [1]],
    ]);
    const reason = "an operation wrote every row that fits a predicate, so that what it wrote here is not known";
    const append2 = tx("A", [append("l", 2)]);
    const all = (seen: number | undefined, more?: Partial<Transaction>) =>
      tx("B", [{ op: "addAll", n: 1, ...(seen === undefined ? {} : { seen }) }], more);
    expect(unjudged([append2, all(1)], initial)).toEqual([{ key: "x", reason }]);
    expect(unjudged([append2, all(undefined)], initial)).toEqual([{ key: "x", reason }]);
    expect(unjudged([append2, all(0)], initial)).toEqual([]);
    expect(unjudged([append2, all(undefined, aborted)], initial)).toEqual([]);
    expect(unjudged([append2, all(undefined, { status: "unknown" })], initial)).toEqual([{ key: "x", reason }]);
    expect(unjudged([append2, tx("B", [{ op: "deleteWhere", value: 5, seen: 0 }])], initial)).toEqual([]);
  });

  test("after an operation that changed no row a transaction still knows what it wrote", () => {
    const around = (op: MicroOp) => tx("A", [insert("x", 1), op, get("x", 2)]);
    expect(told([around({ op: "addAll", n: 1, seen: 0 })])).toEqual([
      ["internal", "A", "A saw 2 at x, although it had itself written 1"],
    ]);
    expect(told([around({ op: "addAll", n: 1, seen: 1 })])).toEqual([]);
  });

  test("rows of a range are reads of their keys", () => {
    const rows = tx("R", [
      scan("", "", [
        ["x", 1],
        ["y", 7],
      ]),
    ]);
    expect(told([tx("A", [put("x", 1), put("x", 2)]), rows])).toEqual([
      ["G1b", "R A", "R read 1 at x, which A overwrote before it ended"],
      ["garbage-read", "R", "R read 7 at y, which nobody wrote"],
    ]);
  });
});
