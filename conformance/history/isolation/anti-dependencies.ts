import type { DependencyGraph } from "./graph.ts";

/** Who read a version, and who installed one that follows it. */
export interface VersionStep {
  readonly readers: readonly number[];
  readonly successors: readonly { readonly tx: number; readonly after: number }[];
  readonly kind: number;
  readonly key: number;
  /** The version that was read. */
  readonly before: number;
}

/**
 * Adds an edge from each reader of a version to each transaction that installed one after it, with few edges: readers that install nothing
 * go through a helper. Of the readers that also install a version a legal history has at most one; of more, the first two are
 * linked, which closes a cycle among them.
 */
export function antiDependencies(
  graph: DependencyGraph,
  { readers, successors, kind, key, before }: VersionStep,
): void {
  if (successors.length === 0) return;
  const installing = new Set(successors.map(({ tx }) => tx));
  const pure = readers.filter((tx) => !installing.has(tx));
  const link = (from: number) => {
    for (const { tx, after } of successors) graph.addEdge(from, tx, kind, key, before, after);
  };
  if (successors.length === 1 || pure.length <= 1) pure.forEach(link);
  else {
    const helper = graph.addHelper();
    for (const tx of pure) graph.addEdge(tx, helper, kind, key, before);
    link(helper);
  }
  [...new Set(readers.filter((tx) => installing.has(tx)))].slice(0, 2).forEach(link);
}
