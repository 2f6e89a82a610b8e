/** A divergence in words. */
import type { CanonicalEvent, CanonicalHistory } from "../history/canonical.ts";
import { describeEvent } from "../history/describe-event.ts";
import type { HistoryEvent } from "../history/history.ts";
import { Names, withShortUrls } from "../history/names.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Difference } from "./difference.ts";
import type { Locate } from "./locate.ts";

/** Where two columns part, for people. */
export interface Divergence {
  /** What the event is, such as `result of call 3`. */
  readonly event: string;
  readonly left: string;
  readonly right: string;
  /** What it is that differs, a sentence a line. */
  readonly what: readonly string[];
  /** The events that lie before it on both sides, the nearest last. */
  readonly before: readonly string[];
  /** Where the functions are declared that it comes from: of the left guest, and of the right one where that is another. */
  readonly sources: readonly string[];
}

/** One side of a comparison. */
export interface Side {
  readonly events: readonly HistoryEvent[];
  readonly form: CanonicalHistory;
  readonly guest: GuestLanguage;
}

/** Events before a divergence that are shown. */
const shownBefore = 6;

/** Puts a difference into words. */
export function divergenceOf(difference: Difference, left: Side, right: Side, locate: Locate): Divergence {
  const { label } = difference;
  const sources = [
    ...new Set([sourceOf(difference.left, left, locate), sourceOf(difference.right, right, locate)]),
  ].filter((source) => source !== undefined);
  return {
    event: label,
    left: told(difference.left),
    right: told(difference.right),
    what: what(difference, left, right),
    before: beforeIt(difference, left, right),
    sources,
  };
}

function told(side: CanonicalEvent | undefined): string {
  return side === undefined ? "did not happen" : line(side.event).replace(/ +/g, " ");
}

/** An event as one line, with URLs cut to what tells them apart. */
function line(event: HistoryEvent): string {
  return describeEvent(withShortUrls(event) as HistoryEvent);
}

function beforeIt({ left, right }: Difference, one: Side, other: Side): string[] {
  const [start, form] = left === undefined ? [right!, other.form] : [left, one.form];
  const found = new Map<string, CanonicalEvent>();
  const rest = [...start.causes];
  while (rest.length > 0) {
    const event = form.events.get(rest.pop()!);
    if (event === undefined || found.has(event.label)) continue;
    found.set(event.label, event);
    rest.push(...event.causes);
  }
  const isShared = ({ label, content }: CanonicalEvent): boolean =>
    [one, other].every(({ form }) => form.events.get(label)?.content === content);
  return [...found.values()]
    .filter(isShared)
    .sort((a, b) => a.at - b.at)
    .slice(-shownBefore)
    .map(({ event }) => line(event));
}

/** The call that an event belongs to, under the history's own name. */
function callOf({ event }: CanonicalEvent, events: readonly HistoryEvent[]): string | undefined {
  if (event.kind === "origin") return event.event.gate === null ? undefined : fetchOf(event.event.gate, events)?.call;
  if (event.kind === "stepped") return event.turn?.call;
  return "call" in event ? event.call : undefined;
}

function sourceOf(at: CanonicalEvent | undefined, { events, guest }: Side, locate: Locate): string | undefined {
  const call = at === undefined ? undefined : callOf(at, events);
  const submit = events.find((event) => event.kind === "submit" && event.call === call);
  if (submit?.kind !== "submit") return undefined;
  const connect = events.find((event) => event.kind === "connect" && event.connection === submit.connection);
  const load = events.find(
    (event) => event.kind === "load" && connect?.kind === "connect" && event.module === connect.module,
  );
  const failed =
    at!.event.kind === "result" && at!.event.result.outcome === "failed" ? at!.event.result.error : undefined;
  const place = load?.kind === "load" && locate(load.source, guest, failed?.function ?? submit.function);
  return place ? `${submit.function} at ${place}` : undefined;
}

/** Which fetch of which call came to a gate. */
function fetchOf(
  gate: string,
  events: readonly HistoryEvent[],
): { call: string; name: string; number: number } | undefined {
  const names = new Names(events);
  const arrivals = events.flatMap((event) =>
    event.kind === "origin" && event.event.kind === "arrive" ? [event.event] : [],
  );
  const target = arrivals.find((arrival) => arrival.gate === gate)?.target;
  const call = target === undefined ? undefined : names.ownerOf(target);
  const submit = events.find((event) => event.kind === "submit" && event.call === call);
  if (call === undefined || submit?.kind !== "submit") return undefined;
  const own = arrivals.filter((arrival) => names.ownerOf(arrival.target) === call);
  return { call, name: submit.function, number: own.findIndex((one) => one.gate === gate) + 1 };
}

function what(difference: Difference, left: Side, right: Side): string[] {
  const lines: string[] = [];
  const event = (difference.left ?? difference.right)!.event;
  const side = difference.left === undefined ? right : left;
  if (event.kind === "origin" && event.event.gate !== null) {
    const fetch = fetchOf(event.event.gate, side.events);
    if (fetch !== undefined) lines.push(`It is the ${ordinal(fetch.number)} fetch of ${fetch.call} (${fetch.name}).`);
  }
  if (difference.kind === "missing") {
    lines.push(`It happened on the ${difference.left === undefined ? "right" : "left"} only.`);
  } else if (difference.kind === "order") {
    const [a, b] = [difference.left!.causes, difference.right!.causes];
    const [onlyLeft, onlyRight] = [a.filter((cause) => !b.includes(cause)), b.filter((cause) => !a.includes(cause))];
    if (onlyLeft.length > 0) lines.push(`On the left only it came after: ${onlyLeft.join(", ")}.`);
    if (onlyRight.length > 0) lines.push(`On the right only it came after: ${onlyRight.join(", ")}.`);
  } else {
    lines.push(...inContent(difference.left!.event, difference.right!.event, difference));
  }
  return lines;
}

function inContent(left: HistoryEvent, right: HistoryEvent, difference: Difference): string[] {
  if (left.kind === "result" && right.kind === "result") {
    const [a, b] = [left.result.seqs, right.result.seqs];
    const at = Array.from({ length: Math.max(a.length, b.length) }).findIndex((_, index) => a[index] !== b[index]);
    if (at >= 0) {
      const say = (seq: number | undefined) => (seq === undefined ? "was not committed" : `is commit ${seq}`);
      return [`The call's ${ordinal(at + 1)} transaction ${say(a[at])} on the left and ${say(b[at])} on the right.`];
    }
  }
  if (left.kind === "rows" && right.kind === "rows" && left.rows.length !== right.rows.length) {
    return [`There are ${left.rows.length} rows on the left and ${right.rows.length} on the right.`];
  }
  const [a, b] = [JSON.parse(difference.left!.content), JSON.parse(difference.right!.content)];
  const path = firstPath(a, b);
  return [`${path.at === "" ? "It" : path.at} is ${show(path.left)} on the left and ${show(path.right)} on the right.`];
}

/** The first place at which two JSON values differ. */
function firstPath(left: unknown, right: unknown, at = ""): { at: string; left: unknown; right: unknown } {
  const isNode = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
  if (isNode(left) && isNode(right) && Array.isArray(left) === Array.isArray(right)) {
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (JSON.stringify(left[name]) === JSON.stringify(right[name])) continue;
      return firstPath(left[name], right[name], at === "" ? name : `${at}.${name}`);
    }
  }
  return { at, left, right };
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function ordinal(number: number): string {
  const suffix = ["th", "st", "nd", "rd"][number % 100 > 10 && number % 100 < 14 ? 0 : number % 10] ?? "th";
  return `${number}${suffix}`;
}
