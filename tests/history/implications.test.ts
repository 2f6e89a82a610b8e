/** What follows from an anomaly is kept once it was found out; here each case begins with nothing known. */
import { beforeEach, expect, test, vi } from "vitest";
import type { AnomalyClass, Level } from "../../conformance/history/isolation/anomaly.ts";

beforeEach(() => {
  vi.resetModules();
});

const anomalies = () => import("../../conformance/history/isolation/anomaly.ts");

test.each<[AnomalyClass, readonly AnomalyClass[], readonly AnomalyClass[]]>([
  // A cycle of writes is also one of information; more orders close it as well.
  ["G0", ["G0", "G1c", "G0-process", "G0-realtime", "G0-seq", "G1c-seq"], ["G2", "G-single-item", "G1a"]],
  ["G1c-realtime", ["G1c-seq"], ["G1c", "G1c-process", "G0-seq", "G2-seq"]],
  ["G-single-item", ["G-single", "G2-item", "G2", "G2-realtime"], ["G1c", "G0", "P4"]],
  ["G-single-process", ["G2-process", "G2-realtime", "G-single-seq"], ["G2-item-process", "G2", "G-single"]],
  ["G2-item-seq", ["G2-seq"], ["G2", "G-single-seq", "G2-item-realtime"]],
  ["G2-seq", [], ["G2-realtime", "G1c-seq"]],
  // One read by predicate that saw two states, an update that was lost, a transaction seen in part: each is a cycle with one anti-dependency.
  ["PMP", ["G-single", "G2", "G2-seq"], ["G-single-item", "G2-item"]],
  ["P4", ["G-single-item", "G-single", "G2-item", "G2", "G-single-item-process"], ["OTV", "PMP"]],
  ["OTV", ["G-single-item", "G2"], ["P4"]],
  ["lost-append", ["G-single-item-realtime", "G2-realtime", "G2-item-seq"], ["G-single-item", "G2-process"]],
  ["dirty-update", ["G1a"], ["G1b", "G0"]],
  ["incompatible-order", ["G1a"], ["G1b"]],
  ["garbage-read", [], ["G1a", "internal", "duplicate-write"]],
])("what follows from %s", async (one, others, apart) => {
  const { implies } = await anomalies();
  expect([one, ...others].filter((other) => !implies(one, other))).toEqual([]);
  expect(apart.filter((other) => implies(one, other))).toEqual([]);
  // The same, now that it is known.
  expect([one, ...others].filter((other) => !implies(one, other))).toEqual([]);
});

test.each<[Level, AnomalyClass, boolean]>([
  ["strict-serializable", "G-single-item-process", true],
  ["strict-serializable", "G1c-seq", false],
  ["snapshot-isolation", "P4", true],
  ["read-committed", "G-single-item", false],
])("%s and %s: forbidden is %s", async (level, anomaly, expected) => {
  const { isForbidden } = await anomalies();
  expect(isForbidden(level, anomaly)).toBe(expected);
});
