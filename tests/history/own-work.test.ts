/** What one transaction did and saw, beside its own earlier operations: what contradicts them, in whole sentences, and what does not. */
import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, insert, put, scan, tx } from "./histories/build.ts";

type Cells = Record<string, Json>;

const add = (key: string, n: number, seen: Json): MicroOp => ({ op: "add", key, n, seen });
const remove = (key: string, seen: boolean): MicroOp => ({ op: "delete", key, seen });
const addAll: MicroOp = { op: "addAll", n: 1, seen: 1 };
const unseenGet: MicroOp = { op: "get", key: "x" };
const unseenAdd: MicroOp = { op: "add", key: "x", n: 2 };
const unseenInsert: MicroOp = { op: "insert", key: "x", value: 8 };
const unseenDelete: MicroOp = { op: "delete", key: "x" };

const initialOf = (cells: Cells) => new Map(Object.entries(cells));
const anomalies = (history: readonly Transaction[], cells: Cells = {}) =>
  checkIsolation(history, { initial: initialOf(cells) }).anomalies;

describe("a transaction contradicts itself", () => {
  test.each<[string, MicroOp[], Cells, string]>([
    [
      "reads something else than it wrote",
      [put("x", 1), get("x", 2)],
      {},
      "T saw 2 at x, although it had itself written 1",
    ],
    [
      "reads nothing where it wrote",
      [put("x", 1), get("x", null)],
      {},
      "T saw null at x, although it had itself written 1",
    ],
    [
      "reads something else in a row of a range",
      [put("x", 1), scan("", "", [["x", 2]])],
      {},
      "T saw 2 at x, although it had itself written 1",
    ],
    [
      "reads what stood there before it wrote twice",
      [put("x", 1), put("x", 2), get("x", 1)],
      {},
      "T saw 1 at x, although it had itself written 2",
    ],
    [
      "reads something else than it inserted",
      [insert("x", 1), get("x", "1")],
      {},
      'T saw "1" at x, although it had itself written 1',
    ],
    [
      "reads something else than its sum",
      [add("x", 2, 2), get("x", 3)],
      {},
      "T saw 3 at x, although it had itself written 2",
    ],
    [
      "reads a row that it deleted",
      [remove("x", true), get("x", 7)],
      { x: 7 },
      "T saw 7 at x, although it had itself deleted it",
    ],
    [
      "reads 0 where it wrote null",
      [put("x", null), get("x", 0)],
      {},
      "T saw 0 at x, although it had itself written null",
    ],
    [
      "adds to what it wrote and gets another sum",
      [put("x", 1), add("x", 2, 4)],
      {},
      "T saw 4 at x, although it had itself written 1, before it added 2",
    ],
    [
      "adds to what it deleted as if it were there",
      [remove("x", true), add("x", 2, 9)],
      { x: 7 },
      "T saw 9 at x, although it had itself deleted it, before it added 2",
    ],
    [
      "adds to a text of its own",
      [put("x", "a"), add("x", 2, 2)],
      {},
      'T saw 2 at x, although it had itself written "a", before it added 2',
    ],
    [
      "adds to a null of its own, which is a row and no number",
      [put("x", null), add("x", 2, 2)],
      {},
      "T saw 2 at x, although it had itself written null, before it added 2",
    ],
    [
      "finds a key free that it wrote",
      [put("x", 1), insert("x", 2)],
      {},
      "T saw no row at x, although it had itself written 1, before it inserted there",
    ],
    [
      "finds no row to delete where it wrote",
      [put("x", 1), remove("x", false)],
      {},
      "T saw no row at x, although it had itself written 1, before it found nothing to delete",
    ],
    [
      "finds a key taken that it freed",
      [remove("x", true), insert("x", 2, false)],
      { x: 7 },
      "T saw a row at x, although it had itself deleted it",
    ],
    [
      "deletes a row twice",
      [remove("x", true), remove("x", true)],
      { x: 7 },
      "T saw a row at x, although it had itself deleted it",
    ],
    [
      "reads a list without what it appended",
      [append("x", 2), get("x", [1])],
      { x: [1] },
      "T saw [1] at x, although it had itself appended 2",
    ],
    [
      "reads a list without the first that it appended",
      [append("x", 2), append("x", 3), get("x", [3])],
      {},
      "T saw [3] at x, although it had itself appended 2, 3",
    ],
    [
      "reads what it appended in another order",
      [append("x", 2), append("x", 3), get("x", [3, 2])],
      {},
      "T saw [3,2] at x, although it had itself appended 2, 3",
    ],
    [
      "reads no list where it appended",
      [append("x", 2), get("x", null)],
      {},
      "T saw null at x, although it had itself appended 2",
    ],
  ])("where it %s", (_, ops, cells, message) => {
    expect(serialOrders([tx("T", ops)], initialOf(cells))).toEqual([]);
    expect(anomalies([tx("T", ops)], cells)).toEqual([{ class: "internal", transactions: ["T"], message }]);
  });

  test("only where it committed: of another nobody can tell what it saw", () => {
    const ops = [put("x", 1), get("x", 2), add("x", 1, 7), insert("x", 3), remove("x", true), remove("x", true)];
    for (const status of ["aborted", "unknown"] as const) expect(anomalies([tx("T", ops, { status })])).toEqual([]);
  });
});

describe("a read of what cannot be there", () => {
  test.each<[string, MicroOp[], Cells, string]>([
    ["a list that is a number", [append("y", 1), get("y", 7)], {}, "T read y as 7, which is no list"],
    ["a sum that is a text", [add("x", 2, "2")], {}, 'T added 2 to x and got "2"'],
    ["the number that a sum was made of", [add("x", 2, 8)], { x: 7 }, "T read 6 at x, which nobody wrote"],
    ["0 where there was no row", [get("x", 0)], {}, "T read 0 at x, which nobody wrote"],
    ["a number before there was any", [add("x", 2, 8)], {}, "T read 6 at x, which nobody wrote"],
    ["no row that an insert would have needed", [insert("x", 1)], { x: 7 }, "T read null at x, which nobody wrote"],
    ["no row that a delete has found", [remove("x", false)], { x: 7 }, "T read null at x, which nobody wrote"],
    ["what an insert was refused", [insert("x", 1, false), get("x", 1)], { x: 7 }, "T read 1 at x, which nobody wrote"],
    [
      "no row where a delete found none to delete",
      [remove("x", false), get("x", null)],
      { x: 7 },
      "T read null at x, which nobody wrote",
    ],
  ])("is told of %s", (_, ops, cells, message) => {
    expect(serialOrders([tx("T", ops)], initialOf(cells))).toEqual([]);
    expect(anomalies([tx("T", ops)], cells)).toEqual([{ class: "garbage-read", transactions: ["T"], message }]);
  });

  test("is told of a committed transaction alone", () => {
    const ops = [get("x", 1), get("y", [7, 1]), add("z", 2, 8), insert("w", 1), remove("v", false)];
    const cells = { x: 7, y: [7], z: 7, w: 7, v: 7 };
    expect(anomalies([tx("T", ops)], cells)).toHaveLength(5);
    for (const status of ["aborted", "unknown"] as const)
      expect(anomalies([tx("T", ops, { status })], cells)).toEqual([]);
  });
});

describe("a transaction that agrees with itself is accepted where it", () => {
  test.each<[string, MicroOp[], Cells]>([
    ["reads what it wrote last", [put("x", 1), put("x", 2), get("x", 2)], {}],
    ["adds to what it wrote", [put("x", 1), add("x", 2, 3), add("x", -1, 2)], {}],
    ["adds to what it deleted", [remove("x", true), add("x", 2, 2)], { x: 7 }],
    [
      "inserts where it deleted, and deletes that again",
      [remove("x", true), insert("x", 2), remove("x", true)],
      { x: 7 },
    ],
    ["finds a key taken that it inserted", [insert("x", 1), insert("x", 2, false), get("x", 1)], {}],
    ["finds nothing where it deleted", [remove("x", true), remove("x", false), get("x", null)], { x: 7 }],
    ["deletes what it wrote", [put("x", 1), remove("x", true)], {}],
    ["reads what it appended behind what was there", [append("x", 2), append("x", 3), get("x", [1, 2, 3])], { x: [1] }],
    [
      "reads what an operation on every number made of its own",
      [put("x", 1), addAll, get("x", 2), insert("x", 5, false)],
      {},
    ],
    ["reads without anyone knowing what", [unseenGet, append("y", 1), { op: "get", key: "y" }], { x: 7 }],
    [
      "inserts without anyone knowing whether the key was free",
      [unseenInsert, get("x", 7), insert("x", 1, false)],
      { x: 7 },
    ],
    [
      "deletes without anyone knowing whether there was a row",
      [unseenDelete, get("x", null), insert("x", 1)],
      { x: 7 },
    ],
    ["adds without anyone knowing the sum", [put("x", 1), unseenAdd, get("x", 3)], {}],
    ["adds to what it perhaps inserted", [unseenInsert, add("x", 2, 10)], {}],
    ["perhaps inserts where it deleted", [remove("x", true), unseenInsert], { x: 7 }],
    ["perhaps deletes what it deleted", [remove("x", true), unseenDelete], { x: 7 }],
    [
      "finds a key taken where it deleted and added, and nobody saw the sum",
      [remove("x", true), unseenAdd, insert("x", 5, false)],
      { x: 7 },
    ],
    ["adds to a number so small that the sum does not show it", [add("x", 5, 5)], { x: 1e-20 }],
    ["adds to a number so great that the sum is rounded", [add("x", 1, 2 ** 53)], { x: 2 ** 53 }],
    ["adds an integer to a fraction", [add("x", 2, 2.1)], { x: 0.1 }],
    ["adds a fraction that the sum rounds up", [add("x", 0.5, 2 ** 52 + 2)], { x: 2 ** 52 + 1 }],
    ["adds a fraction to one", [add("x", 0.1, 1.0000000000000002 + 0.1)], { x: 1.0000000000000002 }],
    ["adds so much that the sum shows nothing of what was there", [add("x", 2 ** 60, 2 ** 60)], { x: 7 }],
  ])("%s", (_, ops, cells) => {
    expect(serialOrders([tx("T", ops)], initialOf(cells))).toEqual([["T"]]);
    expect(anomalies([tx("T", ops)], cells)).toEqual([]);
  });
});
