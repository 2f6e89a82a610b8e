/**
 * Registers hide their past: a read tells one value, and which version that was only where one write alone can have written it. Versions
 * are ordered by commit numbers where every writer has one, else by what is certain: the initial value comes first, and who read a
 * version and wrote the key installed a later one.
 */
import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import { antiDependencies } from "./anti-dependencies.ts";
import { initialWriter, type RegisterKey, type RegisterRead } from "./collect.ts";
import type { Findings } from "./findings.ts";
import { type DependencyGraph, kinds } from "./graph.ts";
import type { Transaction } from "./transaction.ts";
import { type Identity, identityOf } from "./value.ts";

/** A value that a register may have held. */
export interface Version {
  readonly writer: number;
  readonly value: Json;
  readonly certain: boolean;
  readonly intermediate: boolean;
}

/** The versions of a register; number 0 is the initial one. */
export interface RegisterVersions {
  readonly key: RegisterKey;
  readonly versions: readonly Version[];
  /** Reads whose version is known for sure. */
  readonly reads: readonly { readonly read: RegisterRead; readonly version: number }[];
  /** The installed versions in their order, where commit numbers give it. */
  readonly order: readonly number[] | undefined;
  /** Who read which version and installed a later one. */
  readonly updates: readonly { readonly tx: number; readonly version: number; readonly installs: number }[];
}

/** The version that a value read must have been: undefined where there is none, null where there are several. */
type Identify = (read: Pick<RegisterRead, "value" | "isOfSum">) => number | undefined | null;

/** Makes the look-up of versions by value. */
function identifier(versions: readonly Version[]): Identify {
  const byValue = new Map<Identity, number | null>();
  for (const [index, { value }] of versions.entries()) {
    const identity = identityOf(value);
    byValue.set(identity, byValue.has(identity) ? null : index);
  }
  // Only sums of integers are exact: 5 may be the sum of 5 and any number that is small enough.
  const areSumsExact = versions.every(({ value }) => typeof value !== "number" || Number.isSafeInteger(value));
  return ({ value, isOfSum }) => {
    if (isOfSum && !areSumsExact) return null;
    const found = byValue.get(identityOf(value));
    if (!isOfSum || value !== 0) return found;
    const absent = byValue.get(null);
    return found !== undefined && absent !== undefined ? null : (found ?? absent);
  };
}

/** Every value that a register may have held, by whomever written. */
export function versionsOf(key: RegisterKey): Version[] {
  const initial = { writer: initialWriter, value: key.initial, certain: true, intermediate: false };
  return [initial, ...key.writes.map(({ tx, ...write }) => ({ writer: tx, ...write }))];
}

/** The transactions whose writes committed reads show. */
export function observedWritersOf(key: RegisterKey): Set<number> {
  const versions = versionsOf(key);
  const identify = identifier(versions);
  const seen = new Set<number>();
  for (const read of key.reads) {
    const version = identify(read);
    if (typeof version === "number" && versions[version]!.writer >= 0) seen.add(versions[version]!.writer);
  }
  return seen;
}

/** Recovers the versions of a register, and flags reads of values that nobody may see. */
export function registerVersions(
  key: RegisterKey,
  transactions: readonly Transaction[],
  { counts, useSeq }: { counts: (tx: number) => boolean; useSeq: boolean },
  findings: Findings,
): RegisterVersions {
  const versions = versionsOf(key);
  const identify = identifier(versions);
  const reads: { read: RegisterRead; version: number }[] = [];
  for (const read of key.reads) {
    const version = identify(read);
    const { id } = transactions[read.tx]!;
    if (version === undefined) {
      findings.add("garbage-read", [id], `${id} read ${canonicalJson(read.value)} at ${key.name}, which nobody wrote`);
    } else if (version !== null && isVisible(key, read, versions[version]!, transactions, findings))
      reads.push({ read, version });
  }
  const installs = new Map<number, number>();
  // Of the versions of one transaction the last that is certain is the one that it leaves.
  for (const [index, { writer, certain }] of versions.entries()) if (certain) installs.set(writer, index);
  const updates = reads.flatMap(({ read, version }) => {
    const installed = installs.get(read.tx);
    return installed === undefined || read.byAbsence ? [] : [{ tx: read.tx, version, installs: installed }];
  });
  const order = useSeq ? orderBySeq(versions, transactions, counts) : undefined;
  return { key, versions, reads, order, updates };
}

function isVisible(
  key: RegisterKey,
  read: RegisterRead,
  { writer, intermediate }: Version,
  transactions: readonly Transaction[],
  findings: Findings,
): boolean {
  if (writer < 0) return true;
  const [reader, other] = [transactions[read.tx]!.id, transactions[writer]!];
  const what = `${reader} read ${canonicalJson(read.value)} at ${key.name}`;
  if (other.status === "aborted") {
    findings.add("G1a", [reader, other.id], `${what}, which ${other.id} had written and undone`);
    return false;
  }
  if (writer === read.tx) {
    findings.add("internal", [reader], `${what} before it wrote that itself`);
    return false;
  }
  if (!intermediate) return true;
  findings.add("G1b", [reader, other.id], `${what}, which ${other.id} overwrote before it ended`);
  return false;
}

/** The installed versions by commit number, where that is known of every write that may count. */
function orderBySeq(
  versions: readonly Version[],
  transactions: readonly Transaction[],
  counts: (tx: number) => boolean,
): number[] | undefined {
  const installed: number[] = [];
  for (const [index, { writer, certain, intermediate }] of versions.entries()) {
    if (!counts(writer)) continue;
    if (!certain || transactions[writer]!.seq === undefined) return undefined;
    if (!intermediate) installed.push(index);
  }
  const seqOf = (index: number) => transactions[versions[index]!.writer]!.seq!;
  return [0, ...installed.sort((a, b) => seqOf(a) - seqOf(b))];
}

/** Adds the edges that follow from a register's versions. */
export function addRegisterEdges(
  graph: DependencyGraph,
  found: RegisterVersions,
  counts: (tx: number) => boolean,
): void {
  const { key, versions, reads, order } = found;
  for (const { read, version } of reads) {
    const { writer } = versions[version]!;
    if (writer >= 0) graph.addEdge(writer, read.tx, kinds.wr, key.id, version, version);
  }
  if (order === undefined) addPartialOrder(graph, found, counts);
  else {
    const next = new Map<number, number>();
    for (const [at, version] of order.entries()) {
      const after = order[at + 1];
      if (after === undefined) break;
      next.set(version, after);
      const [from, to] = [versions[version]!.writer, versions[after]!.writer];
      if (from >= 0) graph.addEdge(from, to, kinds.ww, key.id, version, after);
    }
    for (const { read, version } of reads) {
      const after = next.get(version);
      if (after === undefined) continue;
      graph.addEdge(
        read.tx,
        versions[after]!.writer,
        read.byAbsence ? kinds.predicateRw : kinds.rw,
        key.id,
        version,
        after,
      );
    }
  }
}

function addPartialOrder(
  graph: DependencyGraph,
  { key, versions, reads, updates }: RegisterVersions,
  counts: (tx: number) => boolean,
): void {
  const successors = new Map<number, { tx: number; after: number }[]>();
  const follow = (version: number, tx: number, after: number) => {
    const known = successors.get(version);
    if (known === undefined) successors.set(version, [{ tx, after }]);
    else known.push({ tx, after });
  };
  for (const [index, { writer, certain, intermediate }] of versions.entries()) {
    if (counts(writer) && certain && !intermediate) follow(0, writer, index);
  }
  for (const { tx, version, installs } of updates) {
    if (version === 0) continue;
    follow(version, tx, installs);
    graph.addEdge(versions[version]!.writer, tx, kinds.ww, key.id, version, installs);
  }
  const readers = Map.groupBy(
    reads.filter(({ version }) => successors.has(version)),
    ({ version }) => version,
  );
  for (const [version, known] of readers) {
    for (const kind of [kinds.rw, kinds.predicateRw]) {
      const of = known.filter(({ read }) => read.byAbsence === (kind === kinds.predicateRw)).map(({ read }) => read.tx);
      antiDependencies(graph, {
        readers: of,
        successors: successors.get(version)!,
        kind,
        key: key.id,
        before: version,
      });
    }
  }
}
