/** Reads by predicate: what a row that was not selected tells of its version, and two reads of one transaction that disagree. */
import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Collected, Key, PredicateUse, RegisterKey } from "./collect.ts";
import type { Findings } from "./findings.ts";
import { versionsOf } from "./registers.ts";
import { type PredicateRead, selects, type Transaction } from "./transaction.ts";
import { type Identity, identityOf, sameJson } from "./value.ts";

/**
 * Turns rows that predicate reads did not select into reads by absence: of the empty list, or of the one version of a register that the predicate
 * does not select. Where several versions could have stood there, nothing follows.
 */
export function readsByAbsence({ predicates, cells, transactions }: Collected): void {
  if (predicates.length === 0) return;
  const candidates = [...cells.values()].map((key) => ({
    key,
    values: key.kind === "register" ? rowsOf(key) : [],
  }));
  for (const { tx, op, read } of predicates) {
    const selected = new Set((read.seen ?? []).map(([key]) => key));
    for (const { key, values } of candidates) {
      if (selected.has(key.name) || writesBefore(transactions[tx]!, op, key)) continue;
      if (key.kind === "list") {
        if (read.op === "scan" && selects(read, key.name, key.initial))
          key.reads.push({ tx, op, elements: [], own: 0, byAbsence: true });
        continue;
      }
      const left = values.filter(({ row }) => !selects(read, key.name, row));
      if (left.length !== 1 || values.length === 1) continue;
      key.reads.push({ tx, op, value: left[0]!.value, zeroOrAbsent: false, byAbsence: true });
    }
  }
}

/** The distinct values that a register may have held, each with the row that it stands for. */
function rowsOf(key: RegisterKey): { value: Json; row: Json | undefined }[] {
  const rows = new Map<Identity, { value: Json; row: Json | undefined }>();
  for (const { value } of versionsOf(key)) rows.set(identityOf(value), { value, row: value ?? undefined });
  return [...rows.values()];
}

function writesBefore({ ops }: Transaction, before: number, key: Key): boolean {
  return ops.some((op, at) => at < before && isWrite(op.op) && (!("key" in op) || op.key === key.name));
}

function isWrite(op: Transaction["ops"][number]["op"]): boolean {
  return op !== "get" && op !== "scan" && op !== "where" && op !== "record";
}

/** Flags transactions in which two predicate reads saw the effects of different transactions (PMP). */
export function flagPredicateManyPreceders({ predicates, transactions }: Collected, findings: Findings): void {
  for (let at = 1; at < predicates.length; at += 1) {
    const later = predicates[at]!;
    for (let before = at - 1; before >= 0 && predicates[before]!.tx === later.tx; before -= 1) {
      const earlier = predicates[before]!;
      const transaction = transactions[later.tx]!;
      const difference = differenceOf(earlier, later, transaction) ?? differenceOf(later, earlier, transaction);
      if (difference === undefined) continue;
      findings.add(
        "PMP",
        [transaction.id],
        `${transaction.id} read twice by predicate and saw two states: ${difference}`,
      );
    }
  }
}

/** A row that one read shows and that the other must select too, but shows otherwise or not at all. */
function differenceOf(shows: PredicateUse, lacks: PredicateUse, transaction: Transaction): string | undefined {
  const [from, to] = [Math.min(shows.op, lacks.op), Math.max(shows.op, lacks.op)];
  const between = transaction.ops.slice(from + 1, to).filter((op) => isWrite(op.op));
  const other = new Map<string, Json>(lacks.read.seen ?? []);
  for (const [key, value] of shows.read.seen ?? []) {
    if (!selects(lacks.read, key, value) || between.some((op) => !("key" in op) || op.key === key)) continue;
    const seen = other.get(key);
    if (seen !== undefined && sameJson(seen, value)) continue;
    const instead = seen === undefined ? "lacks that row" : `shows ${canonicalJson(seen)}`;
    return `${nameOf(shows.read)} shows ${key} = ${canonicalJson(value)}, and ${nameOf(lacks.read)} ${instead}`;
  }
  return undefined;
}

function nameOf(read: PredicateRead): string {
  return read.op === "scan" ? `scan(${read.from}, ${read.to})` : `where(${read.divisor})`;
}
