/** What one transaction leaves for others to read, and where nobody can tell that. */
import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, insert, put, tx } from "./histories/build.ts";

const add = (key: string, n: number, seen: Json): MicroOp => ({ op: "add", key, n, seen });
const remove = (key: string, seen: boolean): MicroOp => ({ op: "delete", key, seen });
const unseenAdd: MicroOp = { op: "add", key: "x", n: 2 };
const unseenInsert: MicroOp = { op: "insert", key: "x", value: 8 };
const unseenDelete: MicroOp = { op: "delete", key: "x" };

const anomalies = (history: readonly Transaction[], cells: Record<string, Json> = {}) =>
  checkIsolation(history, { initial: new Map(Object.entries(cells)) }).anomalies;

describe("what a transaction leaves", () => {
  const reader = (seen: Json) => tx("R", [get("x", seen)]);

  test.each<[string, MicroOp[], Json, string]>([
    ["is not what it wrote over", [put("x", 1), put("x", 2)], 1, "R read 1 at x, which T overwrote before it ended"],
    [
      "is not what it deleted again",
      [insert("x", 1), remove("x", true)],
      1,
      "R read 1 at x, which T overwrote before it ended",
    ],
    [
      "is not what it then added to",
      [put("x", 1), add("x", 1, 2)],
      1,
      "R read 1 at x, which T overwrote before it ended",
    ],
    [
      "is not the list before its last append",
      [append("x", 1), append("x", 2)],
      [1],
      "R read x up to 1, although T appended more to it before it ended",
    ],
  ])("%s", (_, ops, seen, message) => {
    expect(anomalies([tx("T", ops), reader(seen)])).toContainEqual({ class: "G1b", transactions: ["R", "T"], message });
  });

  test.each<[string, MicroOp[], Json]>([
    ["what it wrote, where nobody knows whether it deleted it", [put("x", 1), unseenDelete], 1],
    ["what was there, where nobody knows whether it inserted", [unseenInsert], 7],
    ["what was there, where it was refused to insert", [insert("x", 1, false)], 7],
    ["what was there, where it found another key free", [insert("y", 1)], 7],
    ["what it inserted, where nobody knows whether it did", [unseenInsert], 8],
    ["no row, where it deleted that", [remove("x", true)], null],
    ["no row, where nobody knows whether it deleted that", [unseenDelete], null],
  ])("may be %s", (_, ops, seen) => {
    expect(anomalies([tx("T", ops), reader(seen)], { x: 7 })).toEqual([]);
  });

  test("is not what it surely wrote over, even where nobody knows whether it then deleted that", () => {
    const early = tx("T", [put("x", 1), unseenDelete], { begin: 0, end: 1 });
    const late = tx("R", [get("x", 7)], { begin: 2, end: 3 });
    expect(anomalies([early, late], { x: 7 }).map((one) => one.class)).toEqual(["G-single-item-realtime"]);
  });

  test("is not the 0 that was there, to which another adds later", () => {
    const early = tx("T", [put("x", 3)], { begin: 0, end: 1 });
    const late = tx("R", [add("x", 5, 5)], { begin: 2, end: 3 });
    expect(anomalies([early, late], { x: 0 }).map((one) => one.class)).toContain("G-single-item-realtime");
  });

  test("is not what it was refused to insert", () => {
    expect(anomalies([tx("T", [insert("x", 1, false)]), reader(1)], { x: 7 })).toEqual([
      { class: "garbage-read", transactions: ["R"], message: "R read 1 at x, which nobody wrote" },
    ]);
  });
});

describe("a key is not judged", () => {
  const unjudged = (...history: Transaction[]) => checkIsolation(history).unjudged;

  test.each<[string, Transaction[], string]>([
    [
      "to which is appended and which is written, too",
      [tx("T", [append("x", 1)]), tx("U", [put("x", 2)])],
      "it is appended to and also written by put",
    ],
    [
      "to which is appended and added",
      [tx("T", [append("x", 1)]), tx("U", [add("x", 2, 2)]), tx("V", [put("x", 2)])],
      "it is appended to and also written by add",
    ],
    [
      "to which one value is appended twice",
      [tx("T", [append("x", [1])]), tx("U", [append("x", [1])])],
      "[1] is appended to it twice, so that its readers cannot tell by whom",
    ],
    [
      "to which two values are appended twice: the first is told",
      [tx("T", [append("x", 1), append("x", 2)]), tx("U", [append("x", 1), append("x", 2)])],
      "1 is appended to it twice, so that its readers cannot tell by whom",
    ],
    [
      "that was added to, and nobody saw the sum",
      [tx("T", [unseenAdd])],
      "nobody can tell what T wrote here when it added 2",
    ],
    [
      "that was perhaps added to, and perhaps twice: the first is told",
      [tx("T", [unseenAdd], { status: "unknown" }), tx("U", [unseenAdd])],
      "nobody can tell what T wrote here when it added 2",
    ],
  ])("%s", (_, history, reason) => {
    expect(unjudged(...history)).toEqual([{ key: "x", reason }]);
  });

  test("is not said of one that was added to and undone, of which nobody may see anything", () => {
    expect(unjudged(tx("T", [unseenAdd], { status: "aborted" }), tx("U", [put("x", 1)]))).toEqual([]);
  });

  test("is not said of lists with elements of their own, nor of one element in two lists", () => {
    expect(unjudged(tx("T", [append("x", 1), append("y", 1)]), tx("U", [append("x", 2), get("x", [1, 2])]))).toEqual(
      [],
    );
  });
});
