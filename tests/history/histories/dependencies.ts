import { collect } from "../../../conformance/history/isolation/collect.ts";
import { Findings } from "../../../conformance/history/isolation/findings.ts";
import { DependencyGraph, kinds } from "../../../conformance/history/isolation/graph.ts";
import { addListEdges, listVersions, observedWriters } from "../../../conformance/history/isolation/lists.ts";
import { readsByAbsence } from "../../../conformance/history/isolation/predicates.ts";
import {
  addRegisterEdges,
  observedWritersOf,
  registerVersions,
} from "../../../conformance/history/isolation/registers.ts";
import type { Transaction } from "../../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../../conformance/protocol/json.ts";

const kindNames = new Map<number, string>(Object.entries(kinds).map(([name, kind]) => [kind, name]));

/**
 * The dependencies that the operations on keys give, in text and sorted: "A ww B: x 1, 2" where B installed the version 2 of x after A's 1. The version
 * at the start is "start". Of helper nodes nothing is told: who is linked by one depends on whom it leads to.
 */
export function dependenciesOf(
  history: readonly Transaction[],
  { initial = new Map(), useSeq = true }: { initial?: ReadonlyMap<string, Json>; useSeq?: boolean } = {},
): string[] {
  const findings = new Findings(0);
  const collected = collect(history, initial, findings);
  readsByAbsence(collected);
  const observed = new Set(
    collected.keys.flatMap((key) => [...(key.kind === "list" ? observedWriters(key) : observedWritersOf(key))]),
  );
  const counts = (tx: number) => {
    const status = history[tx]?.status;
    return status === "committed" || (status === "unknown" && observed.has(tx));
  };
  const graph = new DependencyGraph(history.length);
  const valuesOf = collected.keys.map((key): readonly Json[] => {
    if (key.kind === "list") {
      const found = listVersions(key, history, counts, findings);
      addListEdges(graph, found, counts);
      return found.elements;
    }
    const found = registerVersions(key, history, { counts, useSeq }, findings);
    addRegisterEdges(graph, found, counts);
    return found.versions.map(({ value }, version) => (version === 0 ? "start" : value));
  });

  const edges = Array.from({ length: graph.edges }, (_, edge) => graph.edge(edge));
  const direct = edges.flatMap((edge) => {
    if (edge.from >= history.length) return [];
    if (edge.to < history.length) return [edge];
    return edges.filter(({ from }) => from === edge.to).map((rest) => ({ ...rest, from: edge.from }));
  });
  return direct
    .map(({ from, to, kind, key, before, after }) => {
      const value = (version: number) => {
        const found = version < 0 ? "start" : valuesOf[key]![version]!;
        return typeof found === "string" ? found : JSON.stringify(found);
      };
      const names = [history[from]?.id, kindNames.get(kind), history[to]?.id].join(" ");
      return `${names}: ${collected.keys[key]!.name} ${value(before)}, ${value(after)}`;
    })
    .sort();
}
