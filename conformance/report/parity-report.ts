/** The report of a comparison, as `evenlane diff --json FILE` writes it. */
import { z } from "zod";
import { type Parity, parityVerdicts } from "../parity/parity.ts";

const divergenceSchema = z.strictObject({
  /** The event at which the histories part, such as `result of call 3`: calls are numbered from 0 as they were submitted. */
  event: z.string(),
  left: z.string(),
  right: z.string(),
  what: z.array(z.string()),
  /** The events that lie before it, the nearest last. */
  before: z.array(z.string()),
  /** Where the guests' functions are declared that it comes from. */
  sources: z.array(z.string()),
});

/** The report of a comparison. Its JSON Schema is `schemas/parity.json`. */
export const parityReportSchema = z.strictObject({
  evenlane: z.literal("parity"),
  version: z.literal(1),
  /** Version of the kit. */
  kit: z.string(),
  /** What the scenarios drew their choices from; null where files with different ones were compared. */
  seed: z.string().nullable(),
  /** 0 all agree or may part, 1 a divergence or a common fault, 2 the kit or a host as a program is at fault. */
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  comparisons: z.array(
    z.strictObject({
      scenario: z.string(),
      left: z.string(),
      right: z.string(),
      verdict: z.enum(parityVerdicts).exclude(["excepted"]),
      why: z.string().optional(),
      /** Slugs of the clauses of spec/permitted-divergences.md. */
      clauses: z.array(z.string()).optional(),
      divergence: divergenceSchema.optional(),
    }),
  ),
});

/** The report of a comparison. */
export type ParityReport = z.infer<typeof parityReportSchema>;

/** A scenario's comparison in two columns. */
export interface Compared {
  readonly scenario: string;
  readonly parity: Parity;
}

/** Makes the report of a comparison. */
export function parityReportOf(
  compared: readonly Compared[],
  about: { readonly kit: string; readonly seed: string | null; readonly exitCode: 0 | 1 | 2 },
): ParityReport {
  return parityReportSchema.parse({
    evenlane: "parity",
    version: 1,
    ...about,
    comparisons: compared.map(({ scenario, parity }) => ({ scenario, ...parity })),
  });
}

/** The JSON Schema of the report, as `schemas/parity.json` holds it. */
export function parityReportJsonSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(parityReportSchema, { target: "draft-2020-12" });
  return `${JSON.stringify({ $schema, title: "Report of a comparison, version 1", ...body }, null, 2)}\n`;
}
