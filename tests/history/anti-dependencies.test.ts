import { describe, expect, test } from "vitest";
import { antiDependencies } from "../../conformance/history/isolation/anti-dependencies.ts";
import { DependencyGraph, kinds } from "../../conformance/history/isolation/graph.ts";

/** The graph of ten transactions after one version: who read it, and who installed a version after it (T installs version 100 + T). */
function graphOf(readers: readonly number[], writers: readonly number[]): DependencyGraph {
  const graph = new DependencyGraph(10);
  const successors = writers.map((tx) => ({ tx, after: 100 + tx }));
  antiDependencies(graph, { readers, successors, kind: kinds.rw, key: 3, before: 50 });
  return graph;
}

/** The pairs "reader < writer" that the graph says, directly or by its helper. */
function pairsOf(graph: DependencyGraph): string[] {
  const edges = Array.from({ length: graph.edges }, (_, edge) => graph.edge(edge));
  for (const edge of edges) expect(edge).toMatchObject({ kind: kinds.rw, key: 3, before: 50 });
  return edges
    .filter(({ to }) => to < graph.transactions)
    .flatMap(({ from, to, after }) => {
      expect(after).toBe(100 + to);
      return from < graph.transactions
        ? [`${from} < ${to}`]
        : edges.filter((edge) => edge.to === from).map((edge) => `${edge.from} < ${to}`);
    })
    .sort();
}

describe("who read a version comes before who installed one after it", () => {
  test.each<[string, number[], number[], string[], number, number]>([
    ["nobody read it", [], [5, 6], [], 0, 0],
    ["nobody wrote after it", [0, 1], [], [], 0, 0],
    ["one reader, many writers", [0], [5, 6, 7], ["0 < 5", "0 < 6", "0 < 7"], 3, 0],
    ["many readers, one writer", [0, 1, 2], [5], ["0 < 5", "1 < 5", "2 < 5"], 3, 0],
    ["a lost update: each read and wrote", [0, 1], [0, 1], ["0 < 1", "1 < 0"], 2, 0],
    ["one of the readers wrote", [0, 1], [1, 5], ["0 < 1", "0 < 5", "1 < 5"], 3, 0],
    ["a writer that read it twice", [1, 1], [1, 5], ["1 < 5"], 1, 0],
    [
      "many of both, by way of a helper",
      [0, 1, 2, 3],
      [5, 6, 7],
      [0, 1, 2, 3].flatMap((reader) => [5, 6, 7].map((writer) => `${reader} < ${writer}`)),
      7,
      1,
    ],
    [
      "more than two lost updates, of which two say enough",
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      ["0 < 1", "0 < 2", "0 < 3", "1 < 0", "1 < 2", "1 < 3"],
      6,
      0,
    ],
  ])("%s", (_, readers, writers, pairs, edges, helpers) => {
    const graph = graphOf(readers, writers);
    expect(pairsOf(graph)).toEqual(pairs);
    expect(graph).toMatchObject({ edges, nodes: graph.transactions + helpers });
  });
});
