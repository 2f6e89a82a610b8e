/** What a module makes of itself is in no event: histories in which its rows, seqs and values tell of it. */
import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { judge } from "../../conformance/judge/judge.ts";
import { identityOf, randomOf, Uuids } from "../../conformance/model/seeded.ts";
import { arrive, begun, moved, quiet, release, returned, submit } from "./events.ts";
import { profile } from "./simulated.ts";

const seed = "s";
const start = (module: string): HistoryEvent[] => [{ kind: "load", module, source: module }];
const connect = (connection: string, module: string): HistoryEvent => ({ kind: "connect", connection, module });
const told = (kind: "connected" | "disconnect" | "disconnected", connection: string): HistoryEvent => ({
  kind,
  connection,
});
const read = (module: string): HistoryEvent => ({ kind: "read", read: 1, module, table: "log" });
const rows = (seq: number, ...tokens: (string | Record<string, unknown>)[]): HistoryEvent => ({
  kind: "rows",
  read: 1,
  table: "log",
  seq,
  rows: tokens.map((token, index) => {
    const row = { n: index + 1, ...(typeof token === "string" ? { token } : token) };
    return [String(index + 1).padStart(6, "0"), row as never];
  }),
});

const judged = (events: readonly HistoryEvent[]) => judge(events, { ...profile, seed });
const legal = { verdict: "legal" };
/** Illegal at the last event, or so many before it. */
const illegal = (events: readonly HistoryEvent[], before: number, message: string) =>
  expect(judged(events)).toEqual({
    verdict: "illegal",
    disagreement: { index: events.length - 1 - before, message: expect.stringContaining(message) },
  });

describe("hooks", () => {
  const hooked = (token: string, connection: string) => ({ token, connection });
  const opening = (...seqs: number[]) => [
    ...start("clockwork"),
    connect("k", "clockwork"),
    submit("a", "record"),
    returned("a", null, ...seqs),
    told("connected", "k"),
  ];

  test("`connected` comes after `init`, and before the calls that are submitted behind it", () => {
    expect(judged([...opening(3), read("clockwork"), rows(3, "init", hooked("connected", "k"), "a")])).toEqual(legal);
    illegal(opening(2), 1, "as others come before it");
    illegal(opening(1), 1, "as others come before it");
    illegal([...opening(3), read("clockwork"), rows(3, "init", "a", hooked("connected", "k"))], 0, "after commit 3");
  });

  test("`connected` has committed when its opening is answered", () => {
    const events = (row: HistoryEvent) => [...begun("clockwork"), read("clockwork"), row];
    expect(judged(events(rows(2, "init", hooked("connected", "k"))))).toEqual(legal);
    illegal(events(rows(1, "init")), 0, "seq 2 had been acknowledged");
  });

  test("`disconnected` comes behind the reducers of its connection, once", () => {
    const events = (...tokens: (string | Record<string, unknown>)[]) => [
      ...begun("clockwork"),
      submit("a", "record"),
      told("disconnect", "k"),
      told("disconnected", "k"),
      read("clockwork"),
      rows(tokens.length, ...tokens),
    ];
    const [on, off] = [hooked("connected", "k"), hooked("disconnected", "k")];
    expect(judged(events("init", on, "a", off))).toEqual(legal);
    illegal(events("init", on, off, "a"), 0, "after commit 4");
    illegal(events("init", on, "a"), 0, "seq 4 had been acknowledged");
    illegal(events("init", on, "a", off, off), 0, "nothing can run");
  });

  test("are turns of a lane that is stepped, under the names that the host gives them", () => {
    const turn = (step: number, call: string, called: string): HistoryEvent[] => [
      { kind: "step", step, module: "clockwork" },
      { kind: "stepped", step, module: "clockwork", turn: { kind: "request", call, function: called } },
    ];
    const events = (...turns: HistoryEvent[]) => [
      ...start("clockwork"),
      { kind: "paused", module: "clockwork" } as const,
      connect("k", "clockwork"),
      submit("a", "record"),
      ...turns,
    ];
    expect(judged(events(...turn(1, "host 1", "$connected"), ...turn(2, "a", "record")))).toEqual(legal);
    illegal(events(...turn(1, "a", "record")), 1, "the next turn is the request of connected of k");
    illegal(events(...turn(1, "host 1", "$disconnected")), 1, "the next turn is the request of connected of k");
  });
});

describe("scheduled calls", () => {
  const each = (at: number, ...tokens: string[]) => submit(`at ${at}`, "scheduleEach", { at, apart: 0, tokens });
  const two = [
    ...begun("errands"),
    each(20, "late"),
    returned("at 20", null, 1),
    each(10, "early", "early too"),
    returned("at 10", null, 2),
  ];
  const scheduling = ["scheduling 1", "scheduling 2"];

  test("run by due time, then in the order of scheduling, each once", () => {
    const events = (...tokens: string[]) => [
      ...two,
      ...moved(20),
      ...quiet("errands", 0),
      read("errands"),
      rows(2 + tokens.length, ...scheduling, ...tokens),
    ];
    expect(judged(events("early", "early too", "late"))).toEqual(legal);
    illegal(events("early too", "early", "late"), 0, "after commit 5");
    illegal(events("late", "early", "early too"), 0, "after commit 5");
    illegal(events("early", "early too"), 0, "seq 5 had been acknowledged");
    illegal(events("early", "early too", "late", "late"), 0, "nothing can run");
  });

  test("run not before their time", () => {
    const events = (...tokens: string[]) => [
      ...two,
      ...moved(9),
      read("errands"),
      rows(2 + tokens.length, ...scheduling, ...tokens),
    ];
    expect(judged(events())).toEqual(legal);
    illegal(events("early"), 0, "nothing can run");
  });

  test("have no connection, the module's identity, and the time at which they began", () => {
    const note = {
      token: "scheduled reducer",
      connection: null,
      sender: identityOf(seed, "errands", null),
      timestamp: 10,
    };
    const events = (reducer: Record<string, unknown>) => [
      ...begun("errands"),
      submit("a", "scheduleNotes", { at: 10 }),
      returned("a", null, 1),
      ...moved(15),
      read("errands"),
      rows(3, reducer, { ...note, token: "scheduled procedure" }),
    ];
    expect(judged(events(note))).toEqual(legal);
    for (const wrong of [{ connection: "k" }, { sender: identityOf(seed, "errands", "k") }, { timestamp: 15 }]) {
      illegal(events({ ...note, ...wrong }), 0, "after commit 3");
    }
  });

  test("come again at whole intervals, and once for all that had passed", () => {
    const tick = (at: number) => ({ token: "tick", at });
    const events = (...ticks: number[]) => [
      ...begun("chores"),
      ...moved(100),
      submit("a", "tickEvery", { token: "tick", first: 25, every: 50 }),
      returned("a", null, 1),
      ...moved(190),
      ...quiet("chores", 0),
      read("chores"),
      rows(1 + ticks.length, ...ticks.map(tick)),
    ];
    expect(judged(events(100, 125, 175))).toEqual(legal);
    for (const wrong of [
      [100, 150, 190],
      [125, 175, 175],
      [100, 125, 190],
    ]) {
      illegal(events(...wrong), 0, "after commit 4");
    }
    illegal(events(100, 100, 125, 175), 0, "nothing can run");
    illegal(events(100, 125), 0, "seq 4 had been acknowledged");
  });
});

describe("what a procedure asks of its host between two waits", () => {
  test("reducers that it submits come in their order, in the place that they had among the others", () => {
    const events = (last: number, ...tokens: string[]) => [
      ...begun("chores"),
      submit("p", "submitAroundFetch", { url: "http://o/g", token: "p" }),
      arrive("g"),
      submit("a", "record"),
      returned("a", null, 3),
      release("g"),
      returned("p", null),
      submit("b", "record"),
      returned("b", null, last),
      read("chores"),
      rows(5, ...tokens),
    ];
    expect(judged(events(5, "p/1", "p/2", "a", "p/3", "b"))).toEqual(legal);
    illegal(events(5, "p/2", "p/1", "a", "p/3", "b"), 0, "after commit 5");
    illegal(events(4, "p/1", "p/2", "a", "b", "p/3"), 2, "as others come before it");
  });

  test("a client's reducer may have come in before or after them where nobody knows", () => {
    const events = (seq: number) => [
      ...begun("chores"),
      submit("p", "submitAroundFetch", { url: "http://o/g", token: "p" }),
      submit("a", "record"),
      returned("a", null, seq),
    ];
    expect([1, 2, 3].map((seq) => judged(events(seq)).verdict)).toEqual(["legal", "legal", "legal"]);
    expect(judged(events(4))).toMatchObject({ verdict: "illegal" });
  });

  test("UUIDs are numbered in the order in which they were made", () => {
    const uuids = new Uuids(seed);
    const [first, second, third, fourth] = Array.from({ length: 4 }, () => uuids.next(0));
    const events = (amid: unknown[], around: unknown[]) => [
      ...begun("chores"),
      submit("p", "uuidsAroundFetch", { url: "http://o/g" }),
      arrive("g"),
      submit("a", "uuids", {}),
      returned("a", amid, 1),
      release("g"),
      returned("p", around),
    ];
    expect(judged(events([second, third], [first, fourth]))).toEqual(legal);
    illegal(events([second, third], [first, third]), 0, "by the model it has");
    illegal(events([third, second], [first, fourth]), 2, "by the model it has");
  });

  test("random numbers are those of the call's own place among all calls, hooks included", () => {
    const events = (place: number) => {
      const random = randomOf(seed, place);
      const drawn = [random(), random(), random()];
      const told = { timestamp: 0, sender: identityOf(seed, "clockwork", "k"), connection: "k", random: drawn };
      return [...begun("clockwork"), submit("a", "context", {}), returned("a", told)];
    };
    expect(judged(events(2))).toEqual(legal);
    for (const place of [0, 1, 3]) illegal(events(place), 0, "at random; by the model it has");
  });

  test("a transaction has the time at which it began", () => {
    const events = (before: number, after: number, call: number) => [
      ...begun("chores"),
      ...moved(1000),
      submit("a", "transactionTimes", { until: 6000 }),
      ...quiet("chores", 0),
      ...moved(7000),
      returned("a", { before, after, call }, 1, 2),
    ];
    expect(judged(events(1000, 6000, 1000))).toEqual(legal);
    const wrongs: [number, number, number][] = [
      [1000, 1000, 1000],
      [1000, 7000, 1000],
      [0, 6000, 1000],
      [1000, 6000, 6000],
    ];
    for (const wrong of wrongs) illegal(events(...wrong), 0, "by the model it has");
  });
});
