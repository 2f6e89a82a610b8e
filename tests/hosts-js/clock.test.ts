/** Time: sleeping, schedules, the limit of a fetch, on both clocks. */
import { expect, test } from "vitest";
import { host, origin, restart, startForEach } from "./each.ts";
import { type GuestFunction, guestSource, record, text } from "./guest.ts";

startForEach({ clock: { mode: "virtual", now: 1000 } });

const values = async (module: string) => (await host.rows(module, "log")).map(([, row]) => row);
const advance = (to: number) => host.request<{ now: number }>("clock/advance", { to });
const at = { name: "at", type: "number" };

const sleeper: GuestFunction = {
  name: "sleeper",
  kind: "procedure",
  mode: "async",
  params: [text("text"), at],
  body: `async (host, { text, at }) => { must(host, await host.sleepUntil(at)); tx(host, () => append(host, text)); }`,
};
const syncSleeper: GuestFunction = {
  ...sleeper,
  name: "syncSleeper",
  mode: "sync",
  body: sleeper.body.replaceAll(/async |await /g, ""),
};

test("timers fire by due time, then in order of creation, each once the one before has run", async () => {
  const module = await host.connect("ts", guestSource({ functions: [sleeper, syncSleeper] }));
  const calls = [
    host.call("sleeper", { text: "late", at: 3000 }),
    host.call("syncSleeper", { text: "sync", at: 2000 }),
    host.call("sleeper", { text: "early", at: 1500 }),
    host.call("sleeper", { text: "never", at: 9000 }),
  ];
  await host.request("quiesce", { module, outcomes: 0 });
  calls.push(host.call("sleeper", { text: "equal", at: 2000 }));
  expect(await advance(3000)).toEqual({ now: 3000 });
  await Promise.all([0, 1, 2, 4].map((index) => calls[index]));
  expect(await values(module)).toEqual(["early", "sync", "equal", "late"]);
  await expect(advance(2999)).rejects.toMatchObject({ code: -32602 });
  expect(await host.call("sleeper", { text: "past", at: 2000 })).toMatchObject({ seqs: [5] });
});

test("a timer made by another fires in its turn, with the clock at its due time", async () => {
  const chain: GuestFunction = {
    name: "chain",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async (host) => {
      const times = [JSON.parse(host.context()).timestamp];
      for (const at of [1200, 1400]) { await host.sleepUntil(at); times.push(await host.sleepUntil(at)); }
      return times;
    }`,
  };
  const module = await host.connect("ts", guestSource({ functions: [chain, sleeper] }));
  const chained = host.value("chain");
  const other = host.call("sleeper", { text: "other", at: 1300 });
  await advance(2000);
  expect(await chained).toEqual([1000, 0, 0]);
  await other;
  expect(await values(module)).toEqual(["other"]);
});

test("a schedule commits with its transaction and fires once, without a connection", async () => {
  const schedule: GuestFunction = {
    name: "plan",
    kind: "reducer",
    params: [text("text"), at, { name: "fail", type: "boolean" }],
    body: `(host, { text, at, fail }) => {
      must(host, host.schedule("note", JSON.stringify({ text }), at));
      if (fail) throw new Error("undone");
    }`,
  };
  const note: GuestFunction = {
    ...record,
    name: "note",
    body: `(host, { text }) => { const { sender, connection, timestamp } = JSON.parse(host.context()); append(host, [text, typeof sender, connection, timestamp]); }`,
  };
  const module = await host.connect("ts", guestSource({ functions: [schedule, note] }));
  await host.call("plan", { text: "b", at: 3000, fail: false });
  await host.call("plan", { text: "undone", at: 2000, fail: true });
  await host.call("plan", { text: "a", at: 2000, fail: false });
  await host.call("plan", { text: "now", at: 0, fail: false });
  await advance(10_000);
  await advance(20_000);
  expect(await values(module)).toEqual([
    ["now", "string", null, 1000],
    ["a", "string", null, 2000],
    ["b", "string", null, 3000],
  ]);
});

test("a fetch that passes its limit is dropped: the origin sees its connection close", async () => {
  const attempt: GuestFunction = {
    name: "attempt",
    kind: "procedure",
    mode: "async",
    params: [text("url")],
    body: `async (host, { url }) => [await host.fetch(JSON.stringify({ url }), null), host.message()]`,
  };
  const module = await host.connect("ts", guestSource({ functions: [attempt] }));
  const call = host.value<[number, string]>("attempt", { url: origin.url("/slow?secret") });
  const arrival = await origin.arrival("/slow?secret");
  await advance(30_999);
  expect(await host.request("quiesce", { module, outcomes: 0 })).toMatchObject({ fetchesInFlight: 1 });
  await advance(31_000);
  const [code, message] = await call;
  expect(code).toBe(-10);
  expect(message).not.toContain("secret");
  await arrival.closed;
});

test.each([
  [1, 1],
  [31_000, 31_000],
  [180_000, 180_000],
  [600_000, 180_000],
])("a fetch that sets its limit to %i ms has %i", async (timeoutMs, limit) => {
  const attempt: GuestFunction = {
    name: "attempt",
    kind: "procedure",
    mode: "async",
    params: [text("url"), { name: "timeoutMs", type: "number" }],
    body: `async (host, { url, timeoutMs }) => host.fetch(JSON.stringify({ url, timeoutMs }), null)`,
  };
  const module = await host.connect("ts", guestSource({ functions: [attempt] }));
  const call = host.value<number>("attempt", { url: origin.url("/slow"), timeoutMs });
  const arrival = await origin.arrival("/slow");
  await advance(1000 + limit - 1);
  expect(await host.request("quiesce", { module, outcomes: 0 })).toMatchObject({ fetchesInFlight: 1 });
  await advance(1000 + limit);
  expect(await call).toBe(-10);
  await arrival.closed;
});

test("a real clock is not moved, and sleeping on it ends", async () => {
  await restart();
  const nap: GuestFunction = {
    name: "nap",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async (host) => { const { timestamp } = JSON.parse(host.context()); return [await host.sleepUntil(timestamp + 5), await host.sleepUntil(timestamp)]; }`,
  };
  await host.connect("ts", guestSource({ functions: [nap] }));
  expect(await host.value("nap")).toEqual([0, 0]);
  await expect(advance(1e15)).rejects.toMatchObject({ code: -32002 });
});
