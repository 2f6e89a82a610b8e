/** Lists: the order of versions is read off the reads, as Elle does, and with it every dependency. */
import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import { antiDependencies } from "./anti-dependencies.ts";
import { initialWriter, type ListKey, type ListRead } from "./collect.ts";
import type { Findings } from "./findings.ts";
import { type DependencyGraph, kinds } from "./graph.ts";
import type { Transaction } from "./transaction.ts";
import { type Identity, identityOf, sameJson } from "./value.ts";

/** The versions of a list: version n is the list with its first n elements. */
export interface ListVersions {
  readonly key: ListKey;
  /** The elements in the order of the longest read, each once; then the committed ones that no read shows. */
  readonly elements: readonly Json[];
  /** How many elements some read shows. */
  readonly observed: number;
  /** Position of each element. */
  readonly positions: ReadonlyMap<Identity, number>;
  /** Who appended each element; undefined where nobody did. */
  readonly writers: readonly (number | undefined)[];
  /** The reads that fit the order, with the number of elements that others had appended. */
  readonly reads: readonly { readonly read: ListRead; readonly base: number }[];
}

/** The transactions whose appends committed reads show. */
export function observedWriters(key: ListKey): Set<number> {
  const seen = new Set<number>();
  const longest = longestRead(key);
  const add = (element: Json) => {
    const writer = key.writers.get(identityOf(element)) ?? initialWriter;
    if (writer !== initialWriter) seen.add(writer);
  };
  for (const element of longest) add(element);
  for (const { elements } of key.reads) if (firstDifference(elements, longest) < elements.length) elements.forEach(add);
  return seen;
}

/** Recovers the versions of a list, and flags reads that no order of appends explains. */
export function listVersions(
  key: ListKey,
  transactions: readonly Transaction[],
  counts: (tx: number) => boolean,
  findings: Findings,
): ListVersions {
  const longest = longestRead(key);
  const positions = new Map<Identity, number>();
  const elements: Json[] = [];
  // Reads that reach past a repeated element have no place in the order.
  let usable = longest.length;
  for (const [at, element] of longest.entries()) {
    const identity = identityOf(element);
    if (positions.has(identity)) {
      usable = Math.min(usable, at);
      continue;
    }
    positions.set(identity, elements.length);
    elements.push(element);
  }
  const observed = elements.length;
  const writers = elements.map((element) => key.writers.get(identityOf(element)));
  const reads: { read: ListRead; base: number }[] = [];
  for (const read of key.reads) {
    const { length } = read.elements;
    const fits = firstDifference(read.elements, longest) === length;
    if (!fits) flagIncompatible(key, read, longest, transactions, findings);
    if (fits && length <= usable) reads.push({ read, base: length - read.own });
    else flagRepetition(key, read, transactions, findings);
    flagMissingInitial(key, read, transactions, findings);
  }
  flagWriters({ key, elements, writers, reads }, transactions, findings);
  const latest = latestRead(key, transactions);
  for (const { tx, element } of key.appends) {
    if (!counts(tx) || positions.has(identityOf(element))) continue;
    positions.set(identityOf(element), elements.length);
    elements.push(element);
    writers.push(tx);
    if (latest !== undefined && latest.begin > transactions[tx]!.end)
      flagLost(key, transactions[tx]!, element, latest, findings);
  }
  flagOwnOrder({ key, positions }, transactions, counts, findings);
  flagDirtyUpdates({ key, elements, writers, observed }, transactions, findings);
  return { key, elements, observed, positions, writers, reads };
}

/** Adds the edges that follow from a list's versions. */
export function addListEdges(graph: DependencyGraph, versions: ListVersions, counts: (tx: number) => boolean): void {
  const { key, elements, observed, writers, reads } = versions;
  const inGraph = (tx: number | undefined): tx is number => counts(tx ?? initialWriter);
  let last = -1;
  for (let at = 0; at < observed; at += 1) {
    const writer = writers[at];
    if (!inGraph(writer)) continue;
    if (last >= 0) graph.addEdge(writers[last]!, writer, kinds.ww, key.id, last, at);
    last = at;
  }
  const unobserved = Array.from({ length: elements.length - observed }, (_, index) => ({
    tx: writers[observed + index]!,
    after: observed + index,
  }));
  if (last >= 0)
    for (const { tx, after } of unobserved) graph.addEdge(writers[last]!, tx, kinds.ww, key.id, last, after);

  const readersOfAll: number[] = [];
  const readersByAbsence: number[] = [];
  for (const { read, base } of reads) {
    const before = writers[base - 1];
    if (inGraph(before)) graph.addEdge(before, read.tx, kinds.wr, key.id, base - 1, base - 1);
    let next = base;
    while (next < observed && !inGraph(writers[next])) next += 1;
    if (next < observed)
      graph.addEdge(read.tx, writers[next]!, read.byAbsence ? kinds.predicateRw : kinds.rw, key.id, base - 1, next);
    else (read.byAbsence ? readersByAbsence : readersOfAll).push(read.tx);
  }
  antiDependencies(graph, {
    readers: readersOfAll,
    successors: unobserved,
    kind: kinds.rw,
    key: key.id,
    before: observed - 1,
  });
  antiDependencies(graph, {
    readers: readersByAbsence,
    successors: unobserved,
    kind: kinds.predicateRw,
    key: key.id,
    before: observed - 1,
  });
}

function longestRead(key: ListKey): readonly Json[] {
  let longest: readonly Json[] = key.initial;
  for (const { elements } of key.reads) {
    if (elements.length < longest.length) continue;
    if (elements.length > longest.length) longest = elements;
    // Of reads that contradict each other at one length the choice must not hang on the order in which a history lists them.
    else if (firstDifference(elements, longest) < elements.length && canonicalJson(elements) < canonicalJson(longest))
      longest = elements;
  }
  return longest;
}

/** How many elements of a read stand in the same places in the longest one. */
function firstDifference(elements: readonly Json[], longest: readonly Json[]): number {
  for (let at = 0; at < elements.length; at += 1) {
    const [a, b] = [elements[at]!, longest[at]];
    if (a !== b && (b === undefined || !sameJson(a, b))) return at;
  }
  return elements.length;
}

function flagIncompatible(
  key: ListKey,
  read: ListRead,
  longest: readonly Json[],
  transactions: readonly Transaction[],
  findings: Findings,
): void {
  const { id } = transactions[read.tx]!;
  const other = key.reads.find(({ elements }) => elements === longest);
  // Where no read is as long as the list was at the start, that the read lacks this is told apart.
  if (other === undefined) return;
  const otherId = transactions[other.tx]!.id;
  findings.add(
    "incompatible-order",
    [id, otherId],
    `${id} read ${key.name} as ${shown(read.elements)} and ${otherId} read it as ${shown(longest)}: neither begins with the other, so that no order of appends gives both`,
  );
}

function flagRepetition(key: ListKey, read: ListRead, transactions: readonly Transaction[], findings: Findings): void {
  const seen = new Set<Identity>();
  const { id } = transactions[read.tx]!;
  for (const element of read.elements) {
    const identity = identityOf(element);
    if (seen.has(identity)) {
      findings.add(
        "duplicate-write",
        [id],
        `${id} read ${key.name} as ${shown(read.elements)}: ${canonicalJson(element)} stands there twice and was appended once`,
      );
      return;
    }
    seen.add(identity);
    // A read outside the order is checked element by element, since no other read vouches for it.
    const fault = faultOf(key, element, transactions);
    if (fault !== undefined) flagFault(key, transactions[read.tx]!, element, fault, findings);
  }
}

/** Flags reads of what nobody appended, of what was undone, and of what stood there only within a transaction. */
function flagWriters(
  { key, elements, writers, reads }: Pick<ListVersions, "key" | "elements" | "writers" | "reads">,
  transactions: readonly Transaction[],
  findings: Findings,
): void {
  const suspicious = elements.flatMap((element, at) => {
    const fault = faultOf(key, element, transactions);
    return fault === undefined ? [] : [{ at, element, fault }];
  });
  const intermediate = new Set(elements.keys().filter((at) => key.intermediate.has(identityOf(elements[at]!))));
  const placesOf = Map.groupBy(writers.keys(), (at) => writers[at]);
  for (const { read, base } of reads) {
    const { id } = transactions[read.tx]!;
    for (const { at, element, fault } of suspicious) {
      if (at >= base) break;
      flagFault(key, transactions[read.tx]!, element, fault, findings);
    }
    const last = base - 1;
    const writer = writers[last]!;
    if (intermediate.has(last) && writer !== read.tx) {
      const other = transactions[writer]!.id;
      findings.add(
        "G1b",
        [id, other],
        `${id} read ${key.name} up to ${canonicalJson(elements[last]!)}, although ${other} appended more to it before it ended`,
      );
    }
    const early = placesOf.get(read.tx)?.findLast((at) => at < base);
    if (early === undefined) continue;
    findings.add(
      "internal",
      [id],
      `${id} read ${canonicalJson(elements[early]!)} at ${key.name} in a place where it had not appended it yet`,
    );
  }
}

/** Why nobody may see an element. */
interface Fault {
  readonly class: "garbage-read" | "G1a";
  readonly by: readonly string[];
  readonly which: string;
}

function faultOf(key: ListKey, element: Json, transactions: readonly Transaction[]): Fault | undefined {
  const writer = key.writers.get(identityOf(element));
  if (writer === undefined) return { class: "garbage-read", by: [], which: "nobody appended" };
  const other = transactions[writer];
  if (other?.status !== "aborted") return undefined;
  return { class: "G1a", by: [other.id], which: `${other.id} had appended and undone` };
}

function flagFault(key: ListKey, { id }: Transaction, element: Json, fault: Fault, findings: Findings): void {
  const message = `${id} read ${canonicalJson(element)} at ${key.name}, which ${fault.which}`;
  findings.add(fault.class, [id, ...fault.by], message);
}

/** Lists only grow: what was there at the start is in every read. */
function flagMissingInitial(
  key: ListKey,
  read: ListRead,
  transactions: readonly Transaction[],
  findings: Findings,
): void {
  const { id } = transactions[read.tx]!;
  if (firstDifference(key.initial, read.elements) === key.initial.length) return;
  findings.add(
    "incompatible-order",
    [id],
    `${id} read ${key.name} as ${shown(read.elements)}, although it held ${shown(key.initial)} at the start`,
  );
}

function latestRead(key: ListKey, transactions: readonly Transaction[]): Transaction | undefined {
  let latest: Transaction | undefined;
  for (const { tx } of key.reads)
    if (latest === undefined || transactions[tx]!.begin > latest.begin) latest = transactions[tx]!;
  return latest;
}

function flagLost(key: ListKey, writer: Transaction, element: Json, reader: Transaction, findings: Findings): void {
  findings.add(
    "lost-append",
    [writer.id, reader.id],
    `${writer.id} had appended ${canonicalJson(element)} to ${key.name} and ended before ${reader.id} began, and ${reader.id} did not read it, nor did anyone`,
  );
}

/** A transaction's own appends stand in the list in the order in which it made them. */
function flagOwnOrder(
  { key, positions }: Pick<ListVersions, "key" | "positions">,
  transactions: readonly Transaction[],
  counts: (tx: number) => boolean,
  findings: Findings,
): void {
  for (let at = 1; at < key.appends.length; at += 1) {
    const [first, second] = [key.appends[at - 1]!, key.appends[at]!];
    if (first.tx !== second.tx || !counts(first.tx)) continue;
    if (positions.get(identityOf(first.element))! < positions.get(identityOf(second.element))!) continue;
    const { id } = transactions[first.tx]!;
    findings.add(
      "incompatible-order",
      [id],
      `${id} appended ${canonicalJson(first.element)} and then ${canonicalJson(second.element)} to ${key.name}, and its readers have them otherwise`,
    );
  }
}

function flagDirtyUpdates(
  { key, elements, writers, observed }: Pick<ListVersions, "key" | "elements" | "writers" | "observed">,
  transactions: readonly Transaction[],
  findings: Findings,
): void {
  for (let at = 1; at < observed; at += 1) {
    const before = transactions[writers[at - 1] ?? initialWriter];
    const writer = transactions[writers[at] ?? initialWriter];
    if (before?.status !== "aborted" || writer?.status !== "committed") continue;
    findings.add(
      "dirty-update",
      [before.id, writer.id],
      `${writer.id} appended ${canonicalJson(elements[at]!)} to ${key.name} on top of ${canonicalJson(elements[at - 1]!)}, which ${before.id} had undone`,
    );
  }
}

function shown(elements: readonly Json[]): string {
  return elements.length <= 12 ? canonicalJson(elements) : `[… ${elements.slice(-11).map(canonicalJson).join(",")}]`;
}
