import { z } from "zod";
import { capabilityClaimSchema } from "../claims/capabilities.ts";
import { profileClaimSchema, profileClaims } from "../claims/profile.ts";
import type { ScenarioParity } from "../parity/of-run.ts";
import { parityVerdicts } from "../parity/parity.ts";
import type { RunResult } from "../run/run.ts";
import { cellSchema, type PlayedScenario, type ScenarioResult } from "../run/verdict.ts";
import { guardSchema, guardsOf } from "../saboteurs/guards.ts";
import { readKillMatrix } from "../saboteurs/kill-matrix.ts";
import { countOf, countSchema } from "./count.ts";
import { exitCodeOfRun } from "./exit-code.ts";

/** The report of a run as `evenlane run --json FILE` writes it. Its JSON Schema is `schemas/report.json`. */
export const reportSchema = z.strictObject({
  version: z.literal(1),
  kit: z.strictObject({ name: z.literal("evenlane"), version: z.string() }),
  seed: z.string(),
  /** Wall time of the run. */
  milliseconds: z.number().min(0),
  /** What the run ends with: 0 all kept or excepted, 1 a requirement not kept or columns that part, 2 the kit, its input or a host at fault, or a host missing. */
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  /** What the run set out to play: the cells are those, or the report is not whole. */
  count: countSchema,
  columns: z.array(
    z.strictObject({
      host: z.string(),
      guest: z.enum(["ts", "as"]),
      status: z.enum(["built", "not-built"]),
      /** Why there is no host. */
      reason: z.string().optional(),
      /** What the host said of itself; absent where it never did. */
      engines: z.array(z.strictObject({ name: z.string(), version: z.string() })).optional(),
      /** What it declares of its profile, beside what this run has seen. */
      profile: z.array(profileClaimSchema).optional(),
      /** What it declares of each capability, beside what it does. */
      capabilities: z.array(capabilityClaimSchema).optional(),
    }),
  ),
  cells: z.array(cellSchema),
  /** For each requirement the faults that show that its scenarios can fail; none where it is unguarded. */
  guards: z.record(z.string(), z.array(guardSchema)),
  /** Each exception that matches nothing, as `file:line:column: what is wrong; what to do`; absent where no exceptions were given. */
  unmatched: z.array(z.string()).optional(),
  /** How the columns compare in each scenario, each with the first that could be judged; empty where there is one column. */
  parity: z.array(
    z.strictObject({
      scenario: z.string(),
      verdict: z.enum(parityVerdicts),
      pairs: z.array(
        z.strictObject({
          left: z.string(),
          right: z.string(),
          verdict: z.enum(parityVerdicts),
          why: z.string().optional(),
          /** Slugs of the clauses of spec/permitted-divergences.md that let the two part. */
          clauses: z.array(z.string()).optional(),
          /** The event at which they part, in words. */
          event: z.string().optional(),
        }),
      ),
    }),
  ),
});

/** Of a scenario's result, what is written down. */
function withoutHistory({ history: _, failure: __, ...result }: PlayedScenario): ScenarioResult {
  return result;
}

/** The report of a run. */
export type Report = z.infer<typeof reportSchema>;

/** Makes the report of a run. `kitVersion` is the package's version. */
export function reportOf(result: RunResult, parity: readonly ScenarioParity[], kitVersion: string): Report {
  const matrix = readKillMatrix();
  return reportSchema.parse({
    version: 1,
    kit: { name: "evenlane", version: kitVersion },
    seed: result.plan.seed,
    milliseconds: result.milliseconds,
    exitCode: exitCodeOfRun(result, parity),
    count: countOf(result.plan),
    columns: result.columns.map(({ column, result: { info, claims, results } }) => ({
      host: column.host.name,
      guest: column.guest,
      status: column.host.status,
      ...(column.host.status === "not-built" && { reason: column.host.reason }),
      ...(info !== undefined && { engines: info.engines, profile: profileClaims(info.profile, results) }),
      ...(claims !== undefined && { capabilities: claims }),
    })),
    cells: result.cells.map(({ scenarios, ...cell }) => ({ ...cell, scenarios: scenarios.map(withoutHistory) })),
    guards: Object.fromEntries(result.plan.requirements.map(({ id }) => [id, guardsOf(matrix, id)])),
    ...(result.unmatched !== undefined && { unmatched: [...result.unmatched] }),
    parity: parity.map(({ scenario, verdict, pairs }) => ({
      scenario,
      verdict,
      pairs: pairs.map(({ divergence, ...pair }) => ({ ...pair, ...(divergence && { event: divergence.event }) })),
    })),
  });
}
