import { describe, expect, test } from "vitest";
import { type AnomalyClass, implies, isForbidden, type Level } from "../../conformance/history/isolation/anomaly.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { cycleToDot } from "../../conformance/history/isolation/words.ts";
import { append, get, put, tx } from "./histories/build.ts";

const classesOf = (...history: Parameters<typeof checkIsolation>[0]) =>
  checkIsolation(history).anomalies.map((one) => one.class);

/** The anomalies that Kingsbury and Alvaro describe ("Elle: Inferring Isolation Anomalies from Experimental Observations", VLDB 2020), as histories of our own. */
describe("what Elle's paper describes", () => {
  test("a list tells the whole order of its versions, so that one reader convicts writers who read nothing (G0)", () => {
    expect(
      classesOf(
        tx("T1", [append("x", 1), append("y", 10)]),
        tx("T2", [append("x", 2), append("y", 20)]),
        tx("T3", [get("x", [1, 2])]),
        tx("T4", [get("y", [20, 10])]),
      ),
    ).toEqual(["G0"]);
  });

  test("a retried append that counts twice is a duplicate, not an order", () => {
    expect(classesOf(tx("T1", [append("x", 1)]), tx("T2", [append("x", 2)]), tx("T3", [get("x", [1, 2, 1])]))).toEqual([
      "duplicate-write",
    ]);
  });

  test("a backup that lost its tail shows two orders of one list", () => {
    expect(
      classesOf(
        tx("T1", [append("x", 1), append("x", 2)]),
        tx("T2", [get("x", [1, 2])]),
        tx("T3", [append("x", 3)]),
        tx("T4", [append("x", 4), get("x", [3, 4])]),
      ),
    ).toContain("incompatible-order");
  });

  test("a list that lost what it began with shows two orders too", () => {
    const history = [tx("T1", [append("x", 2), append("x", 3)]), tx("T2", [get("x", [2, 3])])];
    const { anomalies } = checkIsolation(history, { initial: new Map([["x", [1]]]) });
    expect(anomalies.map((one) => one.class)).toEqual(["incompatible-order"]);
  });

  test("a transaction that saw its own effect too early contradicts itself", () => {
    expect(classesOf(tx("T1", [get("x", [1]), append("x", 1)]), tx("T2", [get("x", [1])]))).toContain("internal");
  });

  test("a transaction that loses sight of its own append contradicts itself, though others are right", () => {
    expect(
      classesOf(tx("T0", [append("x", 6)]), tx("T1", [append("x", 0), get("x", [6])]), tx("T2", [get("x", [6, 0])])),
    ).toEqual(["internal"]);
  });

  test("read skew among lists closes with one anti-dependency", () => {
    expect(
      classesOf(
        tx("T1", [append("x", 1), append("y", 1)]),
        tx("T2", [append("x", 2), append("y", 2)]),
        tx("T3", [get("x", [1, 2]), get("y", [1])]),
        tx("T4", [get("y", [1, 2])]),
      ),
    ).toEqual(["G-single-item", "OTV"]);
  });

  test("an unknown transaction counts once its effect was seen, and not before", () => {
    const unknown = tx("T1", [append("x", 1), append("y", 1)], { status: "unknown", end: Number.POSITIVE_INFINITY });
    expect(classesOf(unknown, tx("T2", [get("x", null), get("y", null)], { begin: 5, end: 6 }))).toEqual([]);
    expect(classesOf(unknown, tx("T2", [get("x", [1]), get("y", null)]), tx("T3", [get("y", [1])]))).toEqual([
      "G-single-item",
      "OTV",
    ]);
  });

  test("a register's read of its initial value after a write stands against real time only", () => {
    const history = [tx("T1", [put("x", 1)], { begin: 0, end: 1 }), tx("T2", [get("x", null)], { begin: 5, end: 6 })];
    expect(classesOf(...history)).toEqual(["G-single-item-realtime"]);
    expect(checkIsolation(history, { orders: ["process"] }).anomalies).toEqual([]);
  });
});

describe("the account of a cycle", () => {
  const [anomaly] = checkIsolation([
    tx("T1", [get("x", null), get("y", null), append("x", 1)]),
    tx("T2", [get("x", null), get("y", null), append("y", 2)]),
  ]).anomalies;

  test("tells each edge and why", () => {
    expect(anomaly!.message).toBe(
      "T1 < T2, because T1 read the initial state at y, without the 2 that T2 appended next; " +
        "but T2 < T1, because T2 read the initial state at x, without the 1 that T1 appended next",
    );
  });

  test("is drawn as DOT", () => {
    const [there, back] = anomaly!.cycle!;
    expect(cycleToDot(anomaly!)).toBe(
      `digraph "G2-item" {\n  "T1" -> "T2" [label="rw", tooltip="${there!.because}"];\n  "T2" -> "T1" [label="rw", tooltip="${back!.because}"];\n}\n`,
    );
  });

  test("is the shortest of its component", () => {
    const ring = Array.from({ length: 6 }, (_, at) =>
      tx(`T${at}`, [get(`k${at}`, null), append(`k${(at + 5) % 6}`, at)]),
    );
    const chord = tx("C", [get("k0", null), get("k3", null), append("k2", 100)]);
    const [shortest] = checkIsolation([...ring, chord]).anomalies;
    expect(shortest!.cycle!.length).toBeLessThanOrEqual(5);
    const [whole] = checkIsolation(ring).anomalies;
    expect(whole!.cycle).toHaveLength(6);
  });
});

describe("what follows from what", () => {
  const chains: [AnomalyClass, AnomalyClass][] = [
    ["G0", "G1c"],
    ["P4", "G-single"],
    ["OTV", "G2-item"],
    ["PMP", "G2"],
    ["G-single-item", "G2-item"],
    ["G2-item", "G2-item-process"],
    ["G2-item", "G2-seq"],
    ["G0-process", "G1c-realtime"],
    ["lost-append", "G2-realtime"],
    ["dirty-update", "G1a"],
  ];
  test.each(chains)("%s implies %s, and not the reverse", (a, b) => {
    expect(implies(a, b)).toBe(true);
    expect(implies(b, a)).toBe(false);
  });

  test("every class implies itself, and a predicate's cycle none of items", () => {
    expect(implies("G1b", "G1b")).toBe(true);
    expect(implies("G-single", "G2-item")).toBe(false);
    expect(implies("G2-item-realtime", "G2-item")).toBe(false);
  });

  const levels: [Level, AnomalyClass, boolean][] = [
    ["read-uncommitted", "G0", true],
    ["read-uncommitted", "G1a", false],
    ["read-committed", "G1b", true],
    ["read-committed", "P4", false],
    ["monotonic-atomic-view", "OTV", true],
    ["monotonic-atomic-view", "G-single-item", false],
    ["repeatable-read", "G2-item", true],
    ["repeatable-read", "G2", false],
    ["snapshot-isolation", "PMP", true],
    ["snapshot-isolation", "G2-item", false],
    ["serializable", "G2", true],
    ["serializable", "G-single-item-realtime", false],
    ["strong-session-serializable", "G2-item-process", true],
    ["strict-serializable", "lost-append", true],
    ["strict-serializable", "G1c-process", true],
    ["strict-serializable", "G0-seq", false],
    ["commit-order", "G0-seq", true],
  ];
  test.each(levels)("%s and %s: forbidden is %s", (level, anomaly, expected) => {
    expect(isForbidden(level, anomaly)).toBe(expected);
  });
});
