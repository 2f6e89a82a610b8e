/**
 * The names of anomalies and what follows from each.
 *
 * The dependency graph has an edge T1 → T2 where T2 must come after T1 in every serial order that explains the reads:
 * - `ww`: T2 installed the version of a key that follows T1's;
 * - `wr`: T2 read the version that T1 installed;
 * - `rw` (anti-dependency): T1 read the version before the one that T2 installed; `predicate-rw` where T1 selected rows by a
 *   predicate and T2 then changed which rows it selects;
 * - `process`, `realtime`, `seq`: T1 came first in its session, had ended before T2 began, or has the lower commit number.
 *
 * A cycle is an anomaly, named by its edges (Adya 1999, chapters 3 and 4; `-item` as Jepsen's Elle names them):
 * - G0 (write cycle): `ww` only. G1c (circular information flow): `ww` and `wr`, at least one `wr`.
 * - G-single: exactly one anti-dependency; G-single-item where that one is of an item.
 * - G2: anti-dependencies, at least one; G2-item where all are of items.
 * - with `-process`, `-realtime` or `-seq`: the cycle closes only with such an edge. The strongest kind that it needs names it.
 *
 * Others are told without a cycle: G1a (aborted read), G1b (intermediate read), OTV (a transaction that was observed vanishes: of one
 * transaction an earlier read shows an effect and a later read lacks another), PMP (predicate-many-preceders: two reads by predicate of
 * one transaction saw the effects of different transactions), P4 (lost update: two transactions read one version of a key and
 * both wrote it), `internal` (a transaction's read contradicts its own writes), `garbage-read` (a value that nobody wrote), `duplicate-write`
 * (one append that counts twice), `lost-append` (a committed append that a later reader lacks), `incompatible-order` (two reads of a list,
 * neither a prefix of the other, or one without what was there at the start), `dirty-update` (a committed append on top of an aborted one).
 *
 * Levels (Adya's PL-n, Bailis et al. for monotonic atomic view, Berenson et al. for P4) forbid what `forbids` lists, and whatever implies it.
 */

const cycleClasses = ["G0", "G1c", "G-single-item", "G-single", "G2-item", "G2"] as const;
const orderSuffixes = ["", "-process", "-realtime", "-seq"] as const;

/** The name of a cycle. */
export type CycleClass = `${(typeof cycleClasses)[number]}${(typeof orderSuffixes)[number]}`;

/** The name of an anomaly. */
export type AnomalyClass =
  | CycleClass
  | "G1a"
  | "G1b"
  | "OTV"
  | "PMP"
  | "P4"
  | "internal"
  | "garbage-read"
  | "duplicate-write"
  | "lost-append"
  | "incompatible-order"
  | "dirty-update";

const direct = new Map<AnomalyClass, readonly AnomalyClass[]>([
  ["G0", ["G1c"]],
  ["G-single-item", ["G-single", "G2-item"]],
  ["G-single", ["G2"]],
  ["G2-item", ["G2"]],
  ["OTV", ["G-single-item"]],
  ["P4", ["G-single-item"]],
  ["PMP", ["G-single"]],
  // The version order that shows the aborted append was recovered from a committed read of it.
  ["dirty-update", ["G1a"]],
  // One of the two reads saw a state that no serial order ever installs.
  ["incompatible-order", ["G1a"]],
  ["lost-append", ["G-single-item-realtime"]],
]);

/** Whether a history with anomaly `a` also has anomaly `b`. Every class implies itself. */
export function implies(a: AnomalyClass, b: AnomalyClass): boolean {
  return closure(a).has(b);
}

const closures = new Map<AnomalyClass, ReadonlySet<AnomalyClass>>();

function closure(start: AnomalyClass): ReadonlySet<AnomalyClass> {
  const known = closures.get(start);
  if (known !== undefined) return known;
  const reached = new Set<AnomalyClass>([start]);
  for (const one of reached) for (const next of successors(one)) reached.add(next);
  closures.set(start, reached);
  return reached;
}

/** What follows: the class's own, the same between cycles that close with an order, and the cycle that more orders may close. */
function successors(one: AnomalyClass): AnomalyClass[] {
  const { base, suffix } = partsOf(one);
  if (base === undefined) return [...(direct.get(one) ?? [])];
  const weaker = (direct.get(base) ?? []).map((name) => `${name}${suffix}` as AnomalyClass);
  const demandingMore = orderSuffixes.slice(orderSuffixes.indexOf(suffix) + 1);
  return [...weaker, ...demandingMore.map((next): AnomalyClass => `${base}${next}`)];
}

function partsOf(name: AnomalyClass): {
  base: (typeof cycleClasses)[number] | undefined;
  suffix: (typeof orderSuffixes)[number];
} {
  const suffix = orderSuffixes.findLast((one) => name.endsWith(one))!;
  return { base: cycleClasses.find((one) => `${one}${suffix}` === name), suffix };
}

/** An isolation level, from weak to strong; `commit-order` adds that the host's commit numbers are a serial order. */
export type Level =
  | "read-uncommitted"
  | "read-committed"
  | "monotonic-atomic-view"
  | "repeatable-read"
  | "snapshot-isolation"
  | "serializable"
  | "strong-session-serializable"
  | "strict-serializable"
  | "commit-order";

const corrupt = ["garbage-read", "duplicate-write"] as const;
const g1 = ["G0", "G1a", "G1b", "G1c", "incompatible-order", "dirty-update", ...corrupt] as const;
const serial = [...g1, "internal", "OTV", "PMP", "P4", "G-single", "G2"] as const;

/** What each level forbids. Snapshot isolation is told by G-single alone: cycles of several anti-dependencies that never stand side by side are not told apart from G2. */
export const forbids: { readonly [level in Level]: readonly AnomalyClass[] } = {
  "read-uncommitted": ["G0", ...corrupt],
  "read-committed": g1,
  "monotonic-atomic-view": [...g1, "internal", "OTV"],
  "repeatable-read": [...g1, "internal", "OTV", "P4", "G2-item"],
  "snapshot-isolation": [...g1, "internal", "OTV", "PMP", "P4", "G-single"],
  serializable: serial,
  "strong-session-serializable": [...serial, "G0-process", "G1c-process", "G2-process"],
  "strict-serializable": [...serial, "G0-realtime", "G1c-realtime", "G2-realtime", "lost-append"],
  "commit-order": [...serial, "G0-seq", "G1c-seq", "G2-seq", "lost-append"],
};

/** Whether a level forbids an anomaly: it, or something that it implies, is on the level's list. */
export function isForbidden(level: Level, anomaly: AnomalyClass): boolean {
  return forbids[level].some((one) => implies(anomaly, one));
}

/** The kind of an edge of the dependency graph. */
export type EdgeKind = "ww" | "wr" | "rw" | "predicate-rw" | "process" | "realtime" | "seq";

/** One edge of a cycle, with its reason in words. */
export interface CycleEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly because: string;
}

/** One anomaly that a history shows. */
export interface Anomaly {
  readonly class: AnomalyClass;
  /** The transactions that show it. */
  readonly transactions: readonly string[];
  /** What is contradictory, in words. */
  readonly message: string;
  /** The shortest cycle that was found, where the anomaly is one. */
  readonly cycle?: readonly CycleEdge[];
}
