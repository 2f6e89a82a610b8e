/** Why a requirement can be found broken. Stable words: reports, exceptions and the kill matrix refer to them. */
export const reasons = [
  "wrong-order",
  "not-concurrent",
  "missing-result",
  "missing-row",
  "unexpected-row",
  "wrong-row",
  "wrong-value",
  "wrong-response",
  "wrong-request",
  "call-failed",
  "call-succeeded",
  "wrong-category",
  "wrong-message",
  "module-loaded",
  "module-refused",
  "wrong-interface",
  "missing-log",
  "unexpected-log",
  "ambient-name",
  "unexpected-arrival",
  "repeated-arrival",
  "dirty-write",
  "aborted-read",
  "intermediate-read",
  "circular-information-flow",
  "vanished-transaction",
  "phantom",
  "write-skew",
  "anti-dependency-cycle",
  "not-serializable",
  "lost-update",
  "read-skew",
  "stale-read",
  "foreign-turn",
  "starved",
  "threads-grew",
  "isolates-grew",
  "memory-grew",
  "handles-grew",
  "not-deterministic",
  "not-in-model",
  "vacuous",
] as const;

/** Why a requirement was found broken. */
export type Reason = (typeof reasons)[number];

/** The host broke the requirement. `evidence` is for people: one observation a line. */
export class Violation extends Error {
  override name = "Violation";
  readonly reason: Reason;
  readonly evidence: readonly string[];
  /** What the checkers of isolation call what they found, where they found it. */
  readonly finding: string | undefined;

  constructor(reason: Reason, message: string, evidence: readonly string[] = [], finding?: string) {
    super(message);
    this.reason = reason;
    this.evidence = evidence;
    this.finding = finding;
  }
}

/** Nothing observable happened for longer than the run's patience. Says nothing about right or wrong. */
export class Stuck extends Error {
  override name = "Stuck";
}

/** The machine or the host does not offer what would show the requirement kept. */
export class Unmeasured extends Error {
  override name = "Unmeasured";
}
