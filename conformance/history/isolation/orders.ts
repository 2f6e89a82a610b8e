/**
 * The orders that stand beside the data: sessions, real time, commit numbers. A chain of helper nodes says each with a few edges for
 * each transaction: T1 → its helper → … → a later helper → T2.
 */
import { type DependencyGraph, kinds } from "./graph.ts";
import type { Transaction } from "./transaction.ts";

/** An order that a strict level respects. */
export type Order = "process" | "realtime" | "seq";

/** Adds the edges of an order between the transactions that count. */
export function addOrder(
  graph: DependencyGraph,
  order: Order,
  transactions: readonly Transaction[],
  counts: (tx: number) => boolean,
): void {
  const counting = transactions.flatMap((_, tx) => (counts(tx) ? [tx] : []));
  if (order === "realtime") addRealTime(graph, transactions, counting);
  else if (order === "process") {
    for (const session of Map.groupBy(counting, (tx) => transactions[tx]!.process).values())
      addChain(
        graph,
        kinds.process,
        session.map((tx) => [tx]),
      );
  } else {
    const numbered = counting.filter((tx) => transactions[tx]!.seq !== undefined);
    numbered.sort((a, b) => transactions[a]!.seq! - transactions[b]!.seq!);
    // Snapshots from outside may stand at one place: neither is before the other.
    addChain(graph, kinds.seq, [...Map.groupBy(numbered, (tx) => transactions[tx]!.seq!).values()]);
  }
}

/** Each transaction of a place comes before each of the places that follow. */
function addChain(graph: DependencyGraph, kind: number, places: readonly (readonly number[])[]): void {
  let before: number | undefined;
  for (const [at, place] of places.entries()) {
    if (before !== undefined) for (const tx of place) graph.addEdge(before, tx, kind);
    if (at === places.length - 1) return;
    const helper = graph.addHelper();
    for (const tx of place) graph.addEdge(tx, helper, kind);
    if (before !== undefined) graph.addEdge(before, helper, kind);
    before = helper;
  }
}

/** Who had ended before who began. */
function addRealTime(graph: DependencyGraph, transactions: readonly Transaction[], counting: readonly number[]): void {
  const byEnd = counting.toSorted((a, b) => transactions[a]!.end - transactions[b]!.end);
  const byBegin = counting.toSorted((a, b) => transactions[a]!.begin - transactions[b]!.begin);
  let ended = 0;
  let helper: number | undefined;
  for (const tx of byBegin) {
    while (ended < byEnd.length && transactions[byEnd[ended]!]!.end < transactions[tx]!.begin) {
      const next = graph.addHelper();
      if (helper !== undefined) graph.addEdge(helper, next, kinds.realtime);
      graph.addEdge(byEnd[ended]!, next, kinds.realtime);
      helper = next;
      ended += 1;
    }
    if (helper !== undefined) graph.addEdge(helper, tx, kinds.realtime);
  }
}
