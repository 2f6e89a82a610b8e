import { isDeepStrictEqual } from "node:util";
import { type Reason, Violation } from "./violation.ts";

/** Demands that two JSON values are the same. `what` names the observation, in the spec's words. */
export function expectSame(actual: unknown, expected: unknown, reason: Reason, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Violation(reason, `${what}: expected ${show(expected)}, observed ${show(actual)}`, [
    `expected ${show(expected)}`,
    `observed ${show(actual)}`,
  ]);
}

/** Demands that something holds. */
export function expectThat(
  holds: boolean,
  reason: Reason,
  message: string,
  evidence: readonly string[] = [],
): asserts holds {
  if (!holds) throw new Violation(reason, message, evidence);
}

/** A value as one line of text, cut where it is long. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text;
}
