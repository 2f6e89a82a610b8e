import type { History } from "../history/history.ts";
import { pathOf } from "../origin/session.ts";

/** What probes are computed from: the origin's count of held requests and what the kit observed, never what a scenario says of itself. */
export interface ProbeEvidence {
  readonly maxHeld: number;
  readonly history: History;
}

/** Something that must have happened while a scenario was played, or its pass would be vacuous. */
export interface Probe {
  readonly name: string;
  hit(evidence: ProbeEvidence): boolean;
}

/** At least n requests were held by the origin at one moment. */
export const maxHeld = (n: number): Probe => ({
  name: `maxHeld>=${n}`,
  hit: (evidence) => evidence.maxHeld >= n,
});

/** At least n calls were submitted before the first of them had its result. */
export const pipelined = (n: number): Probe => ({
  name: `pipelined>=${n}`,
  hit: ({ history }) => longestPipeline(history) >= n,
});

/** At least n calls failed: there was something to undo. */
export const failures = (n: number): Probe => ({
  name: `failures>=${n}`,
  hit: ({ history }) =>
    history.events.filter((event) => event.kind === "result" && event.result.outcome === "failed").length >= n,
});

/** At least n calls gave a value. */
export const returns = (n: number): Probe => ({
  name: `returns>=${n}`,
  hit: ({ history }) =>
    history.events.filter((event) => event.kind === "result" && event.result.outcome === "returned").length >= n,
});

/** At least n rows of a table were read from outside at one moment. */
export const rowsSeen = (table: string, n: number): Probe => ({
  name: `rows(${table})>=${n}`,
  hit: ({ history }) =>
    history.events.some((event) => event.kind === "rows" && event.table === table && event.rows.length >= n),
});

/** A transaction of a call of `inner` was committed between two of calls of `outer`: they had the chance to meet. Taken from the results' `seqs`. */
export const interleaved = (outer: string, inner: string): Probe => ({
  name: `interleaved(${inner} among ${outer})`,
  hit: ({ history }) => {
    const seqs = seqsOf(history, outer);
    const low = Math.min(...seqs);
    const high = Math.max(...seqs);
    return seqsOf(history, inner).some((seq) => seq > low && seq < high);
  },
});

/**
 * While a call stood still in the midst of its transaction, another that could have gone on had not ended when the host was quiet: its transaction was
 * kept waiting, or stood still at a point of its own.
 */
export const secondBeginAttempted: Probe = {
  name: "secondBeginAttempted",
  hit: ({ history }) => {
    const parked = new Set<string>();
    const released = new Set<string>();
    const gates = new Map<string, string>();
    for (const event of history.events) {
      if (event.kind === "parked") parked.add(event.call);
      else if (event.kind === "continue") parked.delete(event.call);
      else if (event.kind === "submit") {
        for (const step of (event.args as { steps?: readonly { fetch?: string }[] }).steps ?? []) {
          if (step.fetch !== undefined) gates.set(pathOf(step.fetch), event.call);
        }
      } else if (event.kind === "origin" && event.event.kind === "arrive") {
        const call = gates.get(pathOf(event.event.target));
        if (call !== undefined) gates.set(event.event.gate, call);
      } else if (event.kind === "origin" && event.event.kind === "release") {
        const call = gates.get(event.event.gate);
        if (call !== undefined) released.add(call);
      } else if (event.kind === "result") released.delete(event.call);
      else if (event.kind === "quiet" && [...parked].some((one) => [...released].some((other) => other !== one))) {
        return true;
      }
    }
    return false;
  },
};

function seqsOf(history: History, name: string): number[] {
  const calls = new Set<string>();
  for (const event of history.events) if (event.kind === "submit" && event.function === name) calls.add(event.call);
  return history.events.flatMap((event) =>
    event.kind === "result" && calls.has(event.call) ? [...event.result.seqs] : [],
  );
}

function longestPipeline(history: History): number {
  let open = 0;
  let longest = 0;
  for (const event of history.events) {
    if (event.kind === "submit") open += 1;
    else if (event.kind === "result") open = 0;
    longest = Math.max(longest, open);
  }
  return longest;
}
