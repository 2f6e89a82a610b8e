import type { Requirement } from "../spec/requirement.ts";
import type { Column } from "./columns.ts";
import { type Cell, type ScenarioResult, worst } from "./verdict.ts";

/** What a column's results say of one requirement: the worst of its scenarios. Results of other requirements are left out. */
export function cellOf(requirement: Requirement, column: Column, results: readonly ScenarioResult[]): Cell {
  const own = results.filter((result) => result.id.split("#")[0] === requirement.id);
  const { id } = requirement;
  if (own.length === 0) {
    const message = "none of its scenarios was played: it is shown by explorations, which --explore none leaves out";
    const base = { requirement: id, host: column.host.name, guest: column.guest, scenarios: [] };
    return { ...base, verdict: "unmeasured", reason: "not-played", message };
  }
  // A scenario that does not speak of this column says nothing about the cell, unless none does.
  const telling = own.some((result) => result.verdict !== "unsupported")
    ? own.filter((result) => result.verdict !== "unsupported")
    : own;
  const verdict = worst(telling.map((result) => result.verdict));
  const first = telling.find((result) => result.verdict === verdict);
  return {
    requirement: id,
    host: column.host.name,
    guest: column.guest,
    verdict,
    ...(verdict !== "pass" && first?.reason !== undefined && { reason: first.reason }),
    ...(verdict !== "pass" && first?.message !== undefined && { message: first.message }),
    scenarios: [...own],
  };
}
