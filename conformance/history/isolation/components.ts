import type { DependencyGraph, KindMask } from "./graph.ts";

/** Strongly connected components of a graph. */
export interface Components {
  /** Component of each node. */
  readonly of: Int32Array;
  /** The nodes of each component that has a cycle. */
  readonly cyclic: readonly (readonly number[])[];
}

/**
 * The strongly connected components over the edges whose kind is in `mask` (Tarjan 1972, without recursion); linear in nodes and edges.
 */
export function components(graph: DependencyGraph, mask: KindMask): Components {
  const { offsets, edges, to, kind } = graph.adjacency();
  const count = graph.nodes;
  const of = new Int32Array(count).fill(-1);
  const order = new Int32Array(count);
  const low = new Int32Array(count);
  const next = new Int32Array(count);
  const stack: number[] = [];
  const path: number[] = [];
  const cyclic: number[][] = [];
  let visited = 0;
  let found = 0;

  const enter = (node: number) => {
    visited += 1;
    order[node] = visited;
    low[node] = visited;
    next[node] = offsets[node]!;
    stack.push(node);
    path.push(node);
  };
  const leave = (node: number) => {
    path.pop();
    const above = path.at(-1);
    if (above !== undefined) low[above] = Math.min(low[above]!, low[node]!);
    if (low[node] !== order[node]) return;
    const from = stack.lastIndexOf(node);
    for (let at = from; at < stack.length; at += 1) of[stack[at]!] = found;
    if (stack.length - from > 1) cyclic.push(stack.slice(from));
    stack.length = from;
    found += 1;
  };
  const visit = (root: number) => {
    enter(root);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const at = next[node]!;
      if (at === offsets[node + 1]) {
        leave(node);
        continue;
      }
      next[node] = at + 1;
      const edge = edges[at]!;
      if ((kind[edge]! & mask) === 0) continue;
      const target = to[edge]!;
      if (order[target] === 0) enter(target);
      else if (of[target] === -1) low[node] = Math.min(low[node]!, order[target]!);
    }
  };

  for (let node = 0; node < count; node += 1) if (order[node] === 0) visit(node);
  return { of, cyclic };
}
