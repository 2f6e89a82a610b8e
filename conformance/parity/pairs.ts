/** Which columns, and which scenarios, a comparison speaks of. */
import path from "node:path";
import { type Column, columnsNamed, columnsOf, type HostEntry } from "../run/columns.ts";
import { KitError } from "../run/kit-error.ts";
import { trialsOf } from "../run/run.ts";
import type { Trial } from "../run/run-column.ts";
import { selectRequirements } from "../run/select.ts";
import type { Requirement } from "../spec/requirement.ts";

/**
 * The pairs of columns that two names stand for. A name is a column's label (`v8×ts`, or `v8:ts`), or a host's, which stands for all its columns: then those
 * with the same guest are paired.
 */
export function pairsOf(hosts: readonly HostEntry[], left: string, right: string): (readonly [Column, Column])[] {
  const all = columnsOf(hosts);
  const [a, b] = [named(all, left), named(all, right)];
  if (a.length === 1 && b.length === 1) return [[a[0]!, b[0]!]];
  const pairs = a.flatMap((column) =>
    b.filter(({ guest }) => guest === column.guest).map((other) => [column, other] as const),
  );
  if (pairs.length > 0) return pairs;
  throw new KitError(
    `${left} and ${right} have no guest in common: name the columns, of which there are ${labels(all)}`,
  );
}

/** The column of a label. */
export function columnNamed(hosts: readonly HostEntry[], label: string): Column {
  const [column, ...more] = named(columnsOf(hosts), label);
  if (column !== undefined && more.length === 0) return column;
  throw new KitError(`${label} has several columns: name one of ${labels([column!, ...more])}`);
}

function named(all: readonly Column[], name: string): Column[] {
  const found = columnsNamed(all, name);
  if (found.length > 0) return found;
  throw new KitError(`there is no host or column "${name}"; there are ${labels(all)}`);
}

function labels(columns: readonly Column[]): string {
  return columns.map(({ label }) => label).join(", ");
}

/**
 * The trials that an id names: a scenario's or requirement's, a chapter, or a pattern over either; all where it is absent. Explorations are not among them:
 * they keep no history of what passes, and the model has judged each of their schedules.
 */
export function trialsNamed(requirements: readonly Requirement[], id: string | undefined): Trial[] {
  const all = trialsOf(requirements, "none");
  if (id === undefined) return all;
  const named = ({ scenario, requirement }: Trial): boolean =>
    requirement.id === id || path.posix.matchesGlob(scenario.id, id);
  const own = all.filter(named);
  if (own.length > 0) return own;
  const explored = trialsOf(requirements, "deep").some(named);
  const trials = explored ? [] : trialsOf(selectRequirements(requirements, [id]), "none");
  if (trials.length === 0) throw onlyExplored(id);
  return trials;
}

function onlyExplored(id: string): KitError {
  return new KitError(`"${id}" is an exploration, which keeps no history to compare: play it with evenlane explore`);
}
