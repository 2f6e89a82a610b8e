import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CanonicalHistory, canonical, openQuestions } from "../../conformance/history/canonical.ts";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { anotherRun, oneRun, story, tell } from "./arbitrary-history.ts";

const text = (events: readonly HistoryEvent[]) => canonical(events).text;

/** A list of the form's events in an order that the form allows; `choices` say which of those that can come next does. */
function anyOrder({ events }: CanonicalHistory, choices: readonly number[]): HistoryEvent[] {
  const left = new Map([...events.values()].map(({ label, causes }) => [label, new Set(causes)]));
  const list: HistoryEvent[] = [];
  for (let step = 0; left.size > 0; step += 1) {
    const ready = [...left].filter(([, causes]) => causes.size === 0).map(([label]) => label);
    const next = ready[(choices[step % choices.length] ?? 0) % ready.length]!;
    left.delete(next);
    for (const causes of left.values()) causes.delete(next);
    list.push(events.get(next)!.event);
  }
  return list;
}

describe("the canonical form", () => {
  test("does not change with the names of a run", () => {
    fc.assert(
      fc.property(story, (choices) => {
        expect(text(tell(choices, anotherRun))).toBe(text(tell(choices, oneRun)));
      }),
      { numRuns: 500 },
    );
  });

  test("does not change with the order of what nothing orders", () => {
    fc.assert(
      fc.property(story, fc.array(fc.nat(), { minLength: 1, maxLength: 80 }), (choices, order) => {
        const form = canonical(tell(choices, oneRun));
        expect(text(anyOrder(form, order))).toBe(form.text);
      }),
      { numRuns: 1000 },
    );
  });

  test("every event has a label of its own, and its causes come before it in the list", () => {
    fc.assert(
      fc.property(story, (choices) => {
        const events = tell(choices, oneRun);
        const form = canonical(events);
        expect(form.events.size).toBe(events.length);
        for (const { at, causes } of form.events.values()) {
          for (const cause of causes) expect(form.events.get(cause)!.at).toBeLessThan(at);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("changes with every value, category, seq, row and count", () => {
    fc.assert(
      fc.property(story, fc.nat(), (choices, which) => {
        const events = tell(choices, oneRun);
        const changes = events.flatMap((event, at) => changed(event).map((other) => ({ at, other })));
        const change = changes[which % changes.length]!;
        expect(text(events.with(change.at, change.other))).not.toBe(text(events));
      }),
      { numRuns: 1000 },
    );
  });

  test("does not change with what a host words as it likes, and does with a guest's own message", () => {
    const ended = (category: "conflict" | "guest-error", message: string): HistoryEvent[] => [
      { kind: "submit", call: "c", connection: "k", function: "f", args: {} },
      {
        kind: "result",
        call: "c",
        result: { outcome: "failed", error: { category, message, function: "f" }, seqs: [] },
      },
    ];
    expect(text(ended("conflict", "one"))).toBe(text(ended("conflict", "other")));
    expect(text(ended("guest-error", "one"))).not.toBe(text(ended("guest-error", "other")));
  });

  test("binds a connection's identity where the seed is known, and lets no text of a guest pass for a bound name", () => {
    const run = (connection: string, value: string): HistoryEvent[] => [
      { kind: "load", module: "m", source: "clockwork" },
      { kind: "connect", connection, module: "m" },
      { kind: "submit", call: "c", connection, function: "f", args: {} },
      { kind: "result", call: "c", result: { outcome: "returned", value, seqs: [] } },
    ];
    // SHA-256 of "seven:connection:clockwork:a1" and of "seven:connection:clockwork:b2".
    const [a, b] = [
      "3aae0495e1e749aca3becd30c913fd4e8a9763a995c74e630c6af9da53f833bd",
      "e40fdf1eddba392b11db65c55c61191668451778e234ecca059f501807a44a4d",
    ];
    const form = (connection: string, value: string) => canonical(run(connection, value), { seed: "seven" }).text;
    expect(form("a1", a!)).toBe(form("b2", b!));
    expect(form("a1", "c")).not.toBe(form("a1", "§call 0"));
    expect(canonical(run("a1", a!)).text).not.toBe(canonical(run("b2", b!)).text);
  });
});

describe("the order of events", () => {
  const load: HistoryEvent = { kind: "load", module: "m", source: "relay" };
  const connect: HistoryEvent[] = [
    { kind: "connect", connection: "k", module: "m" },
    { kind: "connected", connection: "k" },
  ];
  const submit = (call: string, ...urls: string[]): HistoryEvent => {
    return { kind: "submit", call, connection: "k", function: "f", args: { urls } };
  };
  const arrive = (gate: string): HistoryEvent => {
    return { kind: "origin", event: { kind: "arrive", gate, method: "GET", target: `/${gate}`, bytes: 0 } };
  };
  const release = (gate: string): HistoryEvent => {
    return { kind: "origin", event: { kind: "release", gate, status: 200, bytes: 0, text: "" } };
  };
  const result = (call: string): HistoryEvent => {
    return { kind: "result", call, result: { outcome: "returned", value: null, seqs: [] } };
  };
  const quiet: HistoryEvent[] = [
    { kind: "quiesce", quiet: 1, module: "m", outcomes: 0 },
    { kind: "quiet", quiet: 1, module: "m", outcomes: 0, fetchesInFlight: 0 },
  ];
  const same = (a: readonly HistoryEvent[], b: readonly HistoryEvent[]) =>
    text([load, ...connect, ...a]) === text([load, ...connect, ...b]);
  const url = (gate: string) => `http://origin/${gate}`;

  test("results of different calls have none, and neither have arrivals", () => {
    const calls = [submit("a", url("x")), submit("b", url("y"))];
    expect(same([...calls, result("a"), result("b")], [...calls, result("b"), result("a")])).toBe(true);
    expect(same([...calls, arrive("x"), arrive("y")], [...calls, arrive("y"), arrive("x")])).toBe(true);
  });

  test("requests that belong to no gate have none", () => {
    const stray = (target: string): HistoryEvent => {
      return { kind: "origin", event: { kind: "unexpected", gate: null, method: "GET", target } };
    };
    expect(same([stray("/y"), stray("/x")], [stray("/x"), stray("/y")])).toBe(true);
    expect(same([stray("/y"), stray("/x")], [stray("/x"), stray("/z")])).toBe(false);
  });

  test("a result that the kit happened to see before its next step is not ordered by it", () => {
    expect(same([submit("a"), result("a"), submit("b")], [submit("a"), submit("b"), result("a")])).toBe(true);
  });

  test("the kit's own steps have the order in which it took them", () => {
    expect(same([submit("a"), submit("b", url("x"))], [submit("b", url("x")), submit("a")])).toBe(false);
  });

  test("a call that goes on before its response is released is another story than one that waits", () => {
    const held = [submit("a", url("x")), arrive("x")];
    expect(same([...held, release("x"), result("a")], [...held, result("a"), release("x")])).toBe(false);
    const both = [submit("a", url("x"), url("y")), arrive("x")];
    expect(same([...both, arrive("y"), release("x")], [...both, release("x"), arrive("y")])).toBe(false);
  });

  test("a result before the host said that it is quiet is another story than one after it", () => {
    expect(same([submit("a"), result("a"), ...quiet], [submit("a"), ...quiet, result("a")])).toBe(false);
  });

  test("whether a result comes before or after the word that its turn has run is the host's choice", () => {
    const step = (call: string): HistoryEvent[] => [
      { kind: "step", step: 1, module: "m" },
      { kind: "stepped", step: 1, module: "m", turn: { kind: "request", call, function: "f" } },
    ];
    const calls = [submit("a"), submit("b")];
    const [a, b] = [step("a"), step("b")];
    expect(same([...calls, result("a"), ...a, ...b], [...calls, ...a, result("a"), ...b])).toBe(true);
    expect(same([...calls, ...a, result("a"), ...b], [...calls, ...a, ...b, result("a")])).toBe(false);
  });

  test("a call that its cancelling ended comes after it; one that ended otherwise is not ordered by it", () => {
    const cancel: HistoryEvent = { kind: "cancel", call: "a" };
    const error = { category: "cancelled" as const, message: "m", function: "f" };
    const cancelled: HistoryEvent = { kind: "result", call: "a", result: { outcome: "failed", error, seqs: [] } };
    expect(same([submit("a"), cancel, cancelled], [submit("a"), cancelled, cancel])).toBe(false);
    expect(same([submit("a"), cancel, result("a")], [submit("a"), result("a"), cancel])).toBe(true);
  });

  test("a call that stops at points does so in order, each time before it is let go on", () => {
    const parked = (point: string): HistoryEvent => ({ kind: "parked", call: "a", point });
    const goOn: HistoryEvent = { kind: "continue", call: "a" };
    const [first, second] = [parked("first"), parked("second")];
    const story = [submit("a"), first, goOn, second, goOn, result("a")];
    expect(same(story, [submit("a"), second, goOn, first, goOn, result("a")])).toBe(false);
    expect(same(story, [submit("a"), first, goOn, second, result("a"), goOn])).toBe(false);
  });

  test("a call that is ended at a point has stopped there before its end", () => {
    const parked: HistoryEvent = { kind: "parked", call: "a", point: "first" };
    const cancel: HistoryEvent = { kind: "cancel", call: "a" };
    expect(same([submit("a"), parked, cancel, result("a")], [submit("a"), cancel, result("a"), parked])).toBe(false);
  });

  test("an answer that the kit did not wait for is named", () => {
    const [question, answer] = quiet as [HistoryEvent, HistoryEvent];
    expect([...openQuestions([submit("a"), question, result("a"), answer])]).toEqual([]);
    expect([...openQuestions([question, submit("a"), answer])]).toEqual([0]);
    expect([...openQuestions([question, result("a")])]).toEqual([0]);
    const without = new Set([0]);
    expect(canonical([question, submit("a"), answer], { without }).text).toBe(
      canonical([question, submit("a")], { without }).text,
    );
  });
});

/** The event with one thing of it changed, in every way that sameness must see. */
function changed(event: HistoryEvent): HistoryEvent[] {
  switch (event.kind) {
    case "submit":
      return [{ ...event, function: "other" }, { ...event, args: { ...event.args, more: 1 } }, withPark(event)];
    case "result":
      return event.result.outcome === "returned"
        ? [
            { ...event, result: { ...event.result, value: "other" } },
            { ...event, result: { ...event.result, seqs: [...event.result.seqs, 99] } },
          ]
        : [
            { ...event, result: { ...event.result, error: { ...event.result.error, category: "budget" } } },
            { ...event, result: { ...event.result, error: { ...event.result.error, function: "other" } } },
            { ...event, result: { ...event.result, seqs: [99] } },
          ];
    case "read":
      return [{ ...event, table: "other" }];
    case "rows":
      return [
        { ...event, rows: [...event.rows, ["000002", {}]] },
        { ...event, rows: event.rows.map(([key]) => [key, { n: 2 }] as const) },
        { ...event, seq: event.seq + 1 },
      ];
    case "quiet":
      return [
        { ...event, fetchesInFlight: event.fetchesInFlight + 1 },
        { ...event, outcomes: event.outcomes + 1 },
      ];
    case "quiesce":
      return [{ ...event, outcomes: event.outcomes + 1 }];
    case "stepped":
      return [
        { ...event, turn: null },
        { ...event, turn: event.turn && { ...event.turn, kind: "completion" } },
        { ...event, turn: event.turn && { ...event.turn, function: "other" } },
        { ...event, turn: event.turn && { ...event.turn, call: "of the host" } },
      ];
    case "parked":
      return [{ ...event, point: "other" }];
    case "advance":
      return [{ ...event, to: event.to + 1 }];
    case "advanced":
      return [{ ...event, now: event.now + 1 }];
    case "load":
      return [
        { ...event, source: "ledger" },
        { ...event, limits: { queued: 7 } },
      ];
    case "origin":
      if (event.event.kind === "arrive") return [{ ...event, event: { ...event.event, method: "POST" } }];
      if (event.event.kind === "release") return [{ ...event, event: { ...event.event, text: "other" } }];
      if (event.event.kind === "close") return [{ ...event, event: { ...event.event, during: "request" } }];
      return [];
    default:
      return [];
  }
}

/** The submission with `park` where it had none, and without where it had it. */
function withPark({ park, ...event }: HistoryEvent & { kind: "submit" }): HistoryEvent {
  return park === undefined ? { ...event, park: true } : event;
}
