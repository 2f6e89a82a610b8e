/** What a report has to hold, so that a part never looks like the whole. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { type ExploreTier, type RunPlan, trialsOf } from "../run/run.ts";
import type { Cell } from "../run/verdict.ts";

const share = z.strictObject({ played: z.int().min(0), of: z.int().min(0) });
const tiers: readonly ExploreTier[] = ["none", "exhaustive", "deep"];

/** What a run set out to play. */
export const countSchema = z.strictObject({
  /** Requirements times columns. */
  cells: z.int().min(0),
  /** SHA-256, in hexadecimal, over a line for each cell: requirement, column and the ids of its scenarios; sorted. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the spec. */
  requirements: share,
  /** Of the list of hosts. */
  columns: share,
  explore: z.enum(["none", "exhaustive", "deep"]),
});
/** What a run set out to play. */
export type Count = z.infer<typeof countSchema>;

type CountedCell = Pick<Cell, "requirement" | "host" | "guest"> & {
  readonly scenarios: readonly { readonly id: string }[];
};

/** What this plan sets out to play. */
export function countOf(plan: RunPlan): Count {
  const whole = plan.whole ?? { requirements: plan.requirements.length, columns: plan.columns.length };
  const trials = trialsOf(plan.requirements, plan.explore);
  const cells = plan.requirements.flatMap(({ id }) =>
    plan.columns.map(({ host, guest }): CountedCell => {
      const own = trials.filter(({ requirement }) => requirement.id === id);
      return { requirement: id, host: host.name, guest, scenarios: own.map(({ scenario }) => scenario) };
    }),
  );
  return {
    cells: cells.length,
    sha256: hashOf(cells),
    requirements: { played: plan.requirements.length, of: whole.requirements },
    columns: { played: plan.columns.length, of: whole.columns },
    explore: plan.explore,
  };
}

/** What is wrong with the cells of a report, in a sentence; undefined where they are those that the run set out to play. */
export function miscount(count: Count, cells: readonly CountedCell[]): string | undefined {
  if (cells.length !== count.cells)
    return `the report holds ${cells.length} cells, and the run set out for ${count.cells}`;
  if (hashOf(cells) === count.sha256) return undefined;
  return `the report holds ${count.cells} cells, as many as the run set out for, but not those, or not all of their scenarios`;
}

/** Whether a run plays less than another one: fewer requirements or columns, or fewer schedules. */
export function isLess(one: Count, other: Count): boolean {
  return (
    one.requirements.played < other.requirements.played ||
    one.columns.played < other.columns.played ||
    tiers.indexOf(one.explore) < tiers.indexOf(other.explore)
  );
}

/** What the report in a file set out to hold; undefined where there is no report in it. */
export function readCount(file: string): Count | undefined {
  try {
    return countSchema.safeParse(JSON.parse(readFileSync(file, "utf8")).count).data;
  } catch {
    return undefined;
  }
}

/** What a run leaves out of what there is, for people; undefined where it is the whole default tier. */
export function partOf({ requirements, columns, explore }: Count): string | undefined {
  const left = [
    ...(requirements.played < requirements.of ? [`${requirements.played} of ${requirements.of} requirements`] : []),
    ...(columns.played < columns.of ? [`${columns.played} of ${columns.of} columns`] : []),
    ...(explore === "none" ? ["no explorations"] : []),
  ];
  return left.length === 0 ? undefined : left.join(", ");
}

function hashOf(cells: readonly CountedCell[]): string {
  const lines = cells.map(
    ({ requirement, host, guest, scenarios }) =>
      `${requirement} ${host}×${guest} ${scenarios
        .map(({ id }) => id)
        .sort()
        .join(" ")}\n`,
  );
  return createHash("sha256").update(lines.sort().join("")).digest("hex");
}
