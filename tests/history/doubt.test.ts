import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import { append, get, put, scan, tx } from "./histories/build.ts";

/** Legal histories in which less is known than it seems. */
describe("the benefit of the doubt", () => {
  const initial = new Map([["p1", 7]]);
  test.each<[string, Transaction[]]>([
    [
      "a row that a transaction does not find after it deleted it itself",
      [tx("T1", [{ op: "delete", key: "p1", seen: true }, scan("p", "q", [])])],
    ],
    [
      "an insert of which nobody saw whether it found the key free",
      [tx("T1", [{ op: "insert", key: "p1", value: 8 }], { seq: 1 }), tx("T2", [get("p1", 7)], { seq: 2 })],
    ],
    [
      "an addition that may have found 0 as well as nothing",
      [tx("T1", [put("n", 0)], { seq: 1 }), tx("T2", [{ op: "add", key: "n", n: 5, seen: 5 }], { seq: 2 })],
    ],
    [
      "an addition that found nothing where another wrote 0 later",
      [tx("T1", [{ op: "add", key: "n", n: 5, seen: 5 }], { seq: 1 }), tx("T2", [put("n", 0)], { seq: 2 })],
    ],
    [
      "a sum of fractions, from which what was there cannot be told",
      [tx("T1", [put("n", 0.1)], { seq: 1 }), tx("T2", [{ op: "add", key: "n", n: 0.2, seen: 0.1 + 0.2 }], { seq: 2 })],
    ],
    [
      "a sum that does not show how small a number was there",
      [tx("T1", [put("n", 1e-20)], { seq: 1 }), tx("T2", [{ op: "add", key: "n", n: 5, seen: 5 }], { seq: 2 })],
    ],
    [
      "an operation on every number, which may have written what was read",
      [tx("T1", [{ op: "addAll", n: 1, seen: 1 }], { seq: 1 }), tx("T2", [get("p1", 8)], { seq: 2 })],
    ],
    [
      "snapshots at one commit number, of which either may have been taken first",
      [
        tx("R1", [scan("l", "m", [["l1", [1]]])], { seq: 1.5 }),
        tx("R2", [scan("l", "m", [])], { seq: 1.5 }),
        tx("T1", [append("l1", 1)], { status: "unknown" }),
      ],
    ],
    [
      "two writes of one value, of which nobody can tell which was read",
      [
        tx("T1", [put("p1", 8)], { seq: 1 }),
        tx("T2", [put("p1", 9)], { seq: 2 }),
        tx("T3", [put("p1", 8)], { seq: 3 }),
        tx("T4", [get("p1", 8)], { seq: 4 }),
      ],
    ],
  ])("is given to %s", (_, history) => {
    expect(serialOrders(history, initial, undefined, { seq: true })).not.toEqual([]);
    expect(checkIsolation(history, { initial }).anomalies).toEqual([]);
  });
});
