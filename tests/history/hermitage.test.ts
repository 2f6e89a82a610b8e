import { describe, expect, test } from "vitest";
import { type AnomalyClass, implies, isForbidden } from "../../conformance/history/isolation/anomaly.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, insert, put, tx, where } from "./histories/build.ts";

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

const later = { begin: 2_000_000, end: 2_000_001 };
const rows = (...values: readonly (readonly [string, Json])[]) => new Map(values);

const cases: readonly Case[] = [
  {
    // Registers do not tell the order of two blind writes: commit numbers do, and the values that remain contradict them.
    name: "G0: write cycles",
    class: "G0",
    anomalous: [
      tx("T1", [append("x", 11), append("y", 21)]),
      tx("T2", [append("x", 12), append("y", 22)]),
      tx("R", [get("x", [11, 12]), get("y", [22, 21])], later),
    ],
    legal: [
      tx("T1", [append("x", 11), append("y", 21)]),
      tx("T2", [append("x", 12), append("y", 22)]),
      tx("R", [get("x", [11, 12]), get("y", [21, 22])], later),
    ],
  },
  {
    name: "G0: write cycles, by the rows that remain",
    class: undefined,
    anomalous: [tx("T1", [put("1", 11), put("2", 21)]), tx("T2", [put("1", 12), put("2", 22)])],
    legal: [tx("T1", [put("1", 11), put("2", 21)]), tx("T2", [put("1", 12), put("2", 22)])],
    final: [rows(["1", 12], ["2", 21]), rows(["1", 12], ["2", 22])],
  },
  {
    name: "G1a: aborted reads",
    class: "G1a",
    anomalous: [tx("T1", [put("1", 101)], { status: "aborted" }), tx("T2", [get("1", 101)])],
    legal: [tx("T1", [put("1", 101)], { status: "aborted" }), tx("T2", [get("1", 10)])],
  },
  {
    name: "G1b: intermediate reads",
    class: "G1b",
    anomalous: [tx("T1", [put("1", 101), put("1", 11)]), tx("T2", [get("1", 101), get("1", 11)])],
    legal: [tx("T1", [put("1", 101), put("1", 11)]), tx("T2", [get("1", 11), get("1", 11)])],
  },
  {
    name: "G1c: circular information flow",
    class: "G1c",
    anomalous: [tx("T1", [put("1", 11), get("2", 22)]), tx("T2", [put("2", 22), get("1", 11)])],
    legal: [tx("T1", [put("1", 11), get("2", 20)]), tx("T2", [put("2", 22), get("1", 11)])],
  },
  {
    name: "OTV: an observed transaction vanishes",
    class: "OTV",
    anomalous: [
      tx("T1", [put("1", 11), put("2", 19)], { seq: 1 }),
      tx("T2", [put("1", 12), put("2", 18)], { seq: 2 }),
      tx("T3", [get("1", 12), get("2", 19)], { seq: 3 }),
    ],
    legal: [
      tx("T1", [put("1", 11), put("2", 19)], { seq: 1 }),
      tx("T2", [put("1", 12), put("2", 18)], { seq: 2 }),
      tx("T3", [get("1", 12), get("2", 18)], { seq: 3 }),
    ],
  },
  {
    name: "PMP: predicate-many-preceders",
    class: "PMP",
    anomalous: [tx("T1", [where(30, []), where(3, [["3", 30]])]), tx("T2", [insert("3", 30)])],
    legal: [tx("T1", [where(30, []), where(3, [])]), tx("T2", [insert("3", 30)])],
  },
  {
    name: "PMP with a write predicate",
    class: undefined,
    anomalous: [tx("T1", [{ op: "addAll", n: 10, seen: 2 }]), tx("T2", [{ op: "deleteWhere", value: 20, seen: 0 }])],
    legal: [tx("T1", [{ op: "addAll", n: 10, seen: 2 }]), tx("T2", [{ op: "deleteWhere", value: 20, seen: 1 }])],
  },
  {
    name: "P4: lost update",
    class: "P4",
    anomalous: [tx("T1", [get("1", 10), put("1", 11)]), tx("T2", [get("1", 10), put("1", 11)])],
    legal: [tx("T1", [get("1", 10), put("1", 11)]), tx("T2", [get("1", 11), put("1", 12)])],
  },
  {
    name: "G-single: read skew",
    class: "G-single-item",
    anomalous: [
      tx("T1", [get("1", 10), get("2", 18)]),
      tx("T2", [get("1", 10), get("2", 20), put("1", 12), put("2", 18)]),
    ],
    legal: [tx("T1", [get("1", 10), get("2", 20)]), tx("T2", [get("1", 10), get("2", 20), put("1", 12), put("2", 18)])],
  },
  {
    name: "G-single with predicate dependencies",
    class: "G-single",
    anomalous: [
      tx("T1", [
        where(5, [
          ["1", 10],
          ["2", 20],
        ]),
        where(3, [["1", 12]]),
      ]),
      tx("T2", [put("1", 12)]),
    ],
    legal: [
      tx("T1", [
        where(5, [
          ["1", 10],
          ["2", 20],
        ]),
        where(3, []),
      ]),
      tx("T2", [put("1", 12)]),
    ],
  },
  {
    name: "G-single with a write predicate",
    class: undefined,
    anomalous: [
      tx("T1", [get("1", 10), { op: "deleteWhere", value: 20, seen: 0 }, get("2", 18)]),
      tx("T2", [put("1", 12), put("2", 18)]),
    ],
    legal: [
      tx("T1", [get("1", 10), { op: "deleteWhere", value: 20, seen: 1 }, get("2", null)]),
      tx("T2", [put("1", 12), put("2", 18)]),
    ],
  },
  {
    name: "G2-item: write skew",
    class: "G2-item",
    anomalous: [
      tx("T1", [get("1", 10), get("2", 20), put("1", 11)]),
      tx("T2", [get("1", 10), get("2", 20), put("2", 21)]),
    ],
    legal: [tx("T1", [get("1", 10), get("2", 20), put("1", 11)]), tx("T2", [get("1", 11), get("2", 20), put("2", 21)])],
  },
  {
    name: "G2: anti-dependency cycles",
    class: "G2",
    anomalous: [tx("T1", [where(3, []), insert("3", 30)]), tx("T2", [where(3, []), insert("4", 42)])],
    legal: [tx("T1", [where(3, []), insert("3", 30)]), tx("T2", [where(3, [["3", 30]]), insert("4", 42)])],
  },
  {
    name: "G2 with two anti-dependency edges (Fekete's)",
    class: "G2-item",
    anomalous: [
      tx("T1", [get("1", 10), get("2", 20)], { begin: 0, end: 50 }),
      tx("T2", [get("2", 20), put("2", 25)], { begin: 0, end: 10 }),
      tx("T3", [get("1", 10), get("2", 25)], { begin: 20, end: 30 }),
      tx("T4", [get("1", 10), get("2", 20), put("1", 0)], { begin: 0, end: 60 }),
      tx("T5", [get("1", 0), get("2", 20)], { begin: 0, end: 70 }),
    ],
    legal: [
      tx("T1", [get("1", 10), get("2", 20)], { begin: 0, end: 50 }),
      tx("T2", [get("2", 20), put("2", 25)], { begin: 0, end: 10 }),
      tx("T3", [get("1", 10), get("2", 25)], { begin: 20, end: 30 }),
      tx("T4", [get("1", 10), get("2", 25), put("1", 0)], { begin: 0, end: 60 }),
      tx("T5", [get("1", 0), get("2", 25)], { begin: 0, end: 70 }),
    ],
  },
];

describe("Hermitage's cases", () => {
  test.each(cases)("$name: the anomalous form is flagged by its name", ({ class: name, anomalous, final }) => {
    const { anomalies, unjudged } = checkIsolation(anomalous, { initial });
    if (name === undefined) expect(anomalies.length === 0 || unjudged.length === 0).toBe(true);
    else {
      const classes = anomalies.map((one) => one.class);
      expect(
        classes.some((one) => implies(one, name)),
        classes.join(),
      ).toBe(true);
      expect(classes.some((one) => isForbidden("serializable", one))).toBe(true);
    }
    expect(serialOrders(anomalous, initial, final?.[0])).toEqual([]);
  });

  test.each(cases)("$name: the legal form is accepted", ({ legal, final }) => {
    expect(checkIsolation(legal, { initial }).anomalies).toEqual([]);
    expect(serialOrders(legal, initial, final?.[1])).not.toEqual([]);
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
