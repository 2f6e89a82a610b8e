/** Where two histories part: the first event in causal order that is not the same. */
import type { CanonicalEvent, CanonicalHistory } from "../history/canonical.ts";

/** An event that two histories do not have in common. At least one side is there. */
export interface Difference {
  readonly label: string;
  readonly left: CanonicalEvent | undefined;
  readonly right: CanonicalEvent | undefined;
  /** It is there on one side only; it says something else; or something else lies before it. */
  readonly kind: "missing" | "content" | "order";
}

/** The first event that differs, or undefined where the histories are the same. The same for the same two histories, whatever order their lists have. */
export function firstDifference(left: CanonicalHistory, right: CanonicalHistory): Difference | undefined {
  if (left.text === right.text) return undefined;
  const found: Difference[] = [];
  for (const label of new Set([...left.events.keys(), ...right.events.keys()])) {
    const [a, b] = [left.events.get(label), right.events.get(label)];
    const kind = differs(a, b);
    if (kind !== undefined) found.push({ label, left: a, right: b, kind });
  }
  const differing = new Set(found.map(({ label }) => label));
  const isFirst = ({ left, right }: Difference): boolean =>
    ![...(left?.causes ?? []), ...(right?.causes ?? [])].some((cause) => differing.has(cause));
  const first = found.filter(isFirst);
  // Two events that the sides have in opposite orders are each the other's cause: then none is without.
  return (first.length > 0 ? first : found).sort(byRank)[0];
}

function differs(a: CanonicalEvent | undefined, b: CanonicalEvent | undefined): Difference["kind"] | undefined {
  if (a === undefined || b === undefined) return "missing";
  if (a.content !== b.content) return "content";
  return a.causes.join("\n") === b.causes.join("\n") ? undefined : "order";
}

/** The earliest in the kit's story comes first, what was observed before what the kit did next, then the order of commits. */
function byRank(a: Difference, b: Difference): number {
  const [x, y] = [rank(a), rank(b)];
  for (const [index, value] of x.entries()) if (value !== y[index]) return value - y[index]!;
  return a.label < b.label ? -1 : 1;
}

function rank({ left, right }: Difference): number[] {
  const sides = [left, right].filter((side) => side !== undefined);
  const least = (of: (side: CanonicalEvent) => number) => Math.min(...sides.map(of));
  return [least(({ depth }) => depth), least(({ step }) => Number(step)), least(seqOf)];
}

/** The last commit that the event tells of; 0 where it tells of none. */
function seqOf({ event }: CanonicalEvent): number {
  if (event.kind === "rows") return event.seq;
  return event.kind === "result" ? (event.result.seqs.at(-1) ?? 0) : 0;
}
