/**
 * One anomaly of each class, as a few transactions on keys of their own, to be planted into a legal history. Positions count from 0; all of a
 * plant's transactions overlap unless it says otherwise.
 */
import type { AnomalyClass } from "../../../conformance/history/isolation/anomaly.ts";
import type { Transaction } from "../../../conformance/history/isolation/transaction.ts";
import { append, get, insert, put, scan, tx, where } from "./build.ts";

/** A fault of a database and the class of anomaly that it is. */
export interface Plant {
  readonly fault: string;
  readonly class: AnomalyClass;
  readonly transactions: readonly Transaction[];
}

const after = (begin: number) => ({ begin, end: begin + 1 });

/** The faults. */
export const plants: readonly Plant[] = [
  {
    fault: "aborted read of a list",
    class: "G1a",
    transactions: [tx("A", [append("x", 1)], { status: "aborted" }), tx("B", [get("x", [1])])],
  },
  {
    fault: "aborted read of a register",
    class: "G1a",
    transactions: [tx("A", [put("x", 1)], { status: "aborted" }), tx("B", [get("x", 1)])],
  },
  {
    fault: "aborted read by a predicate",
    class: "G1a",
    transactions: [tx("A", [insert("p1", 1)], { status: "aborted" }), tx("B", [scan("p", "q", [["p1", 1]])])],
  },
  {
    fault: "intermediate read of a list",
    class: "G1b",
    transactions: [tx("A", [append("x", 1), append("x", 2)]), tx("B", [get("x", [1])]), tx("C", [get("x", [1, 2])])],
  },
  {
    fault: "intermediate read of a register",
    class: "G1b",
    transactions: [tx("A", [put("x", 1), put("x", 2)]), tx("B", [get("x", 1)])],
  },
  {
    fault: "writes mixed in two orders",
    class: "G0",
    transactions: [
      tx("A", [append("x", 1), append("y", 1)]),
      tx("B", [append("x", 2), append("y", 2)]),
      tx("C", [get("x", [1, 2]), get("y", [2, 1])]),
    ],
  },
  {
    fault: "each reads the other's append",
    class: "G1c",
    transactions: [tx("A", [append("x", 1), get("y", [2])]), tx("B", [append("y", 2), get("x", [1])])],
  },
  {
    fault: "each reads the other's write",
    class: "G1c",
    transactions: [tx("A", [put("x", 1), get("y", 2)]), tx("B", [put("y", 2), get("x", 1)])],
  },
  {
    fault: "lost update of a list",
    class: "P4",
    transactions: [
      tx("A", [get("x", null), append("x", 1)]),
      tx("B", [get("x", null), append("x", 2)]),
      tx("C", [get("x", [1, 2])], after(2_000_000)),
    ],
  },
  {
    fault: "lost update of a register",
    class: "P4",
    transactions: [tx("A", [get("x", null), put("x", 1)]), tx("B", [get("x", null), put("x", 2)])],
  },
  {
    fault: "lost update of a counter",
    class: "P4",
    transactions: [
      tx("A", [{ op: "add", key: "x", n: 1, seen: 1 }]),
      tx("B", [{ op: "add", key: "x", n: 2, seen: 2 }]),
    ],
  },
  {
    fault: "inserted twice under one key",
    class: "P4",
    transactions: [tx("A", [insert("x", 1)]), tx("B", [insert("x", 2)])],
  },
  {
    fault: "dropped append",
    class: "lost-append",
    transactions: [tx("A", [append("x", 1)], after(0)), tx("B", [get("x", null)], after(5))],
  },
  {
    fault: "read skew of lists",
    class: "G-single-item",
    transactions: [tx("A", [get("x", null), get("y", [1])]), tx("B", [append("x", 2), append("y", 1)])],
  },
  {
    fault: "read skew of registers",
    class: "G-single-item",
    transactions: [tx("A", [get("x", null), get("y", 1)]), tx("B", [put("x", 2), put("y", 1)])],
  },
  {
    fault: "write skew of lists",
    class: "G2-item",
    transactions: [
      tx("A", [get("x", null), get("y", null), append("x", 1)]),
      tx("B", [get("x", null), get("y", null), append("y", 2)]),
    ],
  },
  {
    fault: "write skew of registers",
    class: "G2-item",
    transactions: [
      tx("A", [get("x", null), get("y", null), put("x", 1)]),
      tx("B", [get("x", null), get("y", null), put("y", 2)]),
    ],
  },
  {
    fault: "an observed transaction vanishes from lists",
    class: "OTV",
    transactions: [
      tx("A", [append("x", 1), append("y", 1)]),
      tx("B", [get("x", [1]), get("y", null)]),
      tx("C", [get("y", [1])]),
    ],
  },
  {
    fault: "an observed transaction vanishes from registers",
    class: "OTV",
    transactions: [tx("A", [put("x", 1), put("y", 2)]), tx("B", [get("x", 1), get("y", null)])],
  },
  {
    fault: "a range fills while it is read",
    class: "PMP",
    transactions: [tx("A", [scan("p", "q", []), scan("p", "q", [["p1", 1]])]), tx("B", [insert("p1", 1)])],
  },
  {
    fault: "predicate skew of two inserts into one range",
    class: "G2",
    transactions: [tx("A", [scan("p", "q", []), insert("p1", 1)]), tx("B", [scan("p", "q", []), insert("p2", 2)])],
  },
  {
    fault: "predicate skew of two inserts of divisible numbers",
    class: "G2",
    transactions: [tx("A", [where(1009, []), insert("p1", 1009)]), tx("B", [where(1009, []), insert("p2", 2018)])],
  },
  {
    fault: "read skew with a predicate",
    class: "G-single",
    transactions: [tx("A", [scan("p", "q", []), get("x", [1])]), tx("B", [insert("p1", 1), append("x", 1)])],
  },
  {
    fault: "commits in another order than real time",
    class: "G-single-item-realtime",
    transactions: [
      tx("A", [append("x", 1)], after(0)),
      tx("B", [get("x", null)], after(5)),
      tx("C", [get("x", [1])], after(9)),
    ],
  },
  {
    fault: "writes installed in another order than real time",
    class: "G0-realtime",
    transactions: [
      tx("A", [append("x", 1)], after(0)),
      tx("B", [append("x", 2)], after(5)),
      tx("C", [get("x", [2, 1])], after(9)),
    ],
  },
  {
    fault: "a session that does not see its own past",
    class: "G-single-item-process",
    transactions: [
      tx("A", [append("x", 1)], { process: "P" }),
      tx("B", [get("x", null)], { process: "P" }),
      tx("C", [get("x", [1])]),
    ],
  },
  {
    fault: "commit numbers in another order than what was seen",
    class: "G-single-item-seq",
    transactions: [
      tx("A", [append("x", 1)], { seq: 1 }),
      tx("B", [get("x", null)], { seq: 2 }),
      tx("C", [get("x", [1])], { seq: 3 }),
    ],
  },
  {
    fault: "own write not read back",
    class: "internal",
    transactions: [tx("A", [put("x", 1), get("x", null)])],
  },
  {
    fault: "own append not read back",
    class: "internal",
    transactions: [tx("A", [append("x", 1), get("x", null)])],
  },
  {
    fault: "a value from nowhere",
    class: "garbage-read",
    transactions: [tx("A", [put("x", 1)]), tx("B", [get("x", 7)])],
  },
  {
    fault: "an element from nowhere",
    class: "garbage-read",
    transactions: [tx("A", [append("x", 1)]), tx("B", [get("x", [1, 7])])],
  },
  {
    fault: "one append done twice",
    class: "duplicate-write",
    transactions: [tx("A", [append("x", 1)]), tx("B", [get("x", [1, 1])])],
  },
  {
    fault: "two readers see two orders",
    class: "incompatible-order",
    transactions: [
      tx("A", [append("x", 1)]),
      tx("B", [append("x", 2)]),
      tx("C", [get("x", [1])]),
      tx("D", [get("x", [2, 1])]),
    ],
  },
  {
    fault: "a committed append on top of an undone one",
    class: "dirty-update",
    transactions: [
      tx("A", [append("x", 1)], { status: "aborted" }),
      tx("B", [append("x", 2)]),
      tx("C", [get("x", [1, 2])]),
    ],
  },
];

/** Plants a fault into a history that ends before position `from`, whose last commit number is `lastSeq`. */
export function plantInto(history: readonly Transaction[], plant: Plant, from: number): Transaction[] {
  const lastSeq = Math.max(0, ...history.map(({ seq }) => seq ?? 0));
  const planted = plant.transactions.map((one) => ({
    ...one,
    id: `planted ${one.id}`,
    process: `planted ${one.process}`,
    begin: one.begin + from,
    end: one.end + from,
    ...(one.seq === undefined ? {} : { seq: one.seq + lastSeq }),
  }));
  return [...history, ...planted];
}
