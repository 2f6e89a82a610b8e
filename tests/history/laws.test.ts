import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { legalHistory } from "../../conformance/bench/workload.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { execute, stateOf } from "../../conformance/history/isolation/execute.ts";
import { serialOrders } from "../../conformance/history/isolation/oracle.ts";
import { replayInCommitOrder } from "../../conformance/history/isolation/replay.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import { anyHistory, anyRegisterHistory } from "./histories/any.ts";
import { plants } from "./histories/planted.ts";
import { renamed } from "./histories/renamed.ts";
import { serialRun } from "./histories/serial.ts";

const seed = 20261122;
const empty = new Map();

describe("a serial run, spread over overlapping intervals", () => {
  test("is accepted by the graph and by the oracle with commit numbers (700 runs of up to 7 transactions)", () => {
    fc.assert(
      fc.property(serialRun({ minLength: 0, maxLength: 7 }), (history) => {
        const report = checkIsolation(history);
        expect(report.anomalies).toEqual([]);
        // What an unknown addition wrote nobody can tell.
        expect(report.unjudged.filter(({ key }) => !key.includes("counter"))).toEqual([]);
        expect(serialOrders(history, empty, undefined, { seq: true }).length).toBeGreaterThan(0);
      }),
      { seed, numRuns: 700 },
    );
  });

  test("is accepted by the graph at any length (150 runs of up to 120 transactions)", () => {
    fc.assert(
      fc.property(serialRun({ minLength: 20, maxLength: 120 }), (history) => {
        expect(checkIsolation(history).anomalies).toEqual([]);
        expect(checkIsolation(history, { orders: ["process", "realtime"] }).anomalies).toEqual([]);
      }),
      { seed, numRuns: 150 },
    );
  });

  test("of 3,000 transactions is accepted, and with a fault that is listed first it is not", () => {
    const legal = legalHistory(3000, seed);
    expect(checkIsolation(legal).anomalies).toEqual([]);
    for (const { class: name, transactions } of plants.filter((one) => one.class === "G0" || one.class === "G2")) {
      const classes = checkIsolation([...transactions, ...legal]).anomalies.map((one) => one.class);
      expect(classes).toContain(name);
    }
  });

  test("replays in the order of its commits, and with two commits exchanged it does not where they see each other (300 runs)", () => {
    let told = 0;
    fc.assert(
      fc.property(serialRun({ minLength: 2, maxLength: 30 }), fc.nat(), (run, which) => {
        const history = run.filter(({ status }) => status === "committed");
        fc.pre(history.length > 1 && run.every(({ status }) => status !== "unknown"));
        expect(replayInCommitOrder(history)).toBeUndefined();
        const at = which % (history.length - 1);
        const [first, second] = [history[at]!, history[at + 1]!];
        const exchanged = history.map((one) =>
          one === first ? { ...one, seq: second.seq! } : one === second ? { ...one, seq: first.seq! } : one,
        );
        const isTold = replayInCommitOrder(exchanged) !== undefined;
        if (isTold) told += 1;
        const state = stateOf(empty);
        const inOrder = [...exchanged].sort((a, b) => a.seq! - b.seq!);
        const replays = inOrder.every(({ ops }) => ops.every((op) => same(execute(state, op), op)));
        expect(isTold).toBe(!replays || first.end < second.begin);
      }),
      { seed, numRuns: 300 },
    );
    expect(told).toBeGreaterThan(50);
  });
});

const same = (executed: unknown, op: MicroOp) =>
  !("seen" in op) || JSON.stringify(executed) === JSON.stringify(op.seen);

describe("any small history of appends and reads whose lists are read completely at the end", () => {
  test("is flagged exactly where there is no serial order in real time (2,500 runs)", () => {
    const verdicts = { serial: 0, none: 0 };
    fc.assert(
      fc.property(anyHistory(), (history) => {
        const hasOrder = serialOrders(history, empty).length > 0;
        verdicts[hasOrder ? "serial" : "none"] += 1;
        expect(checkIsolation(history).anomalies.length === 0, describeHistory(history)).toBe(hasOrder);
      }),
      { seed, numRuns: 2500 },
    );
    expect(Math.min(verdicts.serial, verdicts.none)).toBeGreaterThan(400);
  });
});

describe("any small history of registers, rows and reads", () => {
  test("has no serial order where the graph flags it (2,500 runs)", () => {
    const verdicts = { flagged: 0, missed: 0, serial: 0 };
    fc.assert(
      fc.property(anyRegisterHistory({ predicates: true }), fc.boolean(), (history, useSeq) => {
        const flagged = checkIsolation(history, {
          orders: useSeq ? ["process", "realtime", "seq"] : ["process", "realtime"],
        }).anomalies;
        const hasOrder = serialOrders(history, empty, undefined, { seq: useSeq }).length > 0;
        verdicts[flagged.length > 0 ? "flagged" : hasOrder ? "serial" : "missed"] += 1;
        if (flagged.length > 0) expect(hasOrder, `${flagged[0]!.message}\n${describeHistory(history)}`).toBe(false);
      }),
      { seed, numRuns: 2500 },
    );
    expect(Math.min(verdicts.flagged, verdicts.serial)).toBeGreaterThan(200);
  });
});

describe("new names for transactions and keys", () => {
  test("change nothing (500 runs)", () => {
    fc.assert(
      fc.property(
        fc.oneof(anyHistory(), anyRegisterHistory(), serialRun({ minLength: 0, maxLength: 20 }, { predicates: false })),
        (history) => {
          expect(checkIsolation(renamed(history)).counts).toEqual(checkIsolation(history).counts);
        },
      ),
      { seed, numRuns: 500 },
    );
  });
});

function describeHistory(history: readonly Transaction[]): string {
  return history.map((one) => JSON.stringify(one)).join("\n");
}
