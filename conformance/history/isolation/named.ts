/** Names for what a cycle alone would call G-single: lost updates (P4) and transactions that vanish (OTV). */
import { canonicalJson } from "../canonical-json.ts";
import { initialWriter, type Key, type ListRead, type RegisterRead } from "./collect.ts";
import type { Findings } from "./findings.ts";
import type { ListVersions } from "./lists.ts";
import type { RegisterVersions } from "./registers.ts";
import type { Transaction } from "./transaction.ts";

/** The versions of a key. */
export type Versions = ListVersions | RegisterVersions;

/** One read of a transaction: whose effects it shows, and whose it lacks although they follow. */
interface Sight {
  readonly op: number;
  readonly key: Key;
  readonly shows: readonly number[];
  readonly lacks: readonly number[];
}

/** Flags lost updates, and what vanishes from transactions that lie on a cycle; without a cycle there is neither. */
export function nameSingles(
  all: readonly Versions[],
  tangled: ReadonlySet<number>,
  transactions: readonly Transaction[],
  findings: Findings,
): void {
  const sights = new Map<number, Sight[]>();
  for (const versions of all) {
    flagLostUpdates(versions, transactions, findings);
    for (const { tx, sight } of sightsOf(versions, tangled)) {
      const known = sights.get(tx);
      if (known === undefined) sights.set(tx, [sight]);
      else known.push(sight);
    }
  }
  for (const [tx, seen] of sights) flagVanishing(tx, seen, transactions, findings);
}

function flagLostUpdates(versions: Versions, transactions: readonly Transaction[], findings: Findings): void {
  const { key } = versions;
  const byVersion = new Map<number, Set<number>>();
  const update = (tx: number, version: number) => {
    byVersion.set(version, (byVersion.get(version) ?? new Set()).add(tx));
  };
  if (isList(versions)) {
    for (const { read, base } of versions.reads) {
      if (read.own > 0 || read.byAbsence) continue;
      const { ops } = transactions[read.tx]!;
      if (ops.some((op) => op.op === "append" && op.key === key.name)) update(read.tx, base);
    }
  } else for (const { tx, version } of versions.updates) update(tx, version);
  for (const [version, updaters] of byVersion) {
    if (updaters.size < 2) continue;
    const ids = [...updaters].map((tx) => transactions[tx]!.id);
    findings.add(
      "P4",
      ids,
      `${ids.join(" and ")} each read ${key.name} ${stateOf(versions, version)} and wrote it: all but one of these updates rest on a state that was gone`,
    );
  }
}

function stateOf(versions: Versions, version: number): string {
  if (!isList(versions)) return `as ${canonicalJson(versions.versions[version]!.value)}`;
  return version === 0 ? "as empty" : `up to ${canonicalJson(versions.elements[version - 1]!)}`;
}

function* sightsOf(versions: Versions, tangled: ReadonlySet<number>): Generator<{ tx: number; sight: Sight }> {
  const { key } = versions;
  // What a predicate read lacks is a predicate's anti-dependency; the definition speaks of items.
  const isSight = ({ tx, byAbsence }: ListRead | RegisterRead) => tangled.has(tx) && !byAbsence;
  if (isList(versions)) {
    const writers = versions.writers.map((writer) => writer ?? initialWriter);
    for (const { read, base } of versions.reads) {
      if (!isSight(read)) continue;
      yield { tx: read.tx, sight: { op: read.op, key, shows: writers.slice(0, base), lacks: writers.slice(base) } };
    }
    return;
  }
  for (const { read, version } of versions.reads) {
    if (!isSight(read)) continue;
    const shows = [versions.versions[version]!.writer];
    yield { tx: read.tx, sight: { op: read.op, key, shows, lacks: writersAfter(versions, version) } };
  }
}

/** Who wrote the versions of a register that follow a version for sure. */
function writersAfter({ key, versions, order, updates }: RegisterVersions, version: number): number[] {
  // An order has every version that is known to have been read.
  if (order !== undefined) return order.slice(order.indexOf(version) + 1).map((later) => versions[later]!.writer);
  if (version === 0) return key.writes.filter(({ certain }) => certain).map(({ tx }) => tx);
  return updates.filter((update) => update.version === version).map(({ tx }) => tx);
}

function flagVanishing(
  tx: number,
  sights: readonly Sight[],
  transactions: readonly Transaction[],
  findings: Findings,
): void {
  const first = new Map<number, Sight>();
  for (const sight of [...sights].sort((a, b) => a.op - b.op)) {
    const vanished = sight.lacks.find(
      (writer) => writer >= 0 && writer !== tx && (first.get(writer)?.op ?? sight.op) < sight.op,
    );
    if (vanished !== undefined) {
      const [reader, writer] = [transactions[tx]!.id, transactions[vanished]!.id];
      findings.add(
        "OTV",
        [reader, writer],
        `${reader} saw ${writer} at ${first.get(vanished)!.key.name}, and then did not see it at ${sight.key.name}`,
      );
      return;
    }
    for (const writer of sight.shows) if (!first.has(writer)) first.set(writer, sight);
  }
}

function isList(versions: Versions): versions is ListVersions {
  return versions.key.kind === "list";
}
