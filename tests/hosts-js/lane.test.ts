/** The lane: turn order, stepping, quiescence, failures that stay with one call. */
import { expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";
import { fetchThenRecord, type GuestFunction, guestSource, record, text } from "./guest.ts";

startForEach();

const values = async (module: string) => (await host.rows(module, "log")).map(([, row]) => row);
const step = async (module: string) =>
  (await host.request<{ turn: { kind: string; call: string } | null }>("lane/step", { module })).turn;

test("a reducer overtakes a held procedure", async () => {
  const module = await host.connect("ts", guestSource({ functions: [record, fetchThenRecord] }));
  const held = host.call("fetchThenRecord", { url: origin.url("/a") });
  const arrival = await origin.arrival("/a");
  expect(await host.call("record", { text: "r" })).toEqual({ outcome: "returned", value: null, seqs: [1] });
  arrival.response.end("a");
  expect(await held).toEqual({ outcome: "returned", value: "a", seqs: [2] });
  expect(await values(module)).toEqual(["r", "a"]);
});

test("procedures resume in the order of release", async () => {
  const module = await host.connect("ts", guestSource({ functions: [fetchThenRecord] }));
  const calls = ["/a", "/b", "/c"].map((path) => host.call("fetchThenRecord", { url: origin.url(path) }));
  const arrivals = await Promise.all(["/a", "/b", "/c"].map((path) => origin.arrival(path)));
  for (const index of [1, 2, 0]) {
    arrivals[index]?.response.end(String(index));
    await calls[index];
  }
  expect(await values(module)).toEqual(["1", "2", "0"]);
});

test("one procedure fetches in parallel and continues in the order of release", async () => {
  const parallel: GuestFunction = {
    name: "parallel",
    kind: "procedure",
    mode: "async",
    params: [{ name: "urls", type: "string[]" }],
    body: `async (host, { urls }) => Promise.all(urls.map(async (url) => {
      const { body } = await get(host, url);
      tx(host, () => append(host, body));
      return body;
    }))`,
  };
  const module = await host.connect("ts", guestSource({ functions: [parallel] }));
  const paths = ["/0", "/1", "/2"];
  const call = host.value("parallel", { urls: paths.map((path) => origin.url(path)) });
  const arrivals = await Promise.all(paths.map((path) => origin.arrival(path)));
  let outcomes = 0;
  for (const index of [2, 0, 1]) {
    arrivals[index]?.response.end(String(index));
    outcomes += 1;
    await host.request("quiesce", { module, outcomes });
  }
  expect(await call).toEqual(["0", "1", "2"]);
  expect(await values(module)).toEqual(["2", "0", "1"]);
});

test("one completion is one turn, and its microtasks are drained before the next", async () => {
  const shared: GuestFunction = {
    name: "shared",
    kind: "procedure",
    mode: "async",
    params: [text("url")],
    body: `async (host, { url }) => {
      await get(host, url);
      trace.push("in " + url.at(-1));
      for (let turn = 0; turn < 50; turn += 1) await null;
      trace.push("out " + url.at(-1));
      return trace;
    }`,
  };
  const module = await host.connect("ts", guestSource({ top: "const trace = [];", functions: [shared] }));
  const calls = ["/a", "/b"].map((path, index) =>
    host.call("shared", { url: origin.url(path) }, { call: `call-${index}` }),
  );
  const arrivals = [await origin.arrival("/a"), await origin.arrival("/b")];
  await host.request("lane/pause", { module });
  arrivals[1]?.response.end("b");
  await host.request("quiesce", { module, outcomes: 1 });
  arrivals[0]?.response.end("a");
  expect(await host.request("quiesce", { module, outcomes: 2 })).toEqual({ outcomes: 2, fetchesInFlight: 0 });
  expect(await step(module)).toEqual({ kind: "completion", call: "call-1", function: "shared" });
  expect(await calls[1]).toMatchObject({ value: ["in b", "out b"] });
  expect(await step(module)).toEqual({ kind: "completion", call: "call-0", function: "shared" });
  expect(await calls[0]).toMatchObject({ value: ["in b", "out b", "in a", "out a"] });
  expect(await step(module)).toBeNull();
  await host.request("lane/resume", { module });
});

test("requests go before completions, and a ready completion waits for 64 of them", async () => {
  const module = await host.connect("ts", guestSource({ functions: [record, fetchThenRecord] }));
  const held = host.call("fetchThenRecord", { url: origin.url("/a") });
  const arrival = await origin.arrival("/a");
  await host.request("lane/pause", { module });
  arrival.response.end("a");
  await host.request("quiesce", { module, outcomes: 1 });
  const requests = Array.from({ length: 70 }, (_, index) => host.call("record", { text: String(index) }));
  await host.request("lane/resume", { module });
  await Promise.all([held, ...requests]);
  expect((await values(module)).indexOf("a")).toBe(64);
});

test("a step needs a paused lane, and a paused lane runs nothing else", async () => {
  const module = await host.connect("ts", guestSource({ functions: [record] }));
  await expect(step(module)).rejects.toMatchObject({ code: -32002 });
  await host.request("lane/pause", { module });
  const call = host.call("record", { text: "x" }, { call: "named" });
  expect(await host.request("quiesce", { module, outcomes: 0 })).toEqual({ outcomes: 0, fetchesInFlight: 0 });
  expect(await values(module)).toEqual([]);
  expect(await step(module)).toEqual({ kind: "request", call: "named", function: "record" });
  await call;
  expect(await step(module)).toBeNull();
});

test("a table is read and a quiesce waits while the lane is busy", async () => {
  const until: GuestFunction = {
    name: "until",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async (host) => {
      tx(host, () => append(host, "before"));
      host.log(1, "spinning");
      for (let x = 0; x < 3e8; x += 1) sum += x;
    }`,
  };
  const module = await host.connect("ts", guestSource({ top: "let sum = 0;", functions: [until] }));
  const ended: string[] = [];
  const call = host.call("until").then(() => ended.push("call"));
  await host.logged(({ message }) => message === "spinning");
  const quiet = host.request("quiesce", { module, outcomes: 0 }).then(() => ended.push("quiesce"));
  expect(await values(module)).toEqual(["before"]);
  ended.push("read");
  await Promise.all([call, quiet]);
  expect(ended).toEqual(["read", "call", "quiesce"]);
});

test("a fetch that its procedure left behind is dropped and counted", async () => {
  const leave: GuestFunction = {
    name: "leave",
    kind: "procedure",
    mode: "async",
    params: [text("url")],
    body: "async (host, { url }) => { void get(host, url); }",
  };
  const module = await host.connect("ts", guestSource({ functions: [leave] }));
  await host.value("leave", { url: origin.url("/a") });
  expect(await host.request("quiesce", { module, outcomes: 1 })).toEqual({ outcomes: 1, fetchesInFlight: 0 });
});

test("context, seed and random numbers are the call's", async () => {
  const context: GuestFunction = {
    name: "context",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async (host) => {
      const first = JSON.parse(host.context());
      const numbers = [Date.now() === first.timestamp, new Date().getTime() === first.timestamp, Math.random()];
      return { ...first, numbers };
    }`,
  };
  const module = await host.load("ts", guestSource({ functions: [context] }));
  const { identity } = await host.request<{ identity: string }>("connection/open", { module, connection: "k" });
  const value = await host.value<Record<string, unknown>>("context");
  // The first eight bytes of the SHA-256 of "seed:0", and the first number of sfc32 over its first sixteen.
  expect(value).toMatchObject({ call: "c1", function: "context", sender: identity, connection: "k" });
  expect(value.seed).toHaveLength(4);
  const [sameNow, sameDate, random] = value.numbers as [boolean, boolean, number];
  expect([sameNow, sameDate]).toEqual([true, true]);
  const seed = value.seed as [number, number, number, number];
  expect(random).toBe(((((seed[0] + seed[1]) | 0) + seed[3]) >>> 0) / 2 ** 32);
});

test("an unhandled rejection is logged with its call and harms nobody", async () => {
  const reject: GuestFunction = {
    name: "reject",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async () => { Promise.reject(new Error("nobody")); return 1; }`,
  };
  await host.connect("ts", guestSource({ functions: [reject] }));
  expect(await host.call("reject", {}, { call: "careless" })).toMatchObject({ value: 1 });
  expect(await host.logged(({ message }) => message.includes("nobody"))).toMatchObject({
    call: "careless",
    level: "warn",
  });
});

test("a thousand procedures are held at once, on the threads that one needs", async () => {
  const module = await host.connect("ts", guestSource({ functions: [fetchThenRecord] }));
  const paths = Array.from({ length: 1000 }, (_, index) => `/${index}`);
  const calls = paths.map((path) => host.call("fetchThenRecord", { url: origin.url(path) }));
  const arrivals = await Promise.all(paths.map((path) => origin.arrival(path)));
  expect(await host.request("stats")).toMatchObject({
    modules: [{ module, callsInFlight: 1000, fetchesInFlight: 1000, instances: 1 }],
  });
  for (const { response, path } of arrivals.reverse()) response.end(path);
  await Promise.all(calls);
  expect(await values(module)).toHaveLength(1000);
});
