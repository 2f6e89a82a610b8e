/**
 * The canonical form of a history: a partial order of events without the names and the chance orders of one run. Two histories are the same exactly where
 * their forms are equal.
 */
import { canonicalJson } from "./canonical-json.ts";
import { causesOf, isDeedOfKit } from "./causes.ts";
import type { HistoryEvent } from "./history.ts";
import { labelsOf } from "./labels.ts";
import { Names } from "./names.ts";

/** One event of the canonical form. */
export interface CanonicalEvent {
  /** What it is, unique in its history, such as `result of call 3`. */
  readonly label: string;
  /** What it says, with names bound, as RFC 8785 JSON; what is no part of sameness is left out. */
  readonly content: string;
  /** Labels of the events that happened before it and that it is ordered by directly; sorted. */
  readonly causes: readonly string[];
  /** Whether it is one of the kit's own steps, which have one order. */
  readonly step: boolean;
  /** How many of the kit's own steps lie before it. */
  readonly depth: number;
  /** Its place in the list that it was taken from: for people, no part of sameness. */
  readonly at: number;
  readonly event: HistoryEvent;
}

/** The canonical form of a history. */
export interface CanonicalHistory {
  readonly events: ReadonlyMap<string, CanonicalEvent>;
  /** All of it as text, a line an event: equal texts, same history. */
  readonly text: string;
}

/** How a form is taken. */
export interface CanonicalOptions {
  /** The run's seed: with it, identities of connections are recognised in values. */
  readonly seed?: string;
  /** Questions of quiet, numbered from 0 as they were asked, whose answers are left out: see `openQuestions`. */
  readonly without?: ReadonlySet<number>;
}

/** Takes the canonical form of a history. */
export function canonical(history: readonly HistoryEvent[], options: CanonicalOptions = {}): CanonicalHistory {
  const events = withoutLateQuestions(history);
  const left = leftOut(events, options.without);
  const kept = events.flatMap((event, at) => (left.has(at) ? [] : [{ event, at }]));
  const list = kept.map(({ event }) => event);
  const names = new Names(list, options.seed);
  const contents = list.map((event) => canonicalJson(contentOf(event, names)));
  const labels = labelsOf(list, contents, names);
  const causes = causesOf(list, names);
  const depths: number[] = [];
  const found = list.map((event, index): CanonicalEvent => {
    const own = causes.of[index]!;
    const step = causes.isStep[index]!;
    depths[index] = Math.max(0, ...[...own].map((cause) => depths[cause]! + (causes.isStep[cause] ? 1 : 0)));
    return {
      label: labels[index]!,
      content: contents[index]!,
      causes: [...own].map((cause) => labels[cause]!).sort(),
      step,
      depth: depths[index]!,
      at: kept[index]!.at,
      event,
    };
  });
  const lines = found.map(
    ({ label, content, causes }) => `${label}: ${content} after ${causes.join(", ") || "nothing"}`,
  );
  return {
    events: new Map(found.map((event) => [event.label, event])),
    text: lines.sort().join("\n"),
  };
}

/**
 * Questions of quiet, numbered from 0 as they were asked, that the kit did not wait for: it did something else before the answer came, or none came. What
 * such an answer says, and where it stands, is chance.
 */
export function openQuestions(events: readonly HistoryEvent[]): Set<number> {
  const open = new Set<number>();
  for (const { number, asked, answered } of questions(events)) {
    const between = events.slice(asked + 1, answered);
    if (answered === undefined || between.some(isDeedOfKit)) open.add(number);
  }
  return open;
}

/** A history without the questions of quiet that the kit asked because something had not come for a while, and their answers: whether it asks is chance. */
export function withoutLateQuestions(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const late = new Set(events.flatMap((event) => (event.kind === "quiesce" && event.late ? [keyOf(event)] : [])));
  if (late.size === 0) return events;
  return events.filter((event) => !((event.kind === "quiesce" || event.kind === "quiet") && late.has(keyOf(event))));
}

function keyOf({ module, quiet }: { readonly module: string; readonly quiet: number }): string {
  return `${module} ${quiet}`;
}

/** Where each question of quiet was asked and answered. */
function questions(
  events: readonly HistoryEvent[],
): { readonly number: number; readonly asked: number; readonly answered: number | undefined }[] {
  const found: { number: number; asked: number; answered: number | undefined; key: string }[] = [];
  for (const [at, event] of events.entries()) {
    if (event.kind === "quiesce") {
      found.push({ number: found.length, asked: at, answered: undefined, key: keyOf(event) });
    } else if (event.kind === "quiet") {
      const question = found.find((one) => one.key === keyOf(event) && one.answered === undefined);
      if (question !== undefined) question.answered = at;
    }
  }
  return found;
}

function leftOut(events: readonly HistoryEvent[], without: ReadonlySet<number> | undefined): Set<number> {
  const answers = without === undefined ? [] : questions(events).filter(({ number }) => without.has(number));
  return new Set(answers.flatMap(({ answered }) => answered ?? []));
}

/** What an event says. Messages that hosts word as they like are left out; those of `guest-error` are the guests' own. */
function contentOf(event: HistoryEvent, names: Names): unknown {
  switch (event.kind) {
    case "load":
      return { source: event.source, limits: event.limits };
    case "connect":
      return { module: names.module(event.module) };
    case "submit": {
      const { function: name, args, park } = event;
      return { connection: names.connection(event.connection), function: name, args: names.value(args), park };
    }
    case "result": {
      const { result } = event;
      if (result.outcome === "returned") return { ...result, value: names.value(result.value) };
      const { category, function: name, message } = result.error;
      const told = category === "guest-error" && { message: names.text(message) };
      return { outcome: "failed", error: { category, function: name, ...told }, seqs: result.seqs };
    }
    case "origin": {
      const { gate: _, kind: __, index: ___, ...said } = event.event as typeof event.event & { index?: number };
      return names.value(said);
    }
    case "read":
      return { module: names.module(event.module), table: event.table };
    case "rows":
      return { rows: names.value(event.rows), seq: event.seq };
    case "quiesce":
      return { module: names.module(event.module), outcomes: event.outcomes };
    case "quiet":
      return { outcomes: event.outcomes, fetchesInFlight: event.fetchesInFlight };
    case "stepped": {
      const { turn } = event;
      return turn === null ? null : { kind: turn.kind, call: names.call(turn.call), function: turn.function };
    }
    case "advance":
      return { to: event.to };
    case "advanced":
      return { now: event.now };
    case "parked":
      return { point: event.point };
    case "fail-commits":
      return { commits: event.commits };
    case "update":
      return { source: event.source };
    case "exited":
      return { code: event.code };
    default:
      return null;
  }
}
