/**
 * Judges the isolation of a history by its dependency graph. A history is accepted where nothing contradicts a serial order; where the reads leave
 * open in which order versions were installed, the checker gives the benefit of the doubt (it finds no anomaly that is not there, and may miss one).
 * Time and memory grow with the number of operations and of elements read; sorting adds a logarithm.
 */
import type { Json } from "../../protocol/json.ts";
import type { Anomaly, AnomalyClass } from "./anomaly.ts";
import { collect, type Key } from "./collect.ts";
import { findCycles } from "./cycles.ts";
import { Findings } from "./findings.ts";
import { DependencyGraph } from "./graph.ts";
import { addListEdges, listVersions, observedWriters } from "./lists.ts";
import { nameSingles, type Versions } from "./named.ts";
import { addOrder, type Order } from "./orders.ts";
import { flagPredicateManyPreceders, readsByAbsence } from "./predicates.ts";
import { addRegisterEdges, observedWritersOf, registerVersions } from "./registers.ts";
import type { Transaction } from "./transaction.ts";
import { explain, sentence } from "./words.ts";

/** What the checker is to assume. */
export interface CheckOptions {
  /** The cells before the history; none unless said. */
  readonly initial?: ReadonlyMap<string, Json>;
  /** The orders that a cycle may use beside the data: all of them unless said. `seq` also orders the versions of registers. */
  readonly orders?: readonly Order[];
  /** How many anomalies of one class to keep with their words; 16 unless said. */
  readonly perClass?: number;
}

/** What the checker found. */
export interface IsolationReport {
  /** The anomalies, the first few of each class. */
  readonly anomalies: readonly Anomaly[];
  /** How many of each class were found. */
  readonly counts: ReadonlyMap<AnomalyClass, number>;
  /** Keys that the graph cannot judge, and why; the oracle or a replay can. */
  readonly unjudged: readonly { readonly key: string; readonly reason: string }[];
  /** Size of the graph: transactions that count, edges. */
  readonly transactions: number;
  readonly edges: number;
}

const allOrders: readonly Order[] = ["process", "realtime", "seq"];

/** Checks a history. Ids of transactions must be distinct; those of one process stand in the order in which they ran. */
export function checkIsolation(transactions: readonly Transaction[], options: CheckOptions = {}): IsolationReport {
  const orders = options.orders ?? allOrders;
  const findings = new Findings(options.perClass ?? 16);
  const collected = collect(transactions, options.initial ?? new Map(), findings);
  const { keys } = collected;
  if (collected.hasPredicateWrites) {
    const registers = [...collected.cells.values()].filter(({ kind }) => kind === "register");
    for (const key of registers)
      key.problem ??= "an operation wrote every row that fits a predicate, so that what it wrote here is not known";
  }
  readsByAbsence(collected);
  flagPredicateManyPreceders(collected, findings);

  const judged = keys.filter(({ problem }) => problem === undefined);
  const observed = new Set(
    judged.flatMap((key) => [...(key.kind === "list" ? observedWriters(key) : observedWritersOf(key))]),
  );
  const isCounted = transactions.map(
    ({ status }, tx) => status === "committed" || (status === "unknown" && observed.has(tx)),
  );
  // What was there before the history has no place in the list, and so does not count.
  const counts = (tx: number) => isCounted[tx] === true;

  const graph = new DependencyGraph(transactions.length);
  const versions = new Map<number, Versions>();
  for (const key of judged) {
    if (key.kind === "list") {
      const found = listVersions(key, transactions, counts, findings);
      versions.set(key.id, found);
      addListEdges(graph, found, counts);
    } else {
      const found = registerVersions(key, transactions, { counts, useSeq: orders.includes("seq") }, findings);
      versions.set(key.id, found);
      addRegisterEdges(graph, found, counts);
    }
  }
  for (const order of orders) addOrder(graph, order, transactions, counts);

  const { cycles, tangled } = findCycles(graph);
  const versionAt = (key: number, version: number) => versionValue(versions.get(key)!, version);
  for (const { class: name, steps } of cycles) {
    const cycle = steps.map((step) => explain(step, { transactions, keys, versionAt }));
    findings.add(
      name,
      cycle.map(({ from }) => from),
      sentence(cycle),
      cycle,
    );
  }
  if (tangled.size > 0) nameSingles([...versions.values()], tangled, transactions, findings);
  return {
    anomalies: findings.anomalies,
    counts: findings.counts,
    unjudged: unjudged(keys),
    transactions: isCounted.filter(Boolean).length,
    edges: graph.edges,
  };
}

function versionValue(versions: Versions, version: number): Json | undefined {
  if ("elements" in versions) return versions.elements[version];
  return version === 0 ? undefined : versions.versions[version]!.value;
}

function unjudged(keys: readonly Key[]): { key: string; reason: string }[] {
  return keys.flatMap(({ name, problem }) => (problem === undefined ? [] : [{ key: name, reason: problem }]));
}
