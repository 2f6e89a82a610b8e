/** Calls that come again and again, on the virtual clock. */
import { describe, expect, test } from "vitest";
import { tickAfter } from "../../hosts/js/supervisor/schedules.ts";
import { host, origin, startForEach } from "./each.ts";
import { type GuestFunction, guestSource, text } from "./guest.ts";

startForEach({ clock: { mode: "virtual", now: 1000 } });

const number = (name: string) => ({ name, type: "number" });

const every: GuestFunction = {
  name: "every",
  kind: "reducer",
  params: [
    text("name"),
    { name: "args", type: "json" },
    number("first"),
    number("every"),
    { name: "fail", type: "boolean" },
  ],
  body: `(host, { name, args, first, every, fail }) => {
    must(host, host.scheduleEvery(name, JSON.stringify(args), first, every));
    if (fail) throw new Error("undone");
  }`,
};
const stamp: GuestFunction = {
  name: "stamp",
  kind: "reducer",
  params: [],
  body: `(host) => append(host, JSON.parse(host.context()).timestamp)`,
};
const fetchStamp: GuestFunction = {
  name: "fetchStamp",
  kind: "procedure",
  mode: "async",
  params: [text("url")],
  body: `async (host, { url }) => { await get(host, url); tx(host, () => append(host, JSON.parse(host.context()).timestamp)); }`,
};
const source = guestSource({ functions: [every, stamp, fetchStamp] });

const advance = (to: number) => host.request("clock/advance", { to });
const stamps = async (module: string) => (await host.rows(module, "log")).map(([, row]) => row);
const plan = (name: string, first: number, interval: number, args = {}, fail = false) =>
  host.call("every", { name, args, first, every: interval, fail });

test("ticks are counted from the first due time", async () => {
  const module = await host.connect("ts", source);
  await plan("stamp", 1500, 250.5);
  await advance(1499);
  expect(await stamps(module)).toEqual([]);
  await advance(2300);
  await host.request("quiesce", { module, outcomes: 0 });
  expect(await stamps(module)).toEqual([1500, 1750.5, 2001, 2251.5]);
});

test("of ticks that are due at once the last fires, and the next is on time", async () => {
  const module = await host.connect("ts", source);
  await plan("stamp", 250, 200);
  await advance(1250);
  await host.request("quiesce", { module, outcomes: 0 });
  expect(await stamps(module)).toEqual([1000, 1050, 1250]);
});

test("a tick that falls due while the call before is in flight is missed", async () => {
  const module = await host.connect("ts", source);
  await plan("fetchStamp", 2000, 1000, { url: origin.url("/tick") });
  await advance(2000);
  const first = await origin.arrival("/tick");
  await advance(4500);
  first.response.end();
  await host.request("quiesce", { module, outcomes: 1 });
  await advance(5000);
  await origin.release("/tick");
  await host.request("quiesce", { module, outcomes: 2 });
  expect(await stamps(module)).toEqual([2000, 5000]);
  expect(origin.order).toEqual(["/tick", "/tick"]);
});

test("a tick that fails is logged, and the next comes all the same", async () => {
  await host.connect("ts", source);
  await plan("fetchStamp", 2000, 1000, { url: "none" });
  await advance(3000);
  const failed = host.logs.filter(({ level }) => level === "error").map(({ call, message }) => ({ call, message }));
  const message = expect.stringMatching(/^the scheduled call of fetchStamp failed: bad-value: /);
  expect(failed).toEqual([
    { call: null, message },
    { call: null, message },
  ]);
});

test("an undone transaction schedules nothing, and an unloaded module ticks no more", async () => {
  const module = await host.connect("ts", source);
  expect(await plan("stamp", 1500, 100, {}, true)).toMatchObject({ outcome: "failed" });
  await plan("fetchStamp", 2000, 100, { url: origin.url("/a") });
  await advance(1900);
  expect(await stamps(module)).toEqual([]);
  await host.request("module/unload", { module });
  await advance(5000);
  expect(origin.order).toEqual([]);
});

test.each([
  ["an interval below one millisecond", ["stamp", 1, 0.5]],
  ["an interval that is none", ["stamp", 1, Number.NaN]],
  ["a time that is none", ["stamp", Number.POSITIVE_INFINITY, 1]],
  ["a function that is not there", ["none", 1, 1]],
] as [string, [string, number, number]][])("%s is refused", async (_, [name, first, interval]) => {
  const refused: GuestFunction = {
    name: "refused",
    kind: "reducer",
    params: [],
    body: `(host) => host.scheduleEvery("${name}", "{}", ${first}, ${interval})`,
  };
  await host.connect("ts", guestSource({ functions: [refused, stamp] }));
  expect(await host.value("refused")).toBe(-7);
});

describe("the tick after a time", () => {
  test.each([
    [0, 10, 5, 10],
    [10, 10, 5, 15],
    [14, 10, 5, 15],
    [1_000_000.05, 0, 0.1 + 0.2, 1_000_000.2],
  ])("after %d, from %d each %d, is %d", (now, first, interval, due) => {
    expect(tickAfter(now, first, interval)).toBeCloseTo(due, 5);
  });

  test("is later than that time, also where a double cannot tell two ticks apart", () => {
    expect(tickAfter(1000, -1e300, 1)).toBe(1001);
    expect(tickAfter(0.3, 0, 0.1)).toBeGreaterThan(0.3);
  });
});
