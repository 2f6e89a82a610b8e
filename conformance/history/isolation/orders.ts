/**
 * The orders that stand beside the data: sessions, real time, commit numbers. Each is a total preorder of many transactions; a chain of
 * helper nodes says it with as many edges as there are transactions: T1 → its helper → … → a later helper → T2.
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
      addChain(graph, kinds.process, session);
  } else {
    const numbered = counting.filter((tx) => transactions[tx]!.seq !== undefined);
    addChain(
      graph,
      kinds.seq,
      numbered.sort((a, b) => transactions[a]!.seq! - transactions[b]!.seq!),
    );
  }
}

function addChain(graph: DependencyGraph, kind: number, chain: readonly number[]): void {
  let before = -1;
  for (const [at, tx] of chain.entries()) {
    if (before >= 0) graph.addEdge(before, tx, kind);
    if (at === chain.length - 1) return;
    const helper = graph.addHelper();
    graph.addEdge(tx, helper, kind);
    if (before >= 0) graph.addEdge(before, helper, kind);
    before = helper;
  }
}

/** Who had ended before who began. */
function addRealTime(graph: DependencyGraph, transactions: readonly Transaction[], counting: readonly number[]): void {
  const byEnd = counting.filter((tx) => transactions[tx]!.end < Number.POSITIVE_INFINITY);
  byEnd.sort((a, b) => transactions[a]!.end - transactions[b]!.end);
  const byBegin = [...counting].sort((a, b) => transactions[a]!.begin - transactions[b]!.begin);
  let ended = 0;
  let helper = -1;
  for (const tx of byBegin) {
    while (ended < byEnd.length && transactions[byEnd[ended]!]!.end < transactions[tx]!.begin) {
      const next = graph.addHelper();
      if (helper >= 0) graph.addEdge(helper, next, kinds.realtime);
      graph.addEdge(byEnd[ended]!, next, kinds.realtime);
      helper = next;
      ended += 1;
    }
    if (helper >= 0) graph.addEdge(helper, tx, kinds.realtime);
  }
}
