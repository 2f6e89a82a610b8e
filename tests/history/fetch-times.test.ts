/** What the origin's log tells of the fetches of plans. */
import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { fetchTimes } from "../../conformance/history/isolation/fetch-times.ts";
import type { EventDetail } from "../../conformance/origin/events.ts";
import type { Json } from "../../conformance/protocol/json.ts";

const origin = "http://127.0.0.1:1";
const play = (...steps: Json[]): HistoryEvent => ({
  kind: "submit",
  call: "p",
  connection: "c",
  function: "play",
  args: { steps },
});
const log = (event: EventDetail): HistoryEvent => ({ kind: "origin", event });
const arrive = (gate: string, target = `/${gate}`) => log({ kind: "arrive", gate, method: "GET", target, bytes: 0 });
const begin = (gate: string) => log({ kind: "begin", gate, status: 200, bytes: 1 });
const release = (gate: string) => log({ kind: "release", gate, status: 200, bytes: 2, text: "ok" });
const sent = (gate: string) => log({ kind: "sent", gate });
const repeated = (gate: string) => log({ kind: "repeated", gate, method: "GET" });

/** What is known of a URL of the origin. */
const timesOf = (events: readonly HistoryEvent[], path: string) => {
  const times = fetchTimes(events);
  return { arrived: times.arrived(origin + path), released: times.released(origin + path) };
};
const unknown = { arrived: undefined, released: undefined };

describe("of the only fetch of a URL", () => {
  test.each<[string, HistoryEvent[], { arrived?: number; released?: number }]>([
    ["arrival and release are known", [arrive("a"), release("a")], { arrived: 1, released: 2 }],
    ["nothing is known while it has not arrived", [], {}],
    ["no release is known while it is held", [arrive("a")], { arrived: 1 }],
    ["the beginning of a reply is no release", [arrive("a"), begin("a")], { arrived: 1 }],
    [
      "the last byte is not the release, which came before it",
      [arrive("a"), begin("a"), release("a"), sent("a")],
      { arrived: 1, released: 3 },
    ],
    [
      "a request for a path without a gate is no arrival",
      [log({ kind: "unexpected", gate: null, method: "GET", target: "/a" })],
      {},
    ],
    ["another's arrival and release are not its own", [arrive("b"), release("b")], {}],
  ])("%s", (_, events, known) => {
    expect(timesOf([play({ fetch: `${origin}/a` }, { fetch: `${origin}/b` }), ...events], "/a")).toEqual({
      ...unknown,
      ...known,
    });
  });

  test("the query is a part, and the fragment is none", () => {
    const events = [
      play({ fetch: `${origin}/a?1#top` }, { fetch: `${origin}/a?2` }),
      arrive("g", "/a?1"),
      release("g"),
    ];
    expect(timesOf(events, "/a?1#end")).toEqual({ arrived: 1, released: 2 });
    expect(timesOf(events, "/a?2")).toEqual(unknown);
    expect(timesOf(events, "/a")).toEqual(unknown);
  });

  test("steps that are no fetches of a URL take nothing away", () => {
    const others: Json[] = [
      null,
      "text",
      {},
      { tx: [] },
      { fetch: 5 },
      { fetch: [`${origin}/a`] },
      { fetch: "no URL" },
    ];
    const elsewhere: HistoryEvent = {
      kind: "submit",
      call: "q",
      connection: "c",
      function: "run",
      args: { ops: [], fetch: `${origin}/a` },
    };
    const events = [play(...others, { fetch: `${origin}/a` }), elsewhere, arrive("a"), release("a")];
    expect(timesOf(events, "/a")).toEqual({ arrived: 2, released: 3 });
  });
});

describe("nobody knows whose request it was", () => {
  const once = { fetch: `${origin}/a` };

  test.each<[string, HistoryEvent[]]>([
    ["that nobody planned", [play({ tx: [] }), arrive("a"), release("a")]],
    ["that one plan makes twice", [play(once, once), arrive("a"), release("a")]],
    ["that two plans make", [play(once), play(once), arrive("a"), release("a")]],
    ["that came a second time while the first was held", [play(once), arrive("a"), repeated("a"), release("a")]],
    ["that came a second time after the first was answered", [play(once), arrive("a"), release("a"), repeated("a")]],
  ])("%s", (_, events) => {
    expect(timesOf(events, "/a")).toEqual(unknown);
  });

  test("and that takes nothing from the other URLs", () => {
    const events = [play(once, { fetch: `${origin}/b` }), arrive("a"), arrive("b"), repeated("a"), release("b")];
    expect(timesOf(events, "/b")).toEqual({ arrived: 2, released: 4 });
  });

  test("where the text that was fetched is no URL", () => {
    const times = fetchTimes([play({ fetch: "/a" }), arrive("a"), release("a")]);
    expect([times.arrived("/a"), times.released("/a")]).toEqual([undefined, undefined]);
  });
});
