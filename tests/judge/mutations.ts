/** Ways to spoil a history, such that no host that keeps the contract can have it. */
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { factsOf } from "../../conformance/judge/facts.ts";
import { pathOf } from "../../conformance/origin/session.ts";

type EventOf<K extends HistoryEvent["kind"]> = HistoryEvent & { kind: K };

/** A history that was spoilt. */
export interface Spoilt {
  readonly events: readonly HistoryEvent[];
  /** Where the judge has to see it: at one event, or at some event up to one, as it looks ahead. */
  readonly broken: { readonly at: number } | { readonly upTo: number; readonly from?: number };
  /** Calls of which the message has to name one; any will do where empty. */
  readonly calls: readonly string[];
}

/** Everything that one kind of mutation makes of a history. */
export type Mutation = (events: readonly HistoryEvent[]) => Iterable<Spoilt>;

function* each<K extends HistoryEvent["kind"]>(
  events: readonly HistoryEvent[],
  kind: K,
): Generator<[number, EventOf<K>]> {
  for (const [index, event] of events.entries()) if (event.kind === kind) yield [index, event as EventOf<K>];
}

/** The event at `from` taken out and put in before the one at `to`, which is earlier. */
function moved(events: readonly HistoryEvent[], from: number, to: number): HistoryEvent[] {
  return events.toSpliced(from, 1).toSpliced(to, 0, events[from]!);
}

/** Which call was given the URL of each gate. */
function callOfGate(events: readonly HistoryEvent[]): Map<string, string> {
  const paths = new Map<string, string>();
  for (const [, { call, args }] of each(events, "submit")) {
    for (const [url] of JSON.stringify(args).matchAll(/http:\/\/[^"]+/g)) paths.set(pathOf(url), call);
  }
  const gates = new Map<string, string>();
  for (const [, { event }] of each(events, "origin")) {
    if (event.kind !== "arrive") continue;
    const call = paths.get(pathOf(event.target));
    if (call !== undefined) gates.set(event.gate, call);
  }
  return gates;
}

/** Whether the first call has had its result before the second was submitted, or both are reducers, which run in their order. */
function isOrdered(events: readonly HistoryEvent[], first: string, second: string): boolean {
  const submits = [...each(events, "submit")];
  const [submitted, other] = [first, second].map((call) => submits.find(([, one]) => one.call === call)!);
  const ended = [...each(events, "result")].find(([, { call }]) => call === first)![0];
  const reducers = ["record", "run", "open", "setThenThrow"];
  const bothReduce = [submitted!, other!].every(([, one]) => reducers.includes(one.function));
  return ended < other![0] || bothReduce;
}

/** Every kind of mutation, by what it does. */
export const mutations: Readonly<Record<string, Mutation>> = {
  *"a result's value changed"(events) {
    for (const [index, event] of each(events, "result")) {
      if (event.result.outcome !== "returned") continue;
      const result = { ...event.result, value: { instead: event.result.value } };
      yield { events: events.with(index, { ...event, result }), broken: { at: index }, calls: [event.call] };
    }
  },

  *"a failure's category changed"(events) {
    for (const [index, event] of each(events, "result")) {
      if (event.result.outcome !== "failed") continue;
      const { error } = event.result;
      const category = error.category === "guest-error" ? ("conflict" as const) : ("guest-error" as const);
      const result = { ...event.result, error: { ...error, category } };
      yield { events: events.with(index, { ...event, result }), broken: { upTo: index }, calls: [event.call] };
    }
  },

  *"a failure told as a success"(events) {
    for (const [index, event] of each(events, "result")) {
      if (event.result.outcome !== "failed") continue;
      const result = { outcome: "returned" as const, value: null, seqs: event.result.seqs };
      yield { events: events.with(index, { ...event, result }), broken: { upTo: index }, calls: [event.call] };
    }
  },

  *"a seq raised"(events) {
    for (const [index, event] of each(events, "result")) {
      for (const [at, seq] of event.result.seqs.entries()) {
        const result = { ...event.result, seqs: event.result.seqs.with(at, seq + 1) };
        yield {
          events: events.with(index, { ...event, result }),
          broken: { upTo: events.length - 1 },
          calls: [event.call],
        };
      }
    }
  },

  *"a seq too many"(events) {
    const last = Math.max(...[...each(events, "result")].flatMap(([, { result }]) => result.seqs));
    for (const [index, event] of each(events, "result")) {
      const result = { ...event.result, seqs: [...event.result.seqs, last + 1] };
      yield { events: events.with(index, { ...event, result }), broken: { upTo: index }, calls: [event.call] };
    }
  },

  *"a seq left out"(events) {
    for (const [index, event] of each(events, "result")) {
      if (event.result.seqs.length === 0) continue;
      const result = { ...event.result, seqs: event.result.seqs.slice(0, -1) };
      yield {
        events: events.with(index, { ...event, result }),
        broken: { upTo: events.length - 1 },
        calls: [event.call],
      };
    }
  },

  *"two calls' seqs exchanged"(events) {
    const results = [...each(events, "result")].filter(([, { result }]) => result.seqs.length > 0);
    for (const [place, [index, event]] of results.entries()) {
      const next = results.slice(place + 1).find(([, other]) => isOrdered(events, event.call, other.call));
      if (next === undefined) continue;
      const [otherIndex, other] = next;
      const exchanged = events
        .with(index, { ...event, result: { ...event.result, seqs: other.result.seqs } })
        .with(otherIndex, { ...other, result: { ...other.result, seqs: event.result.seqs } });
      yield { events: exchanged, broken: { upTo: otherIndex }, calls: [event.call, other.call] };
    }
  },

  *"a row left out"(events) {
    for (const [index, event] of each(events, "rows")) {
      for (const at of event.rows.keys()) {
        yield {
          events: events.with(index, { ...event, rows: event.rows.toSpliced(at, 1) }),
          broken: { at: index },
          calls: [],
        };
      }
    }
  },

  *"a row added"(events) {
    for (const [index, event] of each(events, "rows")) {
      const rows = [...event.rows, ["zzz", { n: 0 }] as const];
      yield { events: events.with(index, { ...event, rows }), broken: { at: index }, calls: [] };
    }
  },

  *"a row changed"(events) {
    for (const [index, event] of each(events, "rows")) {
      for (const [at, [key, row]] of event.rows.entries()) {
        const rows = event.rows.with(at, [key, { instead: row }]);
        yield { events: events.with(index, { ...event, rows }), broken: { at: index }, calls: [] };
      }
    }
  },

  *"two rows exchanged"(events) {
    for (const [index, event] of each(events, "rows")) {
      const [first, second] = event.rows;
      if (first === undefined || second === undefined) continue;
      yield {
        events: events.with(index, { ...event, rows: event.rows.with(0, second).with(1, first) }),
        broken: { at: index },
        calls: [],
      };
    }
  },

  *"rows that are older than what was acknowledged"(events) {
    const all = [...each(events, "rows")];
    for (const [index, event] of all) {
      const asked = [...each(events, "read")].find(([, { read }]) => read === event.read)![0];
      const acknowledged = Math.max(
        0,
        ...[...each(events.slice(0, asked), "result")].flatMap(([, { result }]) => result.seqs),
      );
      const older = all.findLast(([, { table, seq }]) => table === event.table && seq < acknowledged);
      const { rows, seq } = older?.[1] ?? { rows: [], seq: 0 };
      if (seq >= acknowledged) continue;
      yield { events: events.with(index, { ...event, rows, seq }), broken: { at: index }, calls: [] };
    }
  },

  *"a fetch in flight too many"(events) {
    const { quietForCertain } = factsOf(events);
    for (const [index, event] of each(events, "quiet")) {
      if (!quietForCertain.has(event.quiet)) continue;
      const one = { ...event, fetchesInFlight: event.fetchesInFlight + 1 };
      yield { events: events.with(index, one), broken: { at: index }, calls: [] };
    }
  },

  *"a turn of another call"(events) {
    for (const [index, event] of each(events, "stepped")) {
      const { turn } = event;
      if (turn === null) continue;
      const from = [...each(events, "step")].find(([, { step }]) => step === event.step)![0];
      for (const [, { call, function: called }] of each(events.slice(0, from), "submit")) {
        if (call === turn.call) continue;
        const other = { ...event, turn: { ...turn, call, function: called } };
        yield { events: events.with(index, other), broken: { from, upTo: index }, calls: [call] };
      }
    }
  },

  *"a turn of the other kind"(events) {
    for (const [index, event] of each(events, "stepped")) {
      if (event.turn === null) continue;
      const from = [...each(events, "step")].find(([, { step }]) => step === event.step)![0];
      const kind = event.turn.kind === "request" ? ("completion" as const) : ("request" as const);
      const other = { ...event, turn: { ...event.turn, kind } };
      yield { events: events.with(index, other), broken: { from, upTo: index }, calls: [event.turn.call] };
    }
  },

  *"no turn where one was ready"(events) {
    for (const [index, event] of each(events, "stepped")) {
      if (event.turn === null) continue;
      const from = [...each(events, "step")].find(([, { step }]) => step === event.step)![0];
      yield {
        events: events.with(index, { ...event, turn: null }),
        broken: { from, upTo: index },
        calls: [event.turn.call],
      };
    }
  },

  *"an arrival before what its procedure did first"(events) {
    const gates = callOfGate(events);
    for (const [index, { event }] of each(events, "origin")) {
      if (event.kind !== "arrive") continue;
      const call = gates.get(event.gate);
      const before = events.findLastIndex(
        (other, at) =>
          at < index &&
          other.kind === "origin" &&
          (other.event.kind === "release" || other.event.kind === "reset") &&
          gates.get(other.event.gate) === call,
      );
      const to = before >= 0 ? before : events.findIndex((other) => other.kind === "submit" && other.call === call);
      // Before its call was submitted nobody can say whose it is.
      if (to >= 0) yield { events: moved(events, index, to), broken: { at: to }, calls: before >= 0 ? [call!] : [] };
    }
  },

  *"a result before the response that it waited for"(events) {
    const gates = callOfGate(events);
    for (const [index, event] of each(events, "result")) {
      const to = events.findLastIndex(
        (other, at) =>
          at < index &&
          other.kind === "origin" &&
          other.event.kind === "release" &&
          gates.get(other.event.gate) === event.call,
      );
      if (to >= 0) yield { events: moved(events, index, to), broken: { at: to }, calls: [event.call] };
    }
  },

  *"a result that never came"(events) {
    const submitted = [...each(events, "submit")].length;
    const results = [...each(events, "result")];
    const [load] = [...each(events, "load")];
    if (results.length < submitted) return;
    const { module } = load![1];
    // All calls have ended: the host is quiet, and can be asked, where the history has not done so before.
    const question = { quiet: Number.MAX_SAFE_INTEGER, module, outcomes: 0 };
    const quiet: HistoryEvent[] = [
      { kind: "quiesce", ...question },
      { kind: "quiet", ...question, fetchesInFlight: 0 },
    ];
    for (const [index, { call }] of results) {
      yield {
        events: [...events.toSpliced(index, 1), ...quiet],
        broken: { from: index, upTo: events.length },
        calls: [call],
      };
    }
  },
};
