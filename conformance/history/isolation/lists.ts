/** Lists: the order of versions is read off the reads, as Elle does, and with it every dependency. */
import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import { antiDependencies } from "./anti-dependencies.ts";
import { initialWriter, type ListKey, type ListRead } from "./collect.ts";
import type { Findings } from "./findings.ts";
import { type DependencyGraph, kinds } from "./graph.ts";
import type { Transaction } from "./transaction.ts";
import { type Identity, identityOf } from "./value.ts";

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
  if (key.problem !== undefined) return seen;
  const longest = longestRead(key);
  const add = (element: Json) => {
    const writer = key.writers.get(identityOf(element));
    if (writer !== undefined) seen.add(writer);
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
  const idOf = (tx: number) => (tx === initialWriter ? "the initial state" : transactions[tx]!.id);
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
    const differs = firstDifference(read.elements, longest);
    if (differs < read.elements.length) flagIncompatible(key, read, longest, transactions, findings);
    else if (read.elements.length <= usable) reads.push({ read, base: read.elements.length - read.own });
    if (differs < read.elements.length || read.elements.length > usable)
      flagRepetition(key, read, transactions, findings);
  }
  flagWriters({ key, elements, writers, reads }, transactions, findings);
  flagMissingInitial(key, elements, findings);
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
  flagDirtyUpdates({ key, elements, writers, observed }, transactions, idOf, findings);
  return { key, elements, observed, positions, writers, reads };
}

/** Adds the edges that follow from a list's versions. */
export function addListEdges(graph: DependencyGraph, versions: ListVersions, counts: (tx: number) => boolean): void {
  const { key, elements, observed, writers, reads } = versions;
  const inGraph = (tx: number | undefined): tx is number => tx !== undefined && tx >= 0 && counts(tx);
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
    if (elements.length < longest.length || elements === longest) continue;
    if (elements.length > longest.length) longest = elements;
    // Of reads that contradict each other at one length the choice must not hang on the order in which a history lists them.
    else if (firstDifference(elements, longest) < elements.length && canonicalJson(elements) < canonicalJson(longest))
      longest = elements;
  }
  return longest;
}

/** How many elements of a read stand in the same places in the longest one. */
function firstDifference(elements: readonly Json[], longest: readonly Json[]): number {
  if (elements === longest) return elements.length;
  for (let at = 0; at < elements.length; at += 1) {
    const [a, b] = [elements[at]!, longest[at]];
    if (a !== b && (b === undefined || typeof a !== "object" || identityOf(a) !== identityOf(b))) return at;
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
  const other = key.reads.find(({ elements }) => elements === longest);
  const otherId = other === undefined ? "the initial state" : transactions[other.tx]!.id;
  const { id } = transactions[read.tx]!;
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
    flagElement(key, read, element, transactions, findings);
  }
}

/** Flags reads of what nobody appended, of what was undone, and of what stood there only within a transaction. */
function flagWriters(
  { key, elements, writers, reads }: Pick<ListVersions, "key" | "elements" | "writers" | "reads">,
  transactions: readonly Transaction[],
  findings: Findings,
): void {
  const suspicious = writers.flatMap((writer, at) =>
    writer === undefined || (writer >= 0 && transactions[writer]!.status === "aborted") ? [at] : [],
  );
  for (const { read, base } of reads) {
    const { id } = transactions[read.tx]!;
    for (const at of suspicious) {
      if (at >= base) break;
      flagElement(key, read, elements[at]!, transactions, findings);
    }
    const last = elements[base - 1];
    const writer = writers[base - 1];
    if (
      last !== undefined &&
      writer !== undefined &&
      writer >= 0 &&
      writer !== read.tx &&
      key.intermediate.has(identityOf(last))
    ) {
      const other = transactions[writer]!.id;
      findings.add(
        "G1b",
        [id, other],
        `${id} read ${key.name} up to ${canonicalJson(last)}, although ${other} appended more to it before it ended`,
      );
    }
    if (
      read.own === 0 &&
      !transactions[read.tx]!.ops.some((op, at) => at > read.op && op.op === "append" && op.key === key.name)
    )
      continue;
    for (let at = base - 1; at >= 0; at -= 1) {
      if (writers[at] !== read.tx) continue;
      findings.add(
        "internal",
        [id],
        `${id} read ${canonicalJson(elements[at]!)} at ${key.name} in a place where it had not appended it yet`,
      );
      break;
    }
  }
}

function flagElement(
  key: ListKey,
  read: ListRead,
  element: Json,
  transactions: readonly Transaction[],
  findings: Findings,
): void {
  const writer = key.writers.get(identityOf(element));
  const { id } = transactions[read.tx]!;
  if (writer === undefined) {
    findings.add("garbage-read", [id], `${id} read ${canonicalJson(element)} at ${key.name}, which nobody appended`);
  } else if (writer >= 0 && transactions[writer]!.status === "aborted") {
    const other = transactions[writer]!.id;
    findings.add(
      "G1a",
      [id, other],
      `${id} read ${canonicalJson(element)} at ${key.name}, which ${other} had appended and undone`,
    );
  }
}

function flagMissingInitial(key: ListKey, elements: readonly Json[], findings: Findings): void {
  if (key.reads.length === 0 || firstDifference(key.initial, elements) === key.initial.length) return;
  findings.add(
    "incompatible-order",
    [],
    `${key.name} held ${shown(key.initial)} at the start and was read as ${shown(elements)}`,
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
  idOf: (tx: number) => string,
  findings: Findings,
): void {
  for (let at = 1; at < observed; at += 1) {
    const [before, writer] = [writers[at - 1], writers[at]];
    if (before === undefined || before < 0 || writer === undefined || writer < 0) continue;
    if (transactions[before]!.status !== "aborted" || transactions[writer]!.status !== "committed") continue;
    findings.add(
      "dirty-update",
      [idOf(before), idOf(writer)],
      `${idOf(writer)} appended ${canonicalJson(elements[at]!)} to ${key.name} on top of ${canonicalJson(elements[at - 1]!)}, which ${idOf(before)} had undone`,
    );
  }
}

function shown(elements: readonly Json[]): string {
  return elements.length <= 12 ? canonicalJson(elements) : `[… ${elements.slice(-11).map(canonicalJson).join(",")}]`;
}
