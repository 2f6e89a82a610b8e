import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { judge } from "../../conformance/judge/judge.ts";
import { close, moved, returned } from "./events.ts";
import { profile } from "./simulated.ts";

const network = { allowed: ["o:80"], nobody: "127.0.0.1:1", untrusted: "127.0.0.1:2" };
const begin = (source: string): HistoryEvent[] => [
  { kind: "load", module: "m", source },
  { kind: "connect", connection: "k", module: "m" },
  { kind: "connected", connection: "k" },
];
const submit = (call: string, called: string, args: Record<string, unknown>): HistoryEvent => ({
  kind: "submit",
  call,
  connection: "k",
  function: called,
  args,
});
const send = (call: string, url: string, more: Record<string, unknown> = {}) =>
  submit(call, "send", { request: { url, ...more } });
const sendThenRecord = (call: string, url: string) => submit(call, "sendThenRecord", { request: { url }, token: call });
const arrive = (gate: string, method = "GET", bytes = 0): HistoryEvent => ({
  kind: "origin",
  event: { kind: "arrive", gate, method, target: `/${gate}`, bytes },
});
const release = (gate: string, reply: { status?: number; bytes?: number; location?: string } = {}): HistoryEvent => ({
  kind: "origin",
  event: { kind: "release", gate, status: 200, bytes: 2, text: "ok", ...reply },
});
const refused = (call: string, outcome: string, ...seqs: number[]) => returned(call, { outcome }, ...seqs);
const answered = (call: string, url: string, ...seqs: number[]) => {
  const said = { outcome: "response", status: 200, statusText: "", headers: [], size: 2, text: "ok" };
  return returned(call, { ...said, url }, ...seqs);
};
const quiet = (fetchesInFlight: number): HistoryEvent[] => [
  { kind: "quiesce", quiet: 1, module: "m", outcomes: 0 },
  { kind: "quiet", quiet: 1, module: "m", outcomes: 0, fetchesInFlight },
];

const judged = (source: string, events: readonly HistoryEvent[]) =>
  judge([...begin(source), ...events], { ...profile, network });
const verdict = (...events: HistoryEvent[]) => judged("web", events);
const legal = { verdict: "legal" };
/** Illegal at the event of that place after those of the beginning, from 0. */
const illegal = (index: number, message: string) => ({
  verdict: "illegal",
  disagreement: { index: index + begin("web").length, message: expect.stringContaining(message) },
});

describe("a request that is none", () => {
  const asked = send("a", "http://o/a", { method: "TRACE" });

  test("is refused as bad-value, and as nothing else", () => {
    expect(verdict(asked, refused("a", "bad-value"))).toEqual(legal);
    expect(verdict(asked, refused("a", "transport"))).toEqual(illegal(1, '"bad-value"'));
  });

  test("does not arrive", () => {
    expect(verdict(asked, arrive("a", "TRACE"))).toEqual(illegal(1, "a (send) cannot have sent it yet"));
  });
});

describe("a fetch that reaches nobody", () => {
  const forbidden = "http://127.0.0.1:9/a";

  test.each([forbidden, "http://127.0.0.1:1/", "https://127.0.0.1:2/", "http://nobody.invalid/"])(
    "ends as transport, whenever the host likes: %s",
    (url) => {
      const asked = send("a", url);
      expect(verdict(asked, refused("a", "transport"))).toEqual(legal);
      expect(verdict(asked, ...quiet(1), refused("a", "transport"))).toEqual(legal);
      expect(verdict(asked, ...quiet(0), refused("a", "transport"))).toEqual(illegal(2, "without a result of a"));
      expect(verdict(asked, ...quiet(2))).toEqual(illegal(2, "by the model there are 1"));
      expect(verdict(asked, refused("a", "timeout"))).toEqual(illegal(1, '"transport"'));
      expect(verdict(asked, answered("a", url))).toMatchObject({ verdict: "illegal" });
    },
  );

  test("arrives nowhere", () => {
    expect(verdict(send("a", forbidden), arrive("a"))).toMatchObject({ verdict: "illegal" });
  });

  test.each([[[1, 2]], [[2, 1]]])("settles before or after another, as the seqs tell: %j", ([a, b]) => {
    const both = [sendThenRecord("a", forbidden), sendThenRecord("b", forbidden)];
    expect(verdict(...both, refused("a", "transport", a!), refused("b", "transport", b!))).toEqual(legal);
  });

  test("may pass its limit before, where the clock is moved that far", () => {
    const asked = send("a", forbidden);
    expect(verdict(asked, ...moved(30_000), refused("a", "timeout"))).toEqual(legal);
    expect(verdict(asked, ...moved(30_000), refused("a", "transport"))).toEqual(legal);
    expect(verdict(asked, ...moved(29_999), refused("a", "timeout"))).toEqual(illegal(3, '"transport"'));
    const [advance, advanced] = moved(30_000);
    for (const how of ["timeout", "transport"]) {
      expect(verdict(asked, advance!, refused("a", how), advanced!)).toEqual(legal);
    }
  });
});

describe("a redirect", () => {
  const asked = send("a", "http://o/a", { method: "POST", body: { hex: "00" } });
  const to = (location: string, status = 302) => release("a", { status, location });
  const first = arrive("a", "POST", 1);

  test("leads to a request at its target, and its URL is the response's", () => {
    const events = (url: string) => [asked, first, to("/b"), arrive("b"), release("b"), answered("a", url)];
    expect(verdict(...events("http://o/b"))).toEqual(legal);
    expect(verdict(...events("http://o/a"))).toEqual(illegal(5, '"http://o/b"'));
  });

  test("is followed once it was sent, not before", () => {
    expect(verdict(asked, first, arrive("b"))).toEqual(illegal(2, "no call can have sent it"));
  });

  test("keeps method and body or makes it a GET, by its status", () => {
    expect(verdict(asked, first, to("/b", 307), arrive("b", "POST", 1))).toEqual(legal);
    expect(verdict(asked, first, to("/b", 307), arrive("b", "GET"))).toEqual(illegal(3, "a sends POST with 1 bytes"));
    expect(verdict(asked, first, to("/b", 303), arrive("b", "POST", 1))).toEqual(illegal(3, "a sends GET without"));
  });

  test("to what no host may reach, or to no URL, ends the fetch", () => {
    for (const location of ["http://127.0.0.1:9/b", "http://user@["]) {
      expect(verdict(asked, first, to(location), refused("a", "transport"))).toEqual(legal);
      expect(verdict(asked, first, to(location), arrive("b"))).toMatchObject({ verdict: "illegal" });
    }
  });

  test("the eleventh ends the fetch, and its target sees nothing", () => {
    const hops = Array.from({ length: 11 }, (_, index) => [
      arrive(`g${index}`),
      release(`g${index}`, { status: 302, location: `/g${index + 1}` }),
    ]).flat();
    const chain = [send("a", "http://o/g0"), ...hops];
    expect(verdict(...chain, refused("a", "transport"))).toEqual(legal);
    expect(verdict(...chain, arrive("g11"))).toEqual(illegal(23, "no call can have sent it"));
  });

  test("does not start the limit anew", () => {
    const events = (now: number) => [
      ...[asked, first, ...moved(20_000), to("/b"), arrive("b")],
      ...[...moved(now), refused("a", "timeout")],
    ];
    expect([verdict(...events(30_000)), verdict(...events(29_999))]).toEqual([
      legal,
      illegal(8, "waits for a response"),
    ]);
  });
});

test("a body beyond the limit is no response", () => {
  const events = (bytes: number, outcome: HistoryEvent) =>
    verdict(send("a", "http://o/a"), arrive("a"), release("a", { bytes }), outcome);
  expect(events(32 * 1024 * 1024 + 1, refused("a", "limit"))).toEqual(legal);
  expect(events(32 * 1024 * 1024 + 1, answered("a", "http://o/a"))).toMatchObject({ verdict: "illegal" });
  expect(events(2, refused("a", "limit"))).toMatchObject({ verdict: "illegal" });
});

describe("a response that is under way while its limit passes", () => {
  const asked = [sendThenRecord("a", "http://o/a"), arrive("a"), release("a")];
  const outcomes = [answered("a", "http://o/a", 1), refused("a", "timeout", 1)];

  test("settles its fetch or comes too late", () => {
    for (const outcome of outcomes) expect(verdict(...asked, ...moved(30_000), outcome)).toEqual(legal);
    expect(verdict(...asked, ...moved(30_000), refused("a", "transport", 1))).toMatchObject({ verdict: "illegal" });
  });

  test("settles it where the limit has not passed, or the host was quiet before", () => {
    const before = [...asked, ...moved(29_999)];
    expect(outcomes.map((outcome) => verdict(...before, outcome))).toEqual([legal, illegal(5, '"response"')]);
    const told = [...asked.slice(0, 2), { kind: "paused", module: "m" } as const, asked[2]!, ...quiet(0)];
    const later = [...told, ...moved(30_000), { kind: "resume", module: "m" } as const];
    expect(outcomes.map((outcome) => verdict(...later, outcome))).toEqual([legal, illegal(9, '"response"')]);
  });
});

describe("a fetch that nobody awaits", () => {
  const args = { unawaited: "http://o/u", awaited: "http://o/w", token: "t" };
  const held = [submit("a", "leaveUnawaited", args), arrive("u"), arrive("w")];

  test("is dropped when its call returns: no commit comes of it", () => {
    expect(verdict(...held, release("w"), returned("a", null, 1), close("u"), ...quiet(0))).toEqual(legal);
    expect(verdict(...held, release("w"), returned("a", null, 1, 2))).toMatchObject({ verdict: "illegal" });
    expect(verdict(...held, close("u"))).toEqual(illegal(3, "a still waits for it"));
  });

  test("commits before the other where it settles before", () => {
    expect(verdict(...held, release("u"), ...quiet(1), release("w"), returned("a", null, 1, 2))).toEqual(legal);
    expect(verdict(...held, release("u"), ...quiet(1), release("w"), returned("a", null, 1))).toMatchObject({
      verdict: "illegal",
    });
  });
});

describe("an aborted fetch", () => {
  const urls = { victim: "http://o/v", other: "http://o/o", trigger: "http://o/t", late: "http://o/l" };
  const held = [submit("a", "abortWhileHeld", urls), arrive("v"), arrive("o"), arrive("t")];
  const ends = (victim: string, late = victim) => returned("a", { victim, late, other: "ok" }, 1);
  const verdictOf = (...events: HistoryEvent[]) => judged("signals", events);
  const aborted = "AbortError: aborted";

  test("rejects as aborted, and so do later ones of its signal", () => {
    const events = [...held, release("t"), close("v"), release("o")];
    expect(verdictOf(...events, ends(aborted))).toEqual(legal);
    expect(verdictOf(...events, ends("ok", aborted))).toEqual(illegal(7, 'at victim; by the model it has "AbortError'));
    expect(verdictOf(...events, ends(aborted, "EvenlaneError: transport"))).toMatchObject({ verdict: "illegal" });
  });

  test("is not closed before, sends nothing after, and leaves the others", () => {
    expect(verdictOf(...held, close("v"))).toEqual(illegal(4, "a still waits for it"));
    expect(verdictOf(...held, release("t"), arrive("l"))).toEqual(illegal(5, "cannot have sent it yet"));
    expect(verdictOf(...held, release("t"), close("o"))).toEqual(illegal(5, "a still waits for it"));
  });

  test("may have its outcome waiting: what counts is whether the guest has been given that before", () => {
    const stands = [...held, { kind: "paused", module: "m" } as const];
    const goesOn = [{ kind: "resume", module: "m" } as const, release("o")];
    const inTime = ends("ok", aborted);
    const first = (gate: string, then: string) => [...stands, release(gate), ...quiet(2), release(then), ...goesOn];
    const verdicts = (events: HistoryEvent[]) =>
      [inTime, ends(aborted)].map((end) => verdictOf(...events, end).verdict);
    expect(verdicts(first("v", "t"))).toEqual(["legal", "illegal"]);
    expect(verdicts(first("t", "v"))).toEqual(["illegal", "legal"]);
    expect(verdicts([...stands, release("v"), release("t"), ...quiet(1), ...goesOn])).toEqual(["legal", "legal"]);
  });

  test("whose signal is aborted already rejects with the signal's reason", () => {
    const asked = submit("a", "abortBeforeFetch", { url: "http://o/a" });
    expect(verdictOf(asked, returned("a", "no longer wanted"))).toEqual(legal);
    expect(verdictOf(asked, arrive("a"))).toMatchObject({ verdict: "illegal" });
  });
});
