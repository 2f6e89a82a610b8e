import { z } from "zod";
import type { Failure } from "../explore/explore.ts";
import type { HistoryEvent } from "../history/history.ts";
import { citedExceptionSchema } from "./exception.ts";

/**
 * What a scenario came to in a column: the requirement was kept; it was broken; nothing happened any more; the column declares that the requirement does not
 * speak of it; this machine cannot show it; the kit or the host as a program is at fault; there is no host.
 */
export const verdictSchema = z.enum(["pass", "fail", "stuck", "unsupported", "unmeasured", "error", "not-built"]);
/** What a scenario came to in a column. */
export type Verdict = z.infer<typeof verdictSchema>;

/** What a cell of the matrix says: beside the verdicts of scenarios, that it fails as an exception says, or that it may by one that is intermittent. */
export const cellVerdictSchema = z.enum([...verdictSchema.options, "excepted", "intermittent"]);
/** What a cell of the matrix says. */
export type CellVerdict = z.infer<typeof cellVerdictSchema>;

/** From the mildest to the worst: a cell with several scenarios says the worst of theirs. */
const severity: readonly Verdict[] = ["pass", "unsupported", "unmeasured", "not-built", "stuck", "fail", "error"];

/** The worst of several verdicts. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((a, b) => (severity.indexOf(a) >= severity.indexOf(b) ? a : b));
}

/** What one scenario came to in one column. */
export const scenarioResultSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  verdict: verdictSchema,
  /** Stable word for why; absent for a pass. */
  reason: z.string().optional(),
  /** What the checkers of isolation call what they found: an anomaly's class, or their own word; absent where they found nothing. */
  finding: z.string().optional(),
  /** A sentence for people; absent for a pass. */
  message: z.string().optional(),
  /** The last observations before the verdict, one a line. */
  evidence: z.array(z.string()).optional(),
  /** How the scenario knows what it claims. */
  grade: z.enum(["outside", "stepping", "self-reported"]),
  milliseconds: z.number().min(0),
  /** How many schedules were played; absent where the scenario explores none. */
  schedules: z.int().min(0).optional(),
});
/** What one scenario came to in one column. */
export type ScenarioResult = z.infer<typeof scenarioResultSchema>;

/** A scenario's result with the history that it was judged by, where it was played. */
export interface PlayedScenario extends ScenarioResult {
  readonly history?: readonly HistoryEvent[];
  /** The smallest schedule that fails, of a scenario that explores. */
  readonly failure?: Failure;
}

/** One requirement in one column. */
export const cellSchema = z.strictObject({
  requirement: z.string(),
  host: z.string(),
  guest: z.enum(["ts", "as"]),
  verdict: cellVerdictSchema,
  reason: z.string().optional(),
  message: z.string().optional(),
  /** The exception of a cell that passes, fails or is stuck, whether it holds or not. */
  exception: citedExceptionSchema.optional(),
  scenarios: z.array(scenarioResultSchema),
});
/** One requirement in one column. */
export type Cell = z.infer<typeof cellSchema>;
