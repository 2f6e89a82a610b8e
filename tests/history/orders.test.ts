/** The edges of an order say who comes before whom: nothing else, nothing less, and with few edges. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DependencyGraph, kinds } from "../../conformance/history/isolation/graph.ts";
import { addOrder, type Order } from "../../conformance/history/isolation/orders.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";

/** Where the edges of a transaction lead by way of helpers alone. */
function successors(graph: DependencyGraph, transaction: number): Set<number> {
  const edges = Array.from({ length: graph.edges }, (_, edge) => graph.edge(edge));
  const reached = new Set<number>();
  const found = new Set<number>();
  const leave = (node: number) => {
    for (const { from, to } of edges) {
      if (from !== node || reached.has(to)) continue;
      if (to < graph.transactions) found.add(to);
      else {
        reached.add(to);
        leave(to);
      }
    }
  };
  leave(transaction);
  return found;
}

/** What each order says of two transactions, by its definition. */
const definitions: { readonly [order in Order]: (a: Transaction, b: Transaction) => boolean } = {
  process: (a, b) => a.process === b.process && Number(a.id) < Number(b.id),
  realtime: (a, b) => a.end < b.begin,
  seq: (a, b) => a.seq !== undefined && b.seq !== undefined && a.seq < b.seq,
};

/** Transactions at any positions: those of a faulty host may end before they begin. The id is the place in the list. */
const anyTransactions = fc
  .array(
    fc.record(
      {
        process: fc.constantFrom("p", "q", "r"),
        begin: fc.nat(6),
        end: fc.oneof(fc.nat(12), fc.constant(Number.POSITIVE_INFINITY)),
        seq: fc.constantFrom(1, 1.5, 2, 2.5, 3),
      },
      { requiredKeys: ["process", "begin", "end"] },
    ),
    { maxLength: 7 },
  )
  .map((all) => all.map((one, id): Transaction => ({ id: `${id}`, ops: [], status: "committed", ...one })));

describe.each(["process", "realtime", "seq"] as const)("the order %s", (order) => {
  const build = (transactions: readonly Transaction[], counted: readonly boolean[]) => {
    const graph = new DependencyGraph(transactions.length);
    addOrder(graph, order, transactions, (tx) => counted[tx]!);
    return { graph, edges: Array.from({ length: graph.edges }, (_, edge) => graph.edge(edge)) };
  };

  test("leads from a transaction to exactly those that come later, of those that count", () => {
    const counted = fc.array(
      fc.boolean().map((isNot) => !isNot),
      { minLength: 7, maxLength: 7 },
    );
    fc.assert(
      fc.property(anyTransactions, counted, (transactions, counts) => {
        const { graph } = build(transactions, counts);
        for (const [from, one] of transactions.entries()) {
          const later = transactions.flatMap((other, to) =>
            from !== to && counts[from]! && counts[to]! && definitions[order](one, other) ? [to] : [],
          );
          const found = [...successors(graph, from)].filter((to) => to !== from);
          expect(found.toSorted()).toEqual(later);
        }
      }),
      { seed: 20261122, numRuns: 400 },
    );
  });

  test("has edges of its own kind alone, between nodes of the graph, and at most three for each transaction", () => {
    fc.assert(
      fc.property(anyTransactions, (transactions) => {
        const { graph, edges } = build(
          transactions,
          transactions.map(() => true),
        );
        for (const { from, to, kind } of edges) {
          expect(kind).toBe(kinds[order]);
          expect(Math.min(from, to)).toBeGreaterThanOrEqual(0);
          expect(Math.max(from, to)).toBeLessThan(graph.nodes);
        }
        expect(edges.length).toBeLessThanOrEqual(3 * transactions.length);
      }),
      { seed: 20261122, numRuns: 200 },
    );
  });

  test("takes no edge where nobody comes before anybody", () => {
    const apart = ["p", "q"].map(
      (process, id): Transaction => ({
        id: `${id}`,
        process,
        ops: [],
        status: "committed",
        seq: 1.5,
        begin: 3,
        end: 3,
      }),
    );
    expect(build(apart, [true, true]).edges).toEqual([]);
  });
});

test("two of a session, or one commit and the next, take two edges", () => {
  const two = [1, 2].map(
    (seq): Transaction => ({ id: `${seq}`, process: "p", ops: [], status: "committed", seq, begin: 0, end: 9 }),
  );
  for (const order of ["process", "seq"] as const) {
    const graph = new DependencyGraph(2);
    addOrder(graph, order, two, () => true);
    expect(graph).toMatchObject({ nodes: 3, edges: 2 });
  }
});
