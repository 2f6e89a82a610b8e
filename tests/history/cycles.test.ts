/** What the search for cycles promises: the definitions of `anomaly.ts`, looked for by trying every way through small graphs. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CycleClass, implies } from "../../conformance/history/isolation/anomaly.ts";
import { findCycles } from "../../conformance/history/isolation/cycles.ts";
import { DependencyGraph, kinds } from "../../conformance/history/isolation/graph.ts";

const { ww, wr, rw, predicateRw, process, realtime, seq } = kinds;
const data = ww | wr | rw | predicateRw;
const size = 6;

/** Each class, the worst first: a cycle of it goes over one edge of `closing` and then over `others`. */
const classes = [
  { name: "G0", closing: ww, others: ww },
  { name: "G1c", closing: wr, others: ww | wr },
  { name: "G-single-item", closing: rw, others: ww | wr },
  { name: "G-single", closing: predicateRw, others: ww | wr },
  { name: "G2-item", closing: rw, others: ww | wr | rw },
  { name: "G2", closing: predicateRw, others: data },
] as const;

/** The orders beside the data that each suffix allows, and the one that names it. */
const demands = [
  { suffix: "", orders: 0, strongest: 0 },
  { suffix: "-process", orders: process, strongest: process },
  { suffix: "-realtime", orders: process | realtime, strongest: realtime },
  { suffix: "-seq", orders: process | realtime | seq, strongest: seq },
] as const;

/** That one transaction comes before another: `key` tells of which fact of the graph it is. */
interface Pair {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  readonly key: number;
}

const someKind = fc.constantFrom(...Object.values(kinds));
const single = fc.record({ from: fc.nat(size - 1), to: fc.nat(size - 1), kind: someKind });
/** Who stands on which side of a helper: before it (1), before the helper that follows it (2), after it (3), after that one (4). */
const bundle = fc.record({
  kind: someKind,
  sides: fc.array(fc.nat(4), { minLength: size, maxLength: size }),
  isChain: fc.boolean(),
});

/** A graph, and all pairs that it says, written out. */
const anyGraph = fc
  .record({ singles: fc.array(single, { maxLength: 10 }), bundles: fc.array(bundle, { maxLength: 2 }) })
  .map(({ singles, bundles }) => {
    const graph = new DependencyGraph(size);
    const pairs: Pair[] = [];
    const enter = (from: number, to: number, kind: number) => graph.addEdge(from, to, kind);
    const lead = (from: number, to: number, kind: number, key: number) =>
      graph.addEdge(from, to, kind, key, 10 + key, 100 + to);
    for (const { kind, sides, isChain } of bundles) {
      const on = (side: number) => sides.flatMap((one, tx) => (one === side ? [tx] : []));
      const key = graph.nodes;
      const first = graph.addHelper();
      for (const from of on(1)) enter(from, first, kind);
      for (const to of on(3)) lead(first, to, kind, key);
      const later = isChain ? [...on(3), ...on(4)] : on(3);
      for (const from of on(1)) for (const to of later) pairs.push({ from, to, kind, key });
      if (!isChain) continue;
      const second = graph.addHelper();
      enter(first, second, kind);
      for (const from of on(2)) enter(from, second, kind);
      for (const to of on(4)) lead(second, to, kind, key);
      for (const from of on(2)) for (const to of on(4)) pairs.push({ from, to, kind, key });
    }
    for (const [index, { from, to, kind }] of singles.entries()) {
      lead(from, to, kind, 1000 + index);
      if (from !== to) pairs.push({ from, to, kind, key: 1000 + index });
    }
    return { graph, pairs };
  });

/** How far each transaction is from each, over pairs of these kinds. */
function distances(pairs: readonly Pair[], mask: number): number[][] {
  const nodes = Array.from({ length: size }, (_, node) => node);
  const far = nodes.map((from) => nodes.map((to) => (from === to ? 0 : Number.POSITIVE_INFINITY)));
  for (const { from, to, kind } of pairs) if ((kind & mask) !== 0) far[from]![to] = 1;
  for (const by of nodes)
    for (const from of nodes)
      for (const to of nodes) far[from]![to] = Math.min(far[from]![to]!, far[from]![by]! + far[by]![to]!);
  return far;
}

/** The sets of transactions that reach each other. */
function components(pairs: readonly Pair[], mask: number): number[][] {
  const far = distances(pairs, mask);
  const isMate = (one: number, other: number) => far[one]![other]! + far[other]![one]! < Number.POSITIVE_INFINITY;
  const all = far.map((row, one) => row.flatMap((_, other) => (isMate(one, other) ? [other] : [])));
  return all.filter((mates, one) => mates.length > 1 && mates[0] === one);
}

/** The length of the shortest cycle of a class; Infinity where there is none. */
function shortest(pairs: readonly Pair[], closing: number, others: number): number {
  const far = distances(pairs, others);
  const lengths = pairs.filter(({ kind }) => (kind & closing) !== 0).map(({ from, to }) => 1 + far[to]![from]!);
  return Math.min(Number.POSITIVE_INFINITY, ...lengths);
}

const within = (pairs: readonly Pair[], nodes: readonly number[]) =>
  pairs.filter(({ from, to }) => nodes.includes(from) && nodes.includes(to));

describe("of any small graph", () => {
  test("what is told are cycles of it, and what each is called it is (800 graphs)", () => {
    fc.assert(
      fc.property(anyGraph, ({ graph, pairs }) => {
        for (const { class: name, steps } of findCycles(graph).cycles) {
          for (const [at, { from, to, kind, key, before, after }] of steps.entries()) {
            expect(pairs).toContainEqual({ from, to, kind, key });
            expect([before, after]).toEqual([10 + key, 100 + to]);
            expect(to).toBe(steps[(at + 1) % steps.length]!.from);
          }
          expect(new Set(steps.map(({ from }) => from)).size).toBe(steps.length);
          const used = steps.reduce((mask, { kind }) => mask | kind, 0);
          const anti = steps.filter(({ kind }) => (kind & (rw | predicateRw)) !== 0).length;
          const { suffix, strongest, orders } = demands.findLast((one) => name.endsWith(one.suffix))!;
          const { closing, others } = classes.find((one) => `${one.name}${suffix}` === name)!;
          expect(used & closing).not.toBe(0);
          expect(used & ~(closing | others | orders)).toBe(0);
          expect(used & strongest).toBe(strongest);
          if (name.startsWith("G-single")) expect(anti).toBe(1);
          if (name.startsWith("G2")) expect(anti).toBeGreaterThan(1);
        }
      }),
      { seed: 20261122, numRuns: 800 },
    );
  });

  test("each component's worst cycle that demands least is told by its shortest, and whatever else there is follows from what is told (800 graphs)", () => {
    const told = { anything: 0, nothing: 0 };
    fc.assert(
      fc.property(anyGraph, ({ graph, pairs }) => {
        const { cycles } = findCycles(graph);
        told[cycles.length > 0 ? "anything" : "nothing"] += 1;
        for (const [pass, { suffix, orders }] of demands.entries()) {
          for (const component of components(pairs, data | orders)) {
            const inside = within(pairs, component);
            const lengths = (allowed: number) =>
              classes.map(({ closing, others }) => shortest(inside, closing, others | allowed));
            const here = cycles.filter(
              ({ class: name, steps }) =>
                component.includes(steps[0]!.from) && classes.some((one) => `${one.name}${suffix}` === name),
            );
            const needsLess = pass > 0 && Math.min(...lengths(demands[pass - 1]!.orders)) < Number.POSITIVE_INFINITY;
            const found = needsLess ? [] : lengths(orders);
            const worst = found.findIndex((length) => length < Number.POSITIVE_INFINITY);
            if (worst < 0) expect(here).toEqual([]);
            else {
              const name = `${classes[worst]!.name}${suffix}`;
              const places = here.map((one) => classes.findIndex((each) => `${each.name}${suffix}` === one.class));
              expect(Math.min(...places)).toBe(worst);
              const best = here.filter((one) => one.class === name).map(({ steps }) => steps.length);
              expect(Math.min(...best)).toBe(found[worst]);
            }
            for (const [at, length] of found.entries()) {
              const wanted = `${classes[at]!.name}${suffix}` as CycleClass;
              if (length < Number.POSITIVE_INFINITY)
                expect(
                  here.some((one) => implies(one.class, wanted)),
                  wanted,
                ).toBe(true);
            }
          }
        }
      }),
      { seed: 20261122, numRuns: 800 },
    );
    expect(Math.min(told.anything, told.nothing)).toBeGreaterThan(50);
  });

  test("no transaction lies on two of them of which one follows from the other (800 graphs)", () => {
    fc.assert(
      fc.property(anyGraph, ({ graph }) => {
        const { cycles } = findCycles(graph);
        for (const [at, { class: name, steps }] of cycles.entries()) {
          const nodes = new Set(steps.map(({ from }) => from));
          for (const later of cycles.slice(at + 1))
            if (later.steps.some(({ from }) => nodes.has(from))) expect(implies(name, later.class)).toBe(false);
        }
      }),
      { seed: 20261122, numRuns: 800 },
    );
  });

  test("those that the data alone tangles are told (300 graphs)", () => {
    fc.assert(
      fc.property(anyGraph, ({ graph, pairs }) => {
        const tangled = [...findCycles(graph).tangled].toSorted((one, other) => one - other);
        expect(tangled).toEqual(
          components(pairs, data)
            .flat()
            .toSorted((one, other) => one - other),
        );
      }),
      { seed: 20261122, numRuns: 300 },
    );
  });
});

/** A graph of edges, written as from, to, kind. */
function graphOf(transactions: number, ...edges: [number, number, number][]): DependencyGraph {
  const graph = new DependencyGraph(transactions);
  for (const edge of edges) graph.addEdge(...edge);
  return graph;
}

const told = (graph: DependencyGraph) =>
  findCycles(graph).cycles.map((one) => `${one.class}: ${one.steps.map(({ from }) => from).join(" ")}`);

describe("two faults", () => {
  test("are both told where they share nothing but a helper, though one would follow from the other", () => {
    const graph = new DependencyGraph(4);
    const helper = graph.addHelper();
    for (const [from, to, kind] of [
      [0, 1, rw],
      [2, 3, predicateRw],
    ] as const) {
      graph.addEdge(from, to, kind);
      graph.addEdge(to, helper, realtime);
      graph.addEdge(helper, from, realtime);
    }
    expect(told(graph)).toEqual(["G-single-item-realtime: 0 1", "G-single-realtime: 2 3"]);
  });

  test("are both told where one needs an order and the other needs none", () => {
    expect(told(graphOf(4, [0, 1, ww], [1, 0, ww], [2, 3, ww], [3, 2, seq]))).toEqual(["G0: 0 1", "G0-seq: 2 3"]);
  });

  test("beside each other are what each is alone", () => {
    // In the first an order joins a cycle of data with one that needs an order; the worst says enough.
    const joined: [number, number, number][] = [
      [0, 1, rw],
      [1, 0, rw],
      [2, 3, ww],
      [3, 2, process],
      [1, 2, process],
      [3, 0, rw],
    ];
    expect(told(graphOf(4, ...joined))).toEqual(["G2-item: 0 1"]);
    expect(told(graphOf(6, ...joined, [4, 5, ww], [5, 4, process]))).toEqual(["G2-item: 0 1", "G0-process: 4 5"]);
  });
});

test("a worse cycle by way of a helper is told before a shorter one that is not as bad", () => {
  const graph = graphOf(4, [1, 3, ww], [3, 0, wr], [2, 0, rw]);
  const helper = graph.addHelper();
  graph.addEdge(0, helper, rw);
  for (const writer of [1, 2]) graph.addEdge(helper, writer, rw);
  expect(told(graph)).toEqual(["G-single-item: 0 1 3"]);
});

test("of cycles of one length the first is told", () => {
  const ring = (...nodes: number[]) =>
    nodes.map((from, at): [number, number, number] => [from, nodes[(at + 1) % nodes.length]!, ww]);
  expect(told(graphOf(5, ...ring(0, 1, 2), ...ring(2, 3, 4)))).toEqual(["G0: 0 1 2"]);
});

describe("in a component with too many ways to try them all", () => {
  const length = 2000;
  /**
   * A column of anti-dependencies and one of writes, with a rung from each of the first to its neighbour in the second, from which only the ends lead back: no rung lies on
   * a cycle with one anti-dependency, except where `way` leads back from its foot. To learn that of rung n takes a walk down the rest of the writes: about 2,000 - n edges.
   */
  function ladder(way: number): DependencyGraph {
    const graph = new DependencyGraph(2 * length);
    for (let at = 1; at < length; at += 1) {
      graph.addEdge(at - 1, at, rw);
      graph.addEdge(length + at - 1, length + at, ww);
    }
    for (let at = 0; at < length; at += 1) graph.addEdge(at, length + at, rw);
    graph.addEdge(2 * length - 1, 0, rw);
    graph.addEdge(length, 0, rw);
    graph.addEdge(length + way, way, wr);
    return graph;
  }

  // 24 edges for each of the 6,001 and 400,000 besides are 544,024: enough for the walks from 292 rungs.
  test("the worst is found behind as many dead ends as the search may try", () => {
    expect(told(ladder(250))).toEqual(["G-single-item: 250 2250"]);
  });

  test("behind more of them another cycle is told in its place", () => {
    expect(told(ladder(350))).toEqual(["G2-item: 0 2000"]);
  });
});
