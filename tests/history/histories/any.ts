/** Small histories without any law: reads that may or may not be explained by a serial order. */
import fc from "fast-check";
import {
  type MicroOp,
  type PredicateRead,
  type Row,
  selects,
  type Transaction,
} from "../../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../../conformance/protocol/json.ts";

const keys = ["x", "y"] as const;

/** When a transaction ran, of whose session it is, how it ended. */
const frame = fc.record({
  begin: fc.nat({ max: 30 }),
  length: fc.nat({ max: 30 }),
  session: fc.nat({ max: 6 }),
  status: fc.constantFrom("committed", "committed", "committed", "committed", "committed", "aborted", "unknown"),
});

/** What one session did stands in the order in which it did it. */
const byBegin = (a: { frame: Frame }, b: { frame: Frame }) => a.frame.begin - b.frame.begin;

type Frame = { begin: number; length: number; session: number; status: Transaction["status"] };

function framed(id: string, { begin, length, session, status }: Frame, ops: readonly MicroOp[]): Transaction {
  const kept = status === "committed" ? ops : ops.filter(({ op }) => op !== "get" && op !== "scan" && op !== "where");
  return { id, process: `session ${session}`, ops: kept, status, begin, end: begin + length };
}

/**
 * Histories of lists: the elements of each key have an order of their own, and most reads show a beginning of it; some show anything. At the end one transaction
 * reads every list.
 */
export function anyHistory(): fc.Arbitrary<Transaction[]> {
  const wish = fc.record({
    what: fc.constantFrom("append", "read", "read"),
    key: fc.constantFrom(...keys),
    upTo: fc.nat({ max: 4 }),
    odd: fc.nat({ max: 19 }),
  });
  const body = fc.record({ frame, wishes: fc.array(wish, { minLength: 1, maxLength: 4 }) });
  return fc
    .tuple(fc.array(body, { minLength: 1, maxLength: 5 }), fc.infiniteStream(fc.nat()), fc.nat({ max: 9 }))
    .map(([bodies, choices, drop]) => {
      const choose = (n: number) => (choices.next().value as number) % n;
      const orders = new Map<string, Json[]>(keys.map((key) => [key, []]));
      const placed = bodies.toSorted(byBegin).map(({ wishes, ...rest }, tx) => ({
        ...rest,
        wishes: wishes.map((wished, at) => ({ ...wished, element: 10 * tx + at })),
      }));
      for (const {
        frame: { status },
        wishes,
      } of placed) {
        for (const { what, key, element } of wishes) {
          const order = orders.get(key)!;
          // Seldom does an aborted or unknown append show, and mostly the appends of one transaction stand in order at the end.
          if (what === "append" && (status === "committed" || choose(5) === 0))
            order.splice(choose(3) === 0 ? choose(order.length + 1) : order.length, 0, element);
        }
      }
      const history = placed.map(({ frame: drawn, wishes }, tx) => {
        const own = new Map<string, Json[]>();
        const ops = wishes.map(({ what, key, upTo, odd, element }): MicroOp => {
          const mine = own.get(key) ?? [];
          if (what === "append") {
            own.set(key, [...mine, element]);
            return { op: "append", key, element };
          }
          const order = orders.get(key)!;
          const others = order.filter((one) => !mine.includes(one));
          const shown =
            odd === 0
              ? order.toReversed()
              : odd === 1
                ? [...others.slice(0, upTo)]
                : [...others.slice(0, upTo), ...mine];
          return { op: "get", key, seen: shown.length === 0 ? null : shown };
        });
        return framed(`T${tx}`, drawn, ops);
      });
      const last = keys.map((key): MicroOp => {
        const order = orders.get(key)!;
        const shown = drop === 0 ? order.slice(0, -1) : order;
        return { op: "get", key, seen: shown.length === 0 ? null : shown };
      });
      return [...history, { id: "last", process: "last", ops: last, status: "committed", begin: 100, end: 101 }];
    });
}

/** Histories of registers: each write has a value of its own, each read shows some value that somebody wrote, or none. */
export function anyRegisterHistory({
  predicates = false,
  initial = new Map<string, Json>(),
}: {
  predicates?: boolean;
  initial?: ReadonlyMap<string, Json>;
} = {}): fc.Arbitrary<Transaction[]> {
  const wish = fc.record({
    what: fc.constantFrom(
      ...(["get", "get", "get", "put", "put", "add", "insert", "delete"] as const),
      ...(predicates ? (["scan", "scan", "scan", "where", "where", "addAll", "deleteWhere"] as const) : []),
    ),
    key: fc.constantFrom(...keys),
    pick: fc.nat({ max: 7 }),
  });
  const body = fc.record({ frame, wishes: fc.array(wish, { minLength: 1, maxLength: 3 }) });
  return fc.tuple(fc.array(body, { minLength: 1, maxLength: 5 }), fc.boolean()).map(([bodies, isNumbered]) => {
    const values = new Map<string, Json[]>(keys.map((key) => [key, [initial.get(key) ?? null]]));
    let seq = 0;
    const drafts = bodies.toSorted(byBegin).map(({ wishes, ...rest }, tx) => ({
      ...rest,
      wishes: wishes.map((wished, at) => ({ ...wished, value: 10 * tx + at + 1 })),
    }));
    for (const { wishes } of drafts)
      for (const { what, key, value } of wishes) if (what === "put" || what === "insert") values.get(key)!.push(value);
    return drafts.map(({ frame: drawn, wishes }, tx) => {
      const own = new Map<string, Json>();
      const isKnown = drawn.status === "committed";
      const ops = wishes.map(({ what, key, pick, value }): MicroOp => {
        const known = values.get(key)!;
        const seen = own.has(key) ? own.get(key)! : known[pick % known.length]!;
        if (what === "get") return { op: "get", key, seen };
        if (what === "scan" || what === "where") {
          const read: PredicateRead =
            what === "scan" ? { op: "scan", from: "x", to: pick < 3 ? "y" : "" } : { op: "where", divisor: 2 };
          return isKnown ? { ...read, seen: rowsSelected(read, values, own, pick) } : read;
        }
        if (what === "addAll") return { op: "addAll", n: 2, ...(isKnown ? { seen: pick % 3 } : {}) };
        if (what === "deleteWhere")
          return { op: "deleteWhere", value: pick + 1, ...(isKnown ? { seen: pick % 2 } : {}) };
        if (what === "put") {
          own.set(key, value);
          return { op: "put", key, value };
        }
        if (what === "add") {
          const sum = (typeof seen === "number" ? seen : 0) + 1;
          own.set(key, sum);
          return { op: "add", key, n: 1, ...(isKnown ? { seen: sum } : {}) };
        }
        if (what === "insert") {
          if (seen === null) own.set(key, value);
          return { op: "insert", key, value, ...(isKnown ? { seen: seen === null } : {}) };
        }
        own.set(key, null);
        return { op: "delete", key, ...(isKnown ? { seen: seen !== null } : {}) };
      });
      const one = framed(`T${tx}`, drawn, ops);
      if (!isNumbered || !isKnown) return one;
      seq += 1;
      return { ...one, seq };
    });
  });
}

/** What a read by predicate may have selected: of each key some value that somebody wrote, and of its own transaction's what that left. */
function rowsSelected(
  read: PredicateRead,
  values: ReadonlyMap<string, Json[]>,
  own: ReadonlyMap<string, Json>,
  pick: number,
): Row[] {
  return keys.flatMap((key, index): Row[] => {
    const known = values.get(key)!;
    const value = own.has(key) ? own.get(key)! : known[(pick >> index) % known.length]!;
    return value !== null && selects(read, key, value) ? [[key, value]] : [];
  });
}
