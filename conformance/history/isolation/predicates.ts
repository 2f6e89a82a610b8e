/** Reads by predicate: what a row that was not selected tells of its version, and two reads of one transaction that disagree. */
import { canonicalJson } from "../canonical-json.ts";
import type { Collected, Key, PredicateUse } from "./collect.ts";
import type { Findings } from "./findings.ts";
import { versionsOf } from "./registers.ts";
import { type PredicateRead, selects, type Transaction } from "./transaction.ts";
import { sameJson } from "./value.ts";

/**
 * Turns rows that predicate reads did not select into reads by absence: of the empty list, or of the one version of a register that the predicate
 * does not select. Where several versions could have stood there, nothing follows; where none could, there was no row.
 */
export function readsByAbsence({ predicates, cells, transactions }: Collected): void {
  const uses = predicates.map((use) => ({ ...use, selected: new Set(use.rows.map(([key]) => key)) }));
  for (const key of cells.values()) {
    const lacking = uses.filter(
      ({ tx, op, selected }) => !selected.has(key.name) && !writesBefore(transactions[tx]!, op, key),
    );
    if (key.kind === "list") {
      for (const { tx, op, read } of lacking)
        if (selects(read, key.name, key.initial)) key.reads.push({ tx, op, elements: [], own: 0, byAbsence: true });
      continue;
    }
    const versions = versionsOf(key);
    for (const { tx, op, read } of lacking) {
      const left = versions.filter(({ value }) => !selects(read, key.name, value ?? undefined));
      if (left.length > 1 || left.length === versions.length) continue;
      key.reads.push({ tx, op, value: left[0]?.value ?? null, isOfSum: false, byAbsence: true });
    }
  }
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
  const other = new Map(lacks.rows);
  for (const [key, value] of shows.rows) {
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
