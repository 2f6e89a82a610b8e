/** The protocol's frames: what is refused, and what the stream may do. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GuestFunction, guestSource, text } from "./guest.ts";
import { TestHost } from "./host.ts";

let host: TestHost;

beforeEach(() => {
  host = new TestHost();
});

afterEach(() => host.stop());

const initialize = {
  protocol: 1,
  nonce: "abc",
  seed: "s",
  clock: { mode: "virtual", now: 0 },
  allow: ["127.0.0.1:80"],
};

test("a session begins with one `initialize`, which echoes the nonce", async () => {
  await expect(host.request("stats")).rejects.toMatchObject({ code: -32002 });
  expect(await host.request("initialize", initialize)).toEqual({
    protocol: 1,
    nonce: "abc",
    host: { name: "evenlane-js", version: expect.any(String) },
    engines: [
      { name: "V8", version: expect.stringMatching(/^\d+\./) },
      { name: "node", version: expect.stringMatching(/^\d+\./) },
    ],
    guests: ["ts", "as"],
    capabilities: [
      "quiesce",
      "stepping",
      "clock",
      "cancel",
      "txPoints",
      "failpoints",
      "limits",
      "subscriptions",
      "update",
      "memoryLimit",
    ],
    profile: { tx: "closure", retry: "none", blockingPool: 4, requestBurst: 64, maxInFlight: null },
  });
  await expect(host.request("initialize", initialize)).rejects.toMatchObject({ code: -32002 });
});

test.each([
  { ...initialize, extra: 1 },
  { ...initialize, protocol: 2 },
  { ...initialize, allow: ["nowhere"] },
  { ...initialize, allow: ["h:99999"] },
  { ...initialize, clock: { mode: "virtual" } },
])("parameters of `initialize` are checked: %j", async (params) => {
  await expect(host.request("initialize", params)).rejects.toMatchObject({ code: -32602 });
});

test("unknown methods, fields, names and ill-formed frames are refused, each for its reason", async () => {
  await host.request("initialize", initialize);
  await expect(host.request("call/resume")).rejects.toMatchObject({ code: -32601, message: /call\/resume/ });
  await expect(host.request("toString")).rejects.toMatchObject({ code: -32601 });
  await expect(host.request("stats", { all: true })).rejects.toMatchObject({ code: -32602, message: /all/ });
  for (const [method, params] of Object.entries({
    "module/unload": { module: "m9" },
    "connection/open": { module: "m9", connection: "k" },
    "connection/close": { connection: "k" },
    call: { call: "c", connection: "k", function: "f", args: {} },
    "table/read": { module: "m9", table: "t" },
    quiesce: { module: "m9", outcomes: 0 },
    "lane/pause": { module: "m9" },
    "call/cancel": { call: "c" },
    "tx/continue": { module: "m9", call: "c" },
    "store/fail": { module: "m9", call: "c", commits: 1 },
  })) {
    await expect(host.request(method, params)).rejects.toMatchObject({ code: -32001 });
  }
  const broken = host.answerTo(0);
  host.send("{");
  await expect(broken).rejects.toMatchObject({ code: -32700 });
  const invalid = host.answerTo(77);
  host.send('{"jsonrpc":"2.0","id":77,"method":"stats","params":{},"more":1}');
  await expect(invalid).rejects.toMatchObject({ code: -32600 });
});

test("a character may be cut by a chunk's end, lines may be long, and nothing but frames is on standard output", async () => {
  await host.request("initialize", initialize);
  const echo: GuestFunction = {
    name: "echo",
    kind: "procedure",
    mode: "async",
    params: [text("text")],
    body: `async (host, { text }) => { host.log(2, text.slice(0, 8)); return text; }`,
  };
  const module = await host.connect("ts", guestSource({ functions: [echo] }));
  const long = "äöü€😀\u2028".repeat(1_000_000);
  expect(await host.value("echo", { text: long })).toBe(long);
  expect(await host.logged(({ level }) => level === "warn")).toMatchObject({ module, message: long.slice(0, 8) });
  const answer = host.answerTo(500);
  const params = { call: "cut", connection: "k", function: "echo", args: { text: "€😀" } };
  const frame = Buffer.from(`${JSON.stringify({ jsonrpc: "2.0", id: 500, method: "call", params })}\n`);
  for (let at = 0; at < frame.length; at += 1) host.process.stdin?.write(frame.subarray(at, at + 1));
  expect(await answer).toMatchObject({ value: "€😀" });
});

test("the fields of arguments are those that came, whatever their names; what is no object is refused", async () => {
  await host.request("initialize", initialize);
  const param = { name: "given", type: "json" } as const;
  const body = "async (host, { given }) => given";
  const echo: GuestFunction = { name: "echo", kind: "procedure", mode: "async", params: [param], body };
  await host.connect("ts", guestSource({ functions: [echo] }));
  const answer = host.answerTo(500);
  const given = '{"__proto__":{"a":1},"b":[{"__proto__":null}]}';
  const call = `{"call":"p","connection":"k","function":"echo","args":{"given":${given}}}`;
  host.send(`{"jsonrpc":"2.0","id":500,"method":"call","params":${call}}`);
  expect(JSON.stringify(await answer)).toContain(given);
  const args = ["text"];
  await expect(host.request("call", { call: "q", connection: "k", function: "echo", args })).rejects.toMatchObject({
    code: -32602,
    message: expect.stringContaining("args"),
  });
});

test("a name that is in flight is refused", async () => {
  await host.request("initialize", initialize);
  const sleep: GuestFunction = {
    name: "sleep",
    kind: "procedure",
    mode: "async",
    params: [],
    body: "async (host) => host.sleepUntil(10)",
  };
  await host.connect("ts", guestSource({ functions: [sleep] }));
  const first = host.call("sleep", {}, { call: "same" });
  await expect(host.call("sleep", {}, { call: "same" })).rejects.toMatchObject({ code: -32004 });
  await host.request("clock/advance", { to: 10 });
  expect(await first).toMatchObject({ value: 0 });
});
