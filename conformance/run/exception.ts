import { z } from "zod";
import { reasons } from "../scenarios/violation.ts";
import type { Place } from "./text-file.ts";

/** The codes of what an exception can speak of: a violation, or `silence` where nothing happened any more. */
export const exceptionCodes: readonly string[] = [...reasons, "silence"];

/** What a team says of cells that fail: which, with what code, why, and until when. */
export interface Exception {
  /** Where it begins. */
  readonly at: Place;
  readonly requirement: string;
  /** Labels of the columns that it speaks of, such as `node×ts`; several where it names a host. */
  readonly columns: readonly string[];
  /** Codes that the cell's scenarios may fail with. */
  readonly codes: readonly string[];
  /** The cause, in a sentence. */
  readonly reason: string;
  readonly link: string;
  readonly owner: string;
  /** The last day on which it holds, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
  /** Whether the cell may pass as well. */
  readonly intermittent: boolean;
}

/** An exception as the cell carries it that it speaks of, whether it holds there or not. */
export const citedExceptionSchema = z.strictObject({
  /** File and line. */
  at: z.string(),
  codes: z.array(z.string()).min(1),
  reason: z.string(),
  link: z.string(),
  owner: z.string(),
  expires: z.string(),
  intermittent: z.literal(true).optional(),
  /** Days after today on which it still holds: 0 on its last day, negative once it has expired. */
  daysLeft: z.int(),
  /** Why it does not hold; absent where it does. */
  refused: z.string().optional(),
});
/** An exception as the cell carries it that it speaks of. */
export type CitedException = z.infer<typeof citedExceptionSchema>;

/** Where an exception stands, as editors and terminals take it: `file:line`. */
export function placeOf({ at }: Pick<Exception, "at">): string {
  return `${at.file}:${at.line}`;
}
