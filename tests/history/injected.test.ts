import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { implies } from "../../conformance/history/isolation/anomaly.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import { identityOf } from "../../conformance/history/isolation/value.ts";
import { plantInto, plants } from "./histories/planted.ts";
import { serialRun } from "./histories/serial.ts";

const seed = 20261122;
const empty = new Map();

describe("a fault planted into a legal history (40 histories each)", () => {
  test.each(plants)("$fault is flagged as $class, and of nothing else anybody is accused", (plant) => {
    // A scan of the legal history would lack what a plant commits, and with it be a fault of its own: only what is undone may it lack.
    const legal = serialRun({ minLength: 0, maxLength: 25 }, { predicates: plant.class === "G1a" });
    fc.assert(
      fc.property(legal, fc.nat({ max: 300 }), (history, from) => {
        const { anomalies } = checkIsolation(plantInto(history, plant, from));
        const classes = anomalies.map((one) => one.class);
        expect(
          classes.some((one) => implies(one, plant.class)),
          classes.join(),
        ).toBe(true);
        for (const { transactions, message } of anomalies) {
          expect(
            transactions.some((id) => id.startsWith("planted")),
            message,
          ).toBe(true);
        }
      }),
      { seed, numRuns: 40 },
    );
  });

  test.each(plants)("$fault alone has no serial order", ({ transactions }) => {
    expect(serialOrders(transactions, empty, undefined, { seq: true })).toEqual([]);
  });
});

/** A change of a legal history that breaks it, or undefined where the history has no place for it. */
type Mutation = (history: readonly Transaction[], pick: number) => Transaction[] | undefined;

const replace = (history: readonly Transaction[], old: Transaction, made: Transaction) =>
  history.map((one) => (one === old ? made : one));

/** Who appended an element that another committed transaction read. */
function readAppends(history: readonly Transaction[]) {
  return history.flatMap((writer) =>
    writer.ops.flatMap((op) => {
      if (op.op !== "append") return [];
      const identity = identityOf(op.element);
      const readers = history.filter(
        (reader) =>
          reader !== writer &&
          reader.status === "committed" &&
          reader.ops.some(
            (read) =>
              read.op === "get" && Array.isArray(read.seen) && read.seen.some((one) => identityOf(one) === identity),
          ),
      );
      return readers.length === 0 ? [] : [{ writer, key: op.key, element: op.element, readers }];
    }),
  );
}

const mutations: readonly { change: string; expected: Parameters<typeof implies>[1][]; mutate: Mutation }[] = [
  {
    change: "a transaction whose append was read is said to have been undone",
    expected: ["G1a"],
    mutate: (history, pick) => {
      const appends = readAppends(history);
      if (appends.length === 0) return undefined;
      const { writer } = appends[pick % appends.length]!;
      const ops = writer.ops.map((op) =>
        "seen" in op && op.op !== "record" ? (({ seen: _, ...rest }) => rest)(op) : op,
      ) as Transaction["ops"];
      return replace(history, writer, { ...writer, ops, status: "aborted" });
    },
  },
  {
    change: "an element vanishes from every read",
    expected: ["lost-append", "G-single-item-seq", "G0-seq", "internal"],
    mutate: (history, pick) => {
      const appends = readAppends(history).filter(({ writer }) => writer.status === "committed");
      if (appends.length === 0) return undefined;
      const { key, element } = appends[pick % appends.length]!;
      const without = (seen: unknown) =>
        Array.isArray(seen) ? seen.filter((one) => identityOf(one) !== identityOf(element)) : seen;
      return history.map((one) => ({
        ...one,
        ops: one.ops.map((op) =>
          op.op === "get" && op.key === key && op.seen !== undefined ? { ...op, seen: without(op.seen) } : op,
        ) as Transaction["ops"],
      }));
    },
  },
  {
    change: "a reader of an element reads the list from before it",
    expected: ["G2-seq", "G0-seq", "G1c-seq", "internal", "incompatible-order"],
    mutate: (history, pick) => {
      const appends = readAppends(history).filter(({ writer }) => writer.status === "committed");
      if (appends.length === 0) return undefined;
      const { key, element, readers } = appends[pick % appends.length]!;
      const reader = readers[pick % readers.length]!;
      const ops = reader.ops.map((op) => {
        if (op.op !== "get" || op.key !== key || !Array.isArray(op.seen)) return op;
        const at = op.seen.findIndex((one) => identityOf(one) === identityOf(element));
        return at < 0 ? op : { ...op, seen: op.seen.slice(0, at) };
      });
      // Where nobody reads the element any more, nothing tells that it was there.
      const changed = replace(history, reader, { ...reader, ops: ops as Transaction["ops"] });
      return readAppends(changed).some((one) => one.element === element) ? changed : undefined;
    },
  },
];

describe("a change of a legal history", () => {
  test.each(mutations)(
    "$change: flagged (150 runs, of which 40 at least have a place for it)",
    ({ expected, mutate }) => {
      let changed = 0;
      fc.assert(
        fc.property(serialRun({ minLength: 8, maxLength: 30 }, { predicates: false }), fc.nat(), (run, pick) => {
          const broken = mutate(run, pick);
          if (broken === undefined) return;
          changed += 1;
          const { anomalies } = checkIsolation(broken);
          const classes = anomalies.map((one) => one.class);
          expect(classes).toSatisfy((found: typeof classes) =>
            found.some((one) => expected.some((wanted) => implies(one, wanted))),
          );
        }),
        { seed, numRuns: 150 },
      );
      expect(changed).toBeGreaterThan(40);
    },
  );
});
