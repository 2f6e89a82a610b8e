/** The dependency graph: nodes are numbers, edges stand in typed arrays, so that a million transactions fit. */

/** Kinds of edges, as bits. */
export const kinds = { ww: 1, wr: 2, rw: 4, predicateRw: 8, process: 16, realtime: 32, seq: 64 } as const;

/** A set of kinds of edges. */
export type KindMask = number;

const columns = ["from", "to", "kind", "key", "before", "after"] as const;

/**
 * A directed graph with a reason on each edge: the key and the version before and after, as numbers whose meaning is the caller's. Nodes
 * from 0 to `transactions` - 1 are transactions; others are helpers that stand for a whole set of edges: a path that enters a
 * helper and leaves it (perhaps through further helpers) is one edge between two transactions. All edges at a helper are of one kind.
 */
export class DependencyGraph {
  readonly transactions: number;
  #nodes: number;
  #edges = 0;
  #column = Object.fromEntries(columns.map((name) => [name, new Int32Array(1024)])) as Record<
    (typeof columns)[number],
    Int32Array
  >;
  #offsets: Int32Array | undefined;
  #bySource = new Int32Array(0);

  constructor(transactions: number) {
    this.transactions = transactions;
    this.#nodes = transactions;
  }

  /** How many nodes there are, helpers included. */
  get nodes(): number {
    return this.#nodes;
  }

  /** How many edges there are, those of helpers included. */
  get edges(): number {
    return this.#edges;
  }

  /** Adds a helper node. */
  addHelper(): number {
    this.#nodes += 1;
    return this.#nodes - 1;
  }

  /** Adds an edge; one from a node to itself says nothing and is left out. */
  addEdge(from: number, to: number, kind: number, key = -1, before = -1, after = -1): void {
    if (from === to) return;
    if (this.#edges === this.#column.from.length) this.#grow();
    const at = this.#edges;
    this.#column.from[at] = from;
    this.#column.to[at] = to;
    this.#column.kind[at] = kind;
    this.#column.key[at] = key;
    this.#column.before[at] = before;
    this.#column.after[at] = after;
    this.#edges += 1;
    this.#offsets = undefined;
  }

  /** What edge number `edge` says. */
  edge(edge: number): { from: number; to: number; kind: number; key: number; before: number; after: number } {
    const { from, to, kind, key, before, after } = this.#column;
    return {
      from: from[edge]!,
      to: to[edge]!,
      kind: kind[edge]!,
      key: key[edge]!,
      before: before[edge]!,
      after: after[edge]!,
    };
  }

  /** The edges by their source, for walks: those of node n are `edges[offsets[n]]` to `edges[offsets[n + 1] - 1]`. */
  adjacency(): { offsets: Int32Array; edges: Int32Array; to: Int32Array; kind: Int32Array } {
    const { from, to, kind } = this.#column;
    if (this.#offsets === undefined) {
      const offsets = new Int32Array(this.#nodes + 1);
      for (let edge = 0; edge < this.#edges; edge += 1) offsets[from[edge]! + 1]! += 1;
      for (let node = 0; node < this.#nodes; node += 1) offsets[node + 1]! += offsets[node]!;
      const next = offsets.slice();
      this.#bySource = new Int32Array(this.#edges);
      for (let edge = 0; edge < this.#edges; edge += 1) {
        const source = from[edge]!;
        this.#bySource[next[source]!] = edge;
        next[source]! += 1;
      }
      this.#offsets = offsets;
    }
    return { offsets: this.#offsets, edges: this.#bySource, to, kind };
  }

  #grow(): void {
    for (const name of columns) {
      const larger = new Int32Array(this.#column[name].length * 2);
      larger.set(this.#column[name]);
      this.#column[name] = larger;
    }
  }
}
