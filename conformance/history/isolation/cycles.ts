/** Finds and names the cycles of a dependency graph: in each component the worst first, of each the shortest. */
import type { AnomalyClass, CycleClass } from "./anomaly.ts";
import { implies } from "./anomaly.ts";
import { type Components, components } from "./components.ts";
import { type DependencyGraph, type KindMask, kinds } from "./graph.ts";

/** One edge of a cycle between two transactions, helpers left out; the reason as `DependencyGraph.edge` gives it. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  readonly key: number;
  readonly before: number;
  readonly after: number;
}

/** A cycle with its name. */
export interface Cycle {
  readonly class: CycleClass;
  readonly steps: readonly Step[];
}

const { ww, wr, rw, predicateRw } = kinds;

/** The cycles to look for: each begins with an edge of the kind `first` and goes on over `rest`. */
const searches: readonly { name: AnomalyClass; first: KindMask; rest: KindMask }[] = [
  { name: "G0", first: ww, rest: ww },
  { name: "G1c", first: wr, rest: ww | wr },
  { name: "G-single-item", first: rw, rest: ww | wr },
  { name: "G-single", first: predicateRw, rest: ww | wr },
  { name: "G2-item", first: rw, rest: ww | wr | rw },
  { name: "G2", first: predicateRw, rest: ww | wr | rw | predicateRw },
];

/** The orders that a cycle may use, weakest demand first. */
const passes: readonly { suffix: "" | "-process" | "-realtime" | "-seq"; orders: KindMask }[] = [
  { suffix: "", orders: 0 },
  { suffix: "-process", orders: kinds.process },
  { suffix: "-realtime", orders: kinds.process | kinds.realtime },
  { suffix: "-seq", orders: kinds.process | kinds.realtime | kinds.seq },
];

/**
 * After how many edges the search for one class in one component ends with the walk that it is on, for each edge of the component and besides. In a component so large
 * and so tangled that this is not enough a cycle is still found, but perhaps not the shortest, nor of the worst class.
 */
const walk = { perEdge: 24, besides: 400_000 };

/** The cycles of a graph, and the transactions that lie on a cycle of data dependencies alone. */
export function findCycles(graph: DependencyGraph): { cycles: Cycle[]; tangled: ReadonlySet<number> } {
  const cycles: Cycle[] = [];
  const tangled = new Set<number>();
  const data = ww | wr | rw | predicateRw;
  if (components(graph, data | passes.at(-1)!.orders).cyclic.length === 0) return { cycles, tangled };

  const paths = new Paths(graph);
  /** What was found, by transaction, in its component: in this pass or an earlier one. */
  const settled = new Map<number, Set<CycleClass>>();
  for (const { suffix, orders } of passes) {
    const whole = components(graph, data | orders);
    if (suffix === "") for (const node of whole.cyclic.flat()) if (node < graph.transactions) tangled.add(node);
    // A component in which a cycle needs less than this pass allows has been told.
    const untold = whole.cyclic.filter((component) => !component.some((node) => settled.has(node)));
    if (untold.length === 0) continue;
    const sought = new Set(untold.map(([node]) => whole.of[node!]!));
    for (const { name, first, rest } of searches) {
      const wanted = `${name}${suffix}` as CycleClass;
      const mask = first | rest | orders;
      const found = components(graph, mask);
      for (const component of found.cyclic) {
        if (!sought.has(whole.of[component[0]!]!)) continue;
        if (
          component.some((node) =>
            settled
              .get(node)
              ?.values()
              .some((one) => implies(one, wanted)),
          )
        )
          continue;
        const steps = paths.shortestCycle(component, found, first, rest | orders);
        if (steps === undefined) continue;
        const cycle = { class: nameOf(steps), steps };
        cycles.push(cycle);
        for (const node of component) {
          if (node >= graph.transactions) continue;
          const classes = settled.get(node) ?? new Set();
          settled.set(node, classes.add(cycle.class));
        }
      }
    }
  }
  return { cycles, tangled };
}

/** The name of a cycle, by its edges. */
function nameOf(steps: readonly Step[]): CycleClass {
  const count = (mask: KindMask) => steps.filter(({ kind }) => (kind & mask) !== 0).length;
  const suffix =
    count(kinds.seq) > 0
      ? "-seq"
      : count(kinds.realtime) > 0
        ? "-realtime"
        : count(kinds.process) > 0
          ? "-process"
          : "";
  const anti = count(rw | predicateRw);
  if (anti === 0) return `${count(wr) > 0 ? "G1c" : "G0"}${suffix}`;
  return `${anti === 1 ? "G-single" : "G2"}${count(predicateRw) === 0 ? "-item" : ""}${suffix}`;
}

/** Breadth-first search in a graph, with arrays that serve every search. */
class Paths {
  readonly #graph: DependencyGraph;
  /** The number of the search that reached the node last. */
  readonly #reached: Int32Array;
  /** The edge by which it was reached; its complement where that is one of the search's first. */
  readonly #via: Int32Array;
  #search = 0;

  constructor(graph: DependencyGraph) {
    this.#graph = graph;
    this.#reached = new Int32Array(graph.nodes);
    this.#via = new Int32Array(graph.nodes);
  }

  /** The shortest cycle within a component that begins with an edge of `first` and goes on over `rest`. */
  shortestCycle(component: readonly number[], { of }: Components, first: KindMask, rest: KindMask): Step[] | undefined {
    const { offsets, edges, kind } = this.#graph.adjacency();
    const inside = of[component[0]!]!;
    let size = 0;
    for (const node of component) size += offsets[node + 1]! - offsets[node]!;
    let budget = walk.besides + walk.perEdge * size;
    let shortest: Step[] | undefined;
    for (const node of component) {
      if (node >= this.#graph.transactions) continue;
      for (let at = offsets[node]!; at < offsets[node + 1]!; at += 1) {
        const edge = edges[at]!;
        if ((kind[edge]! & first) === 0) continue;
        const { path, walked } = this.#back(edge, node, { rest, of, inside });
        budget -= walked;
        if (path !== undefined) {
          const steps = this.#withoutHelpers(path);
          if (shortest === undefined || steps.length < shortest.length) shortest = steps;
        }
        if (shortest?.length === 2 || budget <= 0) return shortest;
      }
    }
    return shortest;
  }

  /** The shortest way along `edge` and back to its source `goal`. */
  #back(
    edge: number,
    goal: number,
    { rest, of, inside }: { rest: KindMask; of: Int32Array; inside: number },
  ): { path?: number[]; walked: number } {
    const { offsets, edges, to, kind } = this.#graph.adjacency();
    const { transactions } = this.#graph;
    this.#search += 1;
    let walked = 0;
    // Leaving a helper costs nothing: what it leads to is as far away as the helper.
    let nearest: number[] = [];
    let further: number[] = [];
    const reach = (next: number, isFirst: boolean, isFree: boolean) => {
      const target = to[next]!;
      if (of[target] !== inside || this.#reached[target] === this.#search) return;
      this.#reached[target] = this.#search;
      this.#via[target] = isFirst ? ~next : next;
      (isFree ? nearest : further).push(target);
    };
    const start = to[edge]!;
    if (start < transactions) reach(edge, true, true);
    else for (let at = offsets[start]!; at < offsets[start + 1]!; at += 1) reach(edges[at]!, true, true);
    while (nearest.length > 0) {
      // A helper that is met appends to the very list that this loop walks.
      for (const node of nearest) {
        if (node === goal) return { path: this.#unwind(edge, node), walked };
        for (let at = offsets[node]!; at < offsets[node + 1]!; at += 1) {
          const next = edges[at]!;
          walked += 1;
          if ((kind[next]! & rest) !== 0) reach(next, false, node >= transactions);
        }
      }
      nearest = further;
      further = [];
    }
    return { walked };
  }

  #unwind(edge: number, goal: number): number[] {
    const path: number[] = [];
    let node = goal;
    for (;;) {
      const via = this.#via[node]!;
      const last = via < 0 ? ~via : via;
      path.push(last);
      if (via < 0) {
        if (last !== edge) path.push(edge);
        return path.reverse();
      }
      node = this.#graph.edge(last).from;
    }
  }

  /** A path's edges from transaction to transaction; the edge that leaves the helpers has the reason. */
  #withoutHelpers(path: readonly number[]): Step[] {
    const steps: Step[] = [];
    let from: number | undefined;
    for (const number of path) {
      const edge = this.#graph.edge(number);
      from ??= edge.from;
      if (edge.to >= this.#graph.transactions) continue;
      steps.push({ ...edge, from });
      from = undefined;
    }
    return steps;
  }
}
