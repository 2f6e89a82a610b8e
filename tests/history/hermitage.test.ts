import { describe, expect, test } from "vitest";
import { type AnomalyClass, implies, isForbidden } from "../../conformance/history/isolation/anomaly.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, insert, put, scan, tx, where } from "./histories/build.ts";

/** The rows that every case of Hermitage begins with. */
const initial = new Map<string, Json>([
  ["1", 10],
  ["2", 20],
]);

interface Case {
  readonly name: string;
  /** The class, or undefined where only the oracle can judge what was seen. */
  readonly class: AnomalyClass | undefined;
  readonly anomalous: readonly Transaction[];
  readonly legal: readonly Transaction[];
  /** The rows at the end, anomalous and legal. */
  readonly final?: readonly [ReadonlyMap<string, Json>, ReadonlyMap<string, Json>];
}

/** What T1 did and what T2 did, at the same time. */
type Pair = readonly [T1: readonly MicroOp[], T2: readonly MicroOp[]];

const later = { begin: 2_000_000, end: 2_000_001 };
const rows = (...values: readonly (readonly [string, Json])[]) => new Map(values);
const changed = [get("1", 10), get("2", 20), put("1", 12), put("2", 18)];
const both = where(5, [
  ["1", 10],
  ["2", 20],
]);
const addAll = (n: number, seen: number): MicroOp => ({ op: "addAll", n, seen });
const deleteWhere = (value: number, seen: number): MicroOp => ({ op: "deleteWhere", value, seen });

/** The cases of two transactions that overlap: name, class, the anomalous form, the legal one. */
const pairs: readonly (readonly [string, AnomalyClass | undefined, Pair, Pair])[] = [
  [
    "G1b: intermediate reads",
    "G1b",
    [
      [put("1", 101), put("1", 11)],
      [get("1", 101), get("1", 11)],
    ],
    [
      [put("1", 101), put("1", 11)],
      [get("1", 11), get("1", 11)],
    ],
  ],
  [
    "G1c: circular information flow",
    "G1c",
    [
      [put("1", 11), get("2", 22)],
      [put("2", 22), get("1", 11)],
    ],
    [
      [put("1", 11), get("2", 20)],
      [put("2", 22), get("1", 11)],
    ],
  ],
  [
    "PMP: predicate-many-preceders",
    "PMP",
    [[where(30, []), where(3, [["3", 30]])], [insert("3", 30)]],
    [[where(30, []), where(3, [])], [insert("3", 30)]],
  ],
  [
    "PMP with a write predicate",
    undefined,
    [[addAll(10, 2)], [deleteWhere(20, 0)]],
    [[addAll(10, 2)], [deleteWhere(20, 1)]],
  ],
  [
    "P4: lost update",
    "P4",
    [
      [get("1", 10), put("1", 11)],
      [get("1", 10), put("1", 11)],
    ],
    [
      [get("1", 10), put("1", 11)],
      [get("1", 11), put("1", 12)],
    ],
  ],
  [
    "G-single: read skew",
    "G-single-item",
    [[get("1", 10), get("2", 18)], changed],
    [[get("1", 10), get("2", 20)], changed],
  ],
  [
    "G-single with predicate dependencies",
    "G-single",
    [[both, where(3, [["1", 12]])], [put("1", 12)]],
    [[both, where(3, [])], [put("1", 12)]],
  ],
  [
    "G-single with a write predicate",
    "G-single-item",
    [
      [get("1", 10), deleteWhere(20, 0), get("2", 18)],
      [put("1", 12), put("2", 18)],
    ],
    [
      [get("1", 10), deleteWhere(20, 1), get("2", null)],
      [put("1", 12), put("2", 18)],
    ],
  ],
  [
    "G2-item: write skew",
    "G2-item",
    [
      [get("1", 10), get("2", 20), put("1", 11)],
      [get("1", 10), get("2", 20), put("2", 21)],
    ],
    [
      [get("1", 10), get("2", 20), put("1", 11)],
      [get("1", 11), get("2", 20), put("2", 21)],
    ],
  ],
  [
    "G2: anti-dependency cycles",
    "G2",
    [
      [where(3, []), insert("3", 30)],
      [where(3, []), insert("4", 42)],
    ],
    [
      [where(3, []), insert("3", 30)],
      [where(3, [["3", 30]]), insert("4", 42)],
    ],
  ],
];
const overlapping = ([one, other]: Pair): Transaction[] => [tx("T1", one), tx("T2", other)];

/** Hermitage's G0 in lists, which tell their past: the order of the appends at y is what the reader saw. */
const appended = (...atY: number[]): Transaction[] => [
  tx("T1", [append("x", 11), append("y", 21)]),
  tx("T2", [append("x", 12), append("y", 22)]),
  tx("R", [get("x", [11, 12]), get("y", atY)], later),
];
const blind = overlapping([
  [put("1", 11), put("2", 21)],
  [put("1", 12), put("2", 22)],
]);
const undone = (seen: Json): Transaction[] => [
  tx("T1", [put("1", 101)], { status: "aborted" }),
  tx("T2", [get("1", seen)]),
];
const observed = (atTwo: Json): Transaction[] => [
  tx("T1", [put("1", 11), put("2", 19)], { seq: 1 }),
  tx("T2", [put("1", 12), put("2", 18)], { seq: 2 }),
  tx("T3", [get("1", 12), get("2", atTwo)], { seq: 3 }),
];
/** Fekete's example: what those see of row 2 that follow the transaction that writes it. */
const fekete = (atTwo: Json): Transaction[] => [
  tx("T1", [get("1", 10), get("2", 20)], { begin: 0, end: 50 }),
  tx("T2", [get("2", 20), put("2", 25)], { begin: 0, end: 10 }),
  tx("T3", [get("1", 10), get("2", 25)], { begin: 20, end: 30 }),
  tx("T4", [get("1", 10), get("2", atTwo), put("1", 0)], { begin: 0, end: 60 }),
  tx("T5", [get("1", 0), get("2", atTwo)], { begin: 0, end: 70 }),
];

const cases: readonly Case[] = [
  { name: "G0: write cycles", class: "G0", anomalous: appended(22, 21), legal: appended(21, 22) },
  {
    // Registers do not tell the order of two blind writes: only the rows that remain contradict every order.
    name: "G0: write cycles, by the rows that remain",
    class: undefined,
    anomalous: blind,
    legal: blind,
    final: [rows(["1", 12], ["2", 21]), rows(["1", 12], ["2", 22])],
  },
  { name: "G1a: aborted reads", class: "G1a", anomalous: undone(101), legal: undone(10) },
  { name: "OTV: an observed transaction vanishes", class: "OTV", anomalous: observed(19), legal: observed(18) },
  ...pairs.map(([name, anomaly, anomalous, legal]) => {
    return { name, class: anomaly, anomalous: overlapping(anomalous), legal: overlapping(legal) };
  }),
  {
    name: "G2 with two anti-dependency edges (Fekete's)",
    class: "G2-item",
    anomalous: fekete(20),
    legal: fekete(25),
  },
];
const told = cases.flatMap((one) => (one.class === undefined ? [] : [{ ...one, class: one.class }]));
const untold = cases.filter((one) => one.class === undefined);

describe("Hermitage's cases", () => {
  test.each(told)("$name: the anomalous form is flagged by its name", ({ class: name, anomalous }) => {
    const classes = checkIsolation(anomalous, { initial }).anomalies.map((one) => one.class);
    expect(
      classes.some((one) => implies(one, name)),
      classes.join(),
    ).toBe(true);
    expect(classes.some((one) => isForbidden("serializable", one))).toBe(true);
  });

  test.each(untold)("$name: the graph finds nothing in what was seen", ({ anomalous }) => {
    expect(checkIsolation(anomalous, { initial }).anomalies).toEqual([]);
  });

  test.each(cases)("$name: the anomalous form has no serial order", ({ anomalous, final }) => {
    expect(serialOrders(anomalous, initial, final?.[0])).toEqual([]);
  });

  test.each(cases)("$name: the legal form is accepted", ({ legal, final }) => {
    expect(checkIsolation(legal, { initial }).anomalies).toEqual([]);
    expect(serialOrders(legal, initial, final?.[1])).not.toEqual([]);
  });

  test("OTV takes a later read: one that shows a transaction in part is read skew alone", () => {
    const writer = tx("T1", [put("1", 11), put("2", 21)]);
    const classes = (...reads: MicroOp[]) =>
      checkIsolation([writer, tx("T2", reads)], { initial }).anomalies.map((one) => one.class);
    const parted = scan("", "", [
      ["1", 11],
      ["2", 20],
    ]);
    expect(classes(parted)).toEqual(["G-single-item"]);
    expect(classes(get("1", 11), get("2", 20))).toEqual(["G-single-item", "OTV"]);
  });

  test("a procedure that reads in one transaction and writes in another loses an update lawfully", () => {
    const history = [
      tx("A.1", [get("1", 10)], { process: "A" }),
      tx("B.1", [get("1", 10)], { process: "B" }),
      tx("A.2", [put("1", 11)], { process: "A" }),
      tx("B.2", [put("1", 11)], { process: "B" }),
    ];
    expect(checkIsolation(history, { initial }).anomalies).toEqual([]);
    expect(serialOrders(history, initial)).not.toEqual([]);
  });
});
