import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { anyRegisterHistory } from "./histories/any.ts";
import { append, get, insert, put, scan, tx, where } from "./histories/build.ts";
import { type Told, told } from "./histories/told.ts";

const all = (...rows: [string, Json][]) => scan("", "", rows);
const a = tx("A", [insert("p1", 1)]);

describe("two reads by predicate that saw two states", () => {
  const twice = (id: string, difference: string): Told => [
    "PMP",
    id,
    `${id} read twice by predicate and saw two states: ${difference}`,
  ];

  test.each<[string, Transaction[], Told[]]>([
    [
      "a row comes",
      [a, tx("R", [scan("p", "q", []), scan("", "", [["p1", 1]])])],
      [twice("R", "scan(, ) shows p1 = 1, and scan(p, q) lacks that row")],
    ],
    [
      "a row goes",
      [a, tx("R", [scan("p", "q", [["p1", 1]]), scan("p1", "", [])])],
      [twice("R", "scan(p, q) shows p1 = 1, and scan(p1, ) lacks that row")],
    ],
    [
      "a row changes",
      [a, tx("B", [get("p1", 1), put("p1", { n: 2 })]), tx("R", [all(["p1", 1]), all(["p1", { n: 2 }])])],
      [twice("R", 'scan(, ) shows p1 = 1, and scan(, ) shows {"n":2}')],
    ],
    [
      "a row becomes divisible",
      [a, tx("B", [get("p1", 1), put("p1", 6)]), tx("R", [where(3, []), where(2, [["p1", 6]])])],
      [twice("R", "where(2) shows p1 = 6, and where(3) lacks that row")],
    ],
    [
      "a row behind one that stays",
      [a, tx("B", [insert("p2", 2)]), tx("R", [all(["p1", 1], ["p2", 2]), all(["p1", 1])])],
      [twice("R", "scan(, ) shows p2 = 2, and scan(, ) lacks that row")],
    ],
    [
      "a row that another read between them keeps silent about",
      [a, tx("R", [scan("p", "q", []), scan("x", "", []), scan("p", "q", [["p1", 1]])])],
      [twice("R", "scan(p, q) shows p1 = 1, and scan(p, q) lacks that row")],
    ],
    [
      "a row that comes while others are selected, and the commit's number is taken",
      [
        a,
        tx("R", [scan("p", "q", []), where(2, []), { op: "record", token: "R", seen: 1 }, scan("p", "q", [["p1", 1]])]),
      ],
      [twice("R", "scan(p, q) shows p1 = 1, and scan(p, q) lacks that row")],
    ],
    [
      "a row that comes while others are written",
      [a, tx("R", [scan("p", "q", []), put("x", 1), append("l", 1), get("p1", null), scan("p", "q", [["p1", 1]])])],
      [twice("R", "scan(p, q) shows p1 = 1, and scan(p, q) lacks that row")],
    ],
    [
      "a row that was written before and after them",
      [
        tx("A", [put("p1", 1)]),
        tx("R", [put("p1", 2), scan("p", "q", [["p1", 2]]), scan("p", "", [["p1", 1]]), put("p1", 3)]),
      ],
      [
        ["internal", "R", "R saw 1 at p1, although it had itself written 2"],
        twice("R", "scan(p, q) shows p1 = 2, and scan(p, ) shows 1"),
      ],
    ],
  ])("%s", (_, history, expected) => {
    expect(told(history)).toEqual(expected);
  });

  const initial = new Map<string, Json>([["p1", 4]]);
  test.each<[string, Transaction[]]>([
    ["in what they both show", [tx("R", [all(["p1", 4]), scan("p", "q", [["p1", 4]]), where(2, [["p1", 4]])])]],
    ["in what the other does not reach", [tx("R", [scan("p", "q", [["p1", 4]]), scan("q", "", []), where(3, [])])]],
    [
      "where the transaction wrote the row between them",
      [tx("R", [all(["p1", 4]), put("p1", 5), all(["p1", 5]), { op: "delete", key: "p1", seen: true }, all()])],
    ],
    [
      "where it may have changed any row between them",
      [
        tx("R", [
          all(["p1", 4]),
          { op: "addAll", n: 1, seen: 1 },
          all(["p1", 5]),
          { op: "deleteWhere", value: 5, seen: 1 },
          all(),
        ]),
      ],
    ],
    [
      "where they are of two transactions",
      [
        tx("R", [all(["p1", 4])], { process: "P" }),
        tx("S", [{ op: "delete", key: "p1", seen: true }], { process: "P" }),
        tx("Q", [all()], { process: "P" }),
      ],
    ],
    [
      "where their transaction was undone, or nobody knows whether it was",
      [
        tx("R", [all(["p1", 4]), all()], { status: "aborted" }),
        tx("S", [all(["p1", 4]), all()], { status: "unknown" }),
      ],
    ],
    [
      "where nobody knows what one of them saw",
      [tx("R", [all(["p1", 4]), { op: "scan", from: "", to: "" }, { op: "where", divisor: 2 }])],
    ],
  ])("nothing is told %s", (_, history) => {
    expect(told(history, { initial })).toEqual([]);
  });
});

describe("a row that a read by predicate lacks", () => {
  const initial = new Map<string, Json>([
    ["p1", 4],
    ["p2", "text"],
  ]);
  const both: [string, Json][] = [
    ["p1", 4],
    ["p2", "text"],
  ];
  const nothing = (key: string): Told => ["garbage-read", "R", `R read null at ${key}, which nobody wrote`];
  const removed: MicroOp = { op: "delete", key: "p1", seen: true };

  test.each<[string, Transaction[], Told[]]>([
    ["was there all the time", [tx("R", [all(["p2", "text"])])], [nothing("p1")]],
    ["was there in every version", [tx("A", [put("p1", 6)]), tx("R", [where(2, [])])], [nothing("p1")]],
    ["was there, as was another", [tx("R", [all()])], [nothing("p1"), nothing("p2")]],
    ["was deleted", [tx("A", [removed]), tx("R", [all(["p2", "text"])])], []],
    [
      "was deleted by one that was undone",
      [tx("A", [removed], { status: "aborted" }), tx("R", [all(["p2", "text"])])],
      [["G1a", "R A", "R read null at p1, which A had written and undone"]],
    ],
    ["was deleted by its own transaction", [tx("R", [removed, all(["p2", "text"])])], []],
    [
      "may have been deleted by its own transaction",
      [tx("R", [{ op: "deleteWhere", value: 4, seen: 1 }, all(["p2", "text"])])],
      [],
    ],
    ["had a version that it passes over", [tx("A", [put("p1", 5)]), tx("R", [where(2, [])])], []],
    [
      "had several versions that it passes over",
      [tx("A", [put("p1", 5)]), tx("B", [put("p1", 7)]), tx("R", [where(2, [])])],
      [],
    ],
    ["is none that it selects", [tx("R", [where(3, []), scan("q", "", []), scan("", "p1", [])])], []],
    ["was deleted after it was read, by another", [tx("A", [removed]), tx("R", [all(...both)])], []],
  ])("%s", (_, history, expected) => {
    expect(told(history, { initial })).toEqual(expected);
  });

  test("is no fault where there is a serial order (600 runs)", () => {
    const verdicts = { flagged: 0, serial: 0 };
    const rows = new Map<string, Json>([
      ["x", 100],
      ["y", 101],
    ]);
    fc.assert(
      fc.property(anyRegisterHistory({ predicates: true, initial: rows }), (history) => {
        const flagged = told(history, { initial: rows, orders: ["process", "realtime"] }).length > 0;
        const hasOrder = serialOrders(history, rows).length > 0;
        if (flagged) verdicts.flagged += 1;
        else if (hasOrder) verdicts.serial += 1;
        if (flagged) expect(hasOrder).toBe(false);
      }),
      { seed: 20261122, numRuns: 600 },
    );
    expect(Math.min(verdicts.flagged, verdicts.serial)).toBeGreaterThan(60);
  });
});

describe("a list that a read of a range lacks", () => {
  const writer = tx("A", [append("x", 1), put("r", 1)]);
  const skewed = (...ops: MicroOp[]) =>
    checkIsolation([writer, tx("S", [get("x", [1])]), tx("R", [...ops, get("r", 1)])]).anomalies.map(
      ({ class: name }) => name,
    );

  test.each<[string, MicroOp[], string[]]>([
    ["was empty to it", [scan("x", "y", [])], ["G-single"]],
    ["is not in its range", [scan("y", "", [])], []],
    ["is none that divides", [where(2, [])], []],
    ["is there", [scan("x", "y", [["x", [1]]])], []],
    ["was empty to it, whatever it had written elsewhere", [append("w", 1), scan("x", "y", [])], ["G-single"]],
    ["was empty to it, whatever it wrote later", [scan("x", "y", []), append("x", 2)], ["G-single"]],
  ])("%s", (_, ops, expected) => {
    expect(skewed(...ops)).toEqual(expected);
  });
});
