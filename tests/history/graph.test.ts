import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { components } from "../../conformance/history/isolation/components.ts";
import { DependencyGraph, kinds } from "../../conformance/history/isolation/graph.ts";

describe("the dependency graph", () => {
  test("keeps what each edge says, also beyond its first room", () => {
    const graph = new DependencyGraph(3000);
    for (let node = 0; node < 2999; node += 1) graph.addEdge(node, node + 1, kinds.wr, node * 2, node - 1, node + 5);
    expect(graph.edges).toBe(2999);
    for (const node of [0, 1023, 1024, 2048, 2998]) {
      expect(graph.edge(node)).toEqual({
        from: node,
        to: node + 1,
        kind: kinds.wr,
        key: node * 2,
        before: node - 1,
        after: node + 5,
      });
    }
  });

  test("an edge about no key has none of its numbers", () => {
    const graph = new DependencyGraph(2);
    graph.addEdge(0, 1, kinds.process);
    expect(graph.edge(0)).toMatchObject({ key: -1, before: -1, after: -1 });
  });

  test("leaves out an edge from a node to itself", () => {
    const graph = new DependencyGraph(2);
    graph.addEdge(1, 1, kinds.ww);
    expect(graph.edges).toBe(0);
  });

  test("helpers are nodes after the transactions", () => {
    const graph = new DependencyGraph(2);
    expect([graph.addHelper(), graph.addHelper()]).toEqual([2, 3]);
    expect(graph).toMatchObject({ transactions: 2, nodes: 4 });
  });

  test("gives the edges by their source, those that were added since included", () => {
    const graph = new DependencyGraph(3);
    const from = (node: number) => {
      const { offsets, edges, to } = graph.adjacency();
      return [...edges.slice(offsets[node], offsets[node + 1])].map((edge) => to[edge]);
    };
    graph.addEdge(2, 0, kinds.ww);
    graph.addEdge(0, 1, kinds.ww);
    graph.addEdge(0, 2, kinds.wr);
    expect([from(0), from(1), from(2)]).toEqual([[1, 2], [], [0]]);
    graph.addEdge(1, 0, kinds.rw);
    expect([from(0), from(1), from(2)]).toEqual([[1, 2], [0], [0]]);
  });
});

/** Which nodes reach which over edges of a mask, by trying all: the definition of what the components are to say. */
function reach(graph: DependencyGraph, mask: number): boolean[][] {
  const nodes = Array.from({ length: graph.nodes }, (_, node) => node);
  const reached = nodes.map((from) => nodes.map((to) => from === to));
  for (let edge = 0; edge < graph.edges; edge += 1) {
    const { from, to, kind } = graph.edge(edge);
    if ((kind & mask) !== 0) reached[from]![to] = true;
  }
  for (const by of nodes)
    for (const from of nodes) for (const to of nodes) reached[from]![to] ||= reached[from]![by]! && reached[by]![to]!;
  return reached;
}

describe("its strongly connected components", () => {
  const someEdges = fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.constantFrom(...Object.values(kinds))), {
    maxLength: 40,
  });

  test("are the nodes that reach each other, over the kinds that are asked for", () => {
    fc.assert(
      fc.property(someEdges, fc.nat(127), (edges, mask) => {
        const graph = new DependencyGraph(9);
        for (const [from, to, kind] of edges) graph.addEdge(from, to, kind);
        const reached = reach(graph, mask);
        const { of, cyclic } = components(graph, mask);
        for (let one = 0; one < 9; one += 1)
          for (let other = 0; other < 9; other += 1)
            expect(of[one] === of[other]).toBe(reached[one]![other]! && reached[other]![one]!);
        const larger = Map.groupBy(of.keys(), (node) => of[node]!);
        const expected = [...larger.values()].filter((nodes) => nodes.length > 1).map((nodes) => nodes.join());
        expect(cyclic.map((nodes) => nodes.toSorted((one, other) => one - other).join()).toSorted()).toEqual(
          expected.toSorted(),
        );
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test("are numbered from 0, each node in one", () => {
    const graph = new DependencyGraph(4);
    graph.addEdge(0, 1, kinds.ww);
    graph.addEdge(1, 0, kinds.rw);
    const { of } = components(graph, kinds.ww | kinds.rw);
    expect(new Set(of)).toEqual(new Set([0, 1, 2]));
  });

  test("a long cycle takes no stack", () => {
    const graph = new DependencyGraph(100_000);
    for (let node = 0; node < 100_000; node += 1) graph.addEdge(node, (node + 1) % 100_000, kinds.wr);
    expect(components(graph, kinds.wr).cyclic.map(({ length }) => length)).toEqual([100_000]);
  });
});
