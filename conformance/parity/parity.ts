/** Parity: whether two columns did the same, apart from whether either did right. */
import { canonical, openQuestions, withoutLateQuestions } from "../history/canonical.ts";
import { isDeedOfKit } from "../history/causes.ts";
import type { HistoryEvent } from "../history/history.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Verdict } from "../run/verdict.ts";
import { clauses } from "./clauses.ts";
import { type Difference, firstDifference } from "./difference.ts";
import type { Locate } from "./locate.ts";
import { cancelsOnTheWay, masked, showsModuleVariables, withoutMessages } from "./masks.ts";
import { type Divergence, divergenceOf, type Side } from "./words.ts";

/**
 * Both did the same, and it is right; they part where the spec lets them, or could have, and both did right; one of them cannot be judged, or nothing
 * proves that they may part; in a run, they part or are wrong where an exception stands for it; both did the same, and it is wrong; they part.
 */
export const parityVerdicts = [
  "agree-right",
  "permitted",
  "not-comparable",
  "excepted",
  "agree-wrong",
  "diverge",
] as const;
/** What a comparison of two columns says, from the mildest to the worst. */
export type ParityVerdict = (typeof parityVerdicts)[number];

/** What a scenario came to in one column. */
export interface Outcome {
  /** The column's label, such as `v8×ts`. */
  readonly column: string;
  readonly guest: GuestLanguage;
  readonly verdict: Verdict;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  /** Whether what its scenario does goes by what it measures. */
  readonly measures?: boolean;
  readonly events: readonly HistoryEvent[];
}

/** How two columns compare in one scenario. */
export interface Parity {
  readonly verdict: ParityVerdict;
  readonly left: string;
  readonly right: string;
  /** One sentence on why; absent where both agree and are right. */
  readonly why?: string;
  /** Slugs of the clauses of `spec/permitted-divergences.md` that let the columns part. */
  readonly clauses?: readonly string[];
  /** Where they part. */
  readonly divergence?: Divergence;
}

/** What a comparison goes by. */
export interface ParityOptions {
  /** The run's seed. */
  readonly seed?: string;
  /** Whether the reference model has this history, as that column lived it; undefined where it does not know what was played. */
  readonly allowed?: (events: readonly HistoryEvent[], column: string) => boolean | undefined;
  readonly locate?: Locate;
}

/** Compares two columns. */
export function parityOf(left: Outcome, right: Outcome, options: ParityOptions = {}): Parity {
  const base = { left: left.column, right: right.column };
  for (const { column, verdict, reason, message } of [left, right]) {
    if (verdict === "pass" || verdict === "fail") continue;
    return {
      ...base,
      verdict: "not-comparable",
      why: `${column} is ${verdict}: ${message ?? reason ?? "no reason given"}`,
    };
  }
  if (left.verdict === "pass" && right.verdict === "pass" && (left.measures || right.measures)) {
    return { ...base, verdict: "not-comparable", why: "what the scenario does goes by what it measures" };
  }
  const { difference, sides, cited, worded } = compare(left, right, options);
  const divergence = difference && divergenceOf(difference, sides[0], sides[1], options.locate ?? (() => undefined));
  const parting = divergence === undefined ? {} : { divergence };
  if (left.verdict !== right.verdict) {
    const [passed, failed] = left.verdict === "pass" ? [left, right] : [right, left];
    const found = difference === undefined ? ", though their histories are the same" : "";
    const why = `${passed.column} passes and ${failed.column} fails${found}: ${failed.reason}: ${failed.message}`;
    return { ...base, verdict: "diverge", why, ...parting };
  }
  if (left.verdict === "fail") {
    if (difference === undefined || (left.reason === right.reason && lastStep(sides[0]) === lastStep(sides[1]))) {
      return { ...base, verdict: "agree-wrong", why: `both fail: ${left.reason}: ${left.message}` };
    }
    const why = `both fail, but not alike: ${left.column}: ${left.reason}; ${right.column}: ${right.reason}`;
    return { ...base, verdict: "diverge", why, ...parting };
  }
  if (difference === undefined) {
    const slugs = [...new Set([...cited, ...leftOpen(left, right)])];
    if (slugs.length === 0) return { ...base, verdict: "agree-right" };
    const doubt = worded ? doubtOf(left, right, slugs, options) : undefined;
    const why =
      cited.length > 0
        ? "they are the same but for what is left to the host"
        : "they are the same this time, and another run may part: it is left to the host";
    return { ...base, ...(doubt ?? { verdict: "permitted", clauses: slugs, why }) };
  }
  return { ...base, ...ofParting(difference, left, right, cited, options), ...parting };
}

/** How several columns compare: each with the first that can be judged. The worst verdict of a pair is the scenario's. */
export function parityOfAll(
  outcomes: readonly Outcome[],
  options: ParityOptions = {},
): { readonly verdict: ParityVerdict; readonly pairs: readonly Parity[] } {
  const reference = outcomes.find(({ verdict }) => verdict === "pass" || verdict === "fail") ?? outcomes[0];
  const pairs = outcomes
    .filter((outcome) => outcome !== reference)
    .map((outcome) => parityOf(reference!, outcome, options));
  return { verdict: worstParity(pairs.map(({ verdict }) => verdict)), pairs };
}

/** The worst of several verdicts; a column that could not be compared does not speak where others could. */
export function worstParity(verdicts: readonly ParityVerdict[]): ParityVerdict {
  const telling = verdicts.filter((verdict) => verdict !== "not-comparable");
  if (telling.length === 0) return "not-comparable";
  return telling.reduce((a, b) => (parityVerdicts.indexOf(a) >= parityVerdicts.indexOf(b) ? a : b));
}

interface Comparison {
  readonly difference: Difference | undefined;
  readonly sides: readonly [Side, Side];
  /** Clauses by which something was left out, without which the histories would not be the same. */
  readonly cited: readonly string[];
  /** Whether messages of guests' errors were left out: only the model knows which of them an engine words. */
  readonly worded: boolean;
}

function compare(left: Outcome, right: Outcome, { seed }: ParityOptions): Comparison {
  const [ours, theirs] = [withoutLateQuestions(left.events), withoutLateQuestions(right.events)];
  const without = new Set([...openQuestions(ours), ...openQuestions(theirs)]);
  const options = { without, ...(seed !== undefined && { seed }) };
  const compared = (a: Outcome["events"], b: Outcome["events"]): Pick<Comparison, "difference" | "sides"> => {
    const sides = [
      { guest: left.guest, events: a, form: canonical(a, options) },
      { guest: right.guest, events: b, form: canonical(b, options) },
    ] as const;
    return { difference: firstDifference(sides[0].form, sides[1].form), sides };
  };
  const whole = compared(ours, theirs);
  if (whole.difference === undefined) return { ...whole, cited: [], worded: false };
  const guests = [left.guest, right.guest] as const;
  const [a, b] = [masked(ours, guests), masked(theirs, guests)];
  const cited = [...new Set([...a.clauses, ...b.clauses])];
  const rest = cited.length === 0 ? whole : compared(a.events, b.events);
  if (!isWording(rest.difference)) return { ...rest, cited, worded: false };
  const unworded = compared(withoutMessages(a.events), withoutMessages(b.events));
  return { ...unworded, cited: [...cited, "message-texts"], worded: true };
}

/** Whether two guests' errors differ in their messages alone. */
function isWording(difference: Difference | undefined): boolean {
  if (difference?.kind !== "content") return false;
  const [a, b] = [difference.left?.event, difference.right?.event];
  if (a?.kind !== "result" || b?.kind !== "result") return false;
  return (
    a.result.outcome === "failed" &&
    b.result.outcome === "failed" &&
    a.result.error.category === b.result.error.category &&
    a.result.error.function === b.result.error.function &&
    a.result.seqs.join() === b.result.seqs.join()
  );
}

/** Both pass, and their histories part: whether they may. */
function ofParting(
  difference: Difference,
  left: Outcome,
  right: Outcome,
  cited: readonly string[],
  options: ParityOptions,
): Pick<Parity, "verdict" | "why" | "clauses"> {
  if (isDeedOfKit((difference.left ?? difference.right)!.event)) {
    const why = "the scenario itself did something else: it goes by the guest or by what a host declares";
    return { verdict: "not-comparable", why };
  }
  const parting = {
    difference,
    lists: [withoutLateQuestions(left.events), withoutLateQuestions(right.events)],
    guests: [left.guest, right.guest],
  } as const;
  const clause = clauses.find((one) => one.covers(parting));
  if (clause === undefined) return { verdict: "diverge", why: "both pass, but no clause lets them part here" };
  const slugs = [...cited, clause.slug];
  const doubt = doubtOf(left, right, slugs, options);
  return (
    doubt ?? { verdict: "permitted", why: "both pass, and the reference model has both histories", clauses: slugs }
  );
}

/** Clauses that leave something of these histories to the host, even where it came out the same: a verdict must not hang on that. */
function leftOpen(...sides: readonly Outcome[]): string[] {
  const open = clauses.flatMap(({ slug, leavesOpen }) =>
    sides.some(({ events, guest }) => leavesOpen?.(withoutLateQuestions(events), guest)) ? [slug] : [],
  );
  const variables = sides.some(({ events }) => showsModuleVariables(events));
  const cancels = sides.some(({ events }) => cancelsOnTheWay(withoutLateQuestions(events)));
  return [...(variables ? ["module-variables"] : []), ...(cancels ? ["cancelled-requests"] : []), ...open];
}

/** What speaks against letting two histories part that a clause covers; undefined where the model has both. */
function doubtOf(
  left: Outcome,
  right: Outcome,
  slugs: readonly string[],
  { allowed }: ParityOptions,
): Pick<Parity, "verdict" | "why" | "clauses"> | undefined {
  for (const { column, events } of [left, right]) {
    const legal = allowed?.(events, column);
    if (legal === false) {
      return { verdict: "diverge", why: `both pass, but the reference model does not have what ${column} did` };
    }
    if (legal === undefined) {
      const why = `both pass, and ${slugs.join(", ")} may let them part, but no model of what was played proves it`;
      return { verdict: "not-comparable", clauses: slugs, why };
    }
  }
  return undefined;
}

function lastStep({ form }: Side): string | undefined {
  let last: { readonly label: string; readonly depth: number } | undefined;
  for (const event of form.events.values()) {
    if (event.step && event.depth >= (last?.depth ?? 0)) last = event;
  }
  return last?.label;
}
