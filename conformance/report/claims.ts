import { profileClaims } from "../claims/profile.ts";
import type { RunResult } from "../run/run.ts";

/** Where what a column declares of itself is not what was seen: a line each, none where all is so. */
export function renderClaims({ columns }: Pick<RunResult, "columns">): string[] {
  return columns.flatMap(({ column, result: { info, claims = [], results } }) => {
    const capabilities = claims
      .filter(({ claimed, measured }) => claimed !== measured)
      .map(({ name, claimed }) => `${name}: ${claimed ? "declared, and not there" : "there, and not declared"}`);
    const entries = (info === undefined ? [] : profileClaims(info.profile, results))
      .filter(({ claimed, measured }) => measured !== undefined && claimed !== measured)
      .map(({ name, claimed, measured, by }) => `${name}: declared ${claimed}, seen ${measured} (${by})`);
    return [...capabilities, ...entries].map((line) => `${column.label} ${line}`);
  });
}
