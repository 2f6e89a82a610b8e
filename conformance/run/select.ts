import path from "node:path";
import type { Requirement } from "../spec/requirement.ts";
import type { Column, HostEntry } from "./columns.ts";
import { columnsOf } from "./columns.ts";
import { KitError } from "./kit-error.ts";

/** What the command line selects; empty lists select everything. */
export interface Selection {
  readonly hosts: readonly string[];
  readonly guests: readonly string[];
  /** Requirement ids, chapters, or globs over ids. */
  readonly filters: readonly string[];
}

/** The columns that a selection names. A name that matches nothing is an error. */
export function selectColumns(hosts: readonly HostEntry[], selection: Selection): Column[] {
  const all = columnsOf(hosts);
  known(selection.hosts, new Set(hosts.map((host) => host.name)), "host");
  known(selection.guests, new Set(all.map((column) => column.guest)), "guest");
  const selected = all.filter(
    ({ host, guest }) =>
      (selection.hosts.length === 0 || selection.hosts.includes(host.name)) &&
      (selection.guests.length === 0 || selection.guests.includes(guest)),
  );
  if (selected.length === 0) {
    throw new KitError(
      `no column is both ${selection.hosts.join(" or ")} and ${selection.guests.join(" or ")}; there are ${all.map((column) => column.label).join(", ")}`,
    );
  }
  return selected;
}

/** The requirements that a selection names. A filter that matches nothing is an error. */
export function selectRequirements(all: readonly Requirement[], filters: readonly string[]): Requirement[] {
  for (const filter of filters) {
    if (!all.some((requirement) => matches(requirement, filter))) {
      throw new KitError(
        `the filter "${filter}" matches no requirement: give an id (${all[0]?.id}), a chapter (${all[0]?.chapter}) or a pattern ("ordering/*"); evenlane list shows them all`,
      );
    }
  }
  if (filters.length === 0) return [...all];
  return all.filter((requirement) => filters.some((filter) => matches(requirement, filter)));
}

function matches(requirement: Requirement, filter: string): boolean {
  return filter === requirement.chapter || path.posix.matchesGlob(requirement.id, filter);
}

function known(names: readonly string[], there: ReadonlySet<string>, what: string): void {
  for (const name of names) {
    if (!there.has(name)) throw new KitError(`there is no ${what} "${name}"; there are ${[...there].join(", ")}`);
  }
}
