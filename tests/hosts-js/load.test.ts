/** Loading a module: what is refused, and why; what a guest finds in its scope. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GuestFunction, guestSource, record } from "./guest.ts";
import { TestHost } from "./host.ts";

let host: TestHost;

beforeEach(async () => {
  host = await TestHost.start({ budget: 2000 });
});

afterEach(() => host.stop());

const describing = (description: object | string) =>
  `export default { abi: 1, describe: () => ${JSON.stringify(typeof description === "string" ? description : JSON.stringify(description))}, call() {} };`;
const plain = { abi: 1, name: "m", tables: ["t"], hooks: [], functions: [] };

const refused: [string, string, string, RegExp][] = [
  ["a syntax error", "compile", "export\ndefault {", /line 2: Unexpected/],
  ["a static import", "compile", 'import fs from "node:fs"; export default 1;', /imports "node:fs"/],
  ["a missing default export", "compile", "export const x = 1;", /default export/],
  ["another ABI", "compile", "export default { abi: 2, describe() {}, call() {} };", /`abi`/],
  ["no `call`", "compile", "export default { abi: 1, describe() {} };", /`call`/],
  ["a throwing module", "compile", 'throw new Error("top");', /top/],
  ["an endless module", "compile", "for (;;);", /its budget of 2000 ms/],
  [
    "a throwing `describe`",
    "describe",
    'export default { abi: 1, describe() { throw new Error("no"); }, call() {} };',
    /no/,
  ],
  ["a `describe` without text", "describe", "export default { abi: 1, describe() {}, call() {} };", /string/],
  ["a description that is no JSON", "interface", describing("{"), /JSON/],
  ["an unknown field", "interface", describing({ ...plain, extra: 1 }), /extra/],
  ["a bad name", "interface", describing({ ...plain, tables: ["a b"] }), /tables\.0: "a b" is no name/],
  ["a name that stands twice", "interface", describing({ ...plain, tables: ["t", "t"] }), /"t" stands twice/],
  [
    "a wasm mode",
    "interface",
    describing({ ...plain, functions: [{ name: "f", kind: "procedure", mode: "suspended", params: [] }] }),
    /suspended/,
  ],
  [
    "a failing `init`",
    "init",
    guestSource({ hooks: { init: '() => { throw new Error("bad start"); }' }, functions: [] }),
    /bad start/,
  ],
];

test.each(refused)("%s is refused as %s", async (_, reason, source, message) => {
  await expect(host.load("ts", source)).rejects.toMatchObject({ code: -32000, data: { reason }, message });
  expect(await host.request("stats")).toMatchObject({ modules: [] });
});

test("what cannot be read, or is not what was meant, is refused", async () => {
  const path = join(host.folder, "module.js");
  const sha256 = "0".repeat(64);
  const load = (more: object) => host.request("module/load", { guest: "ts", path, sha256, ...more });
  await expect(load({})).rejects.toMatchObject({ code: -32000, data: { reason: "unreadable" } });
  writeFileSync(path, "export default 1;");
  await expect(load({})).rejects.toMatchObject({ code: -32000, data: { reason: "hash-mismatch" } });
  const wasm = createHash("sha256").update("export default 1;").digest("hex");
  await expect(load({ guest: "as", sha256: wasm })).rejects.toMatchObject({ data: { reason: "compile" } });
});

test("hooks run in order, and a refused connection takes its calls with it", async () => {
  const hooks = {
    init: `(host) => append(host, "init")`,
    connected: `(host) => { const { connection } = JSON.parse(host.context()); if (connection === "bad") throw new Error("not you"); append(host, "+" + connection); }`,
    disconnected: `(host) => append(host, "-" + JSON.parse(host.context()).connection)`,
  };
  const sync: GuestFunction = { name: "sync", kind: "procedure", mode: "sync", params: [], body: "() => 1" };
  const module = await host.load("ts", guestSource({ hooks, functions: [record, sync] }));
  const opened = host.request("connection/open", { module, connection: "k" });
  const calls = [host.call("record", { text: "r" }), host.call("sync")];
  const closed = host.request("connection/close", { connection: "k" });
  await Promise.all([opened, ...calls, closed]);
  expect((await host.rows(module, "log")).map(([, row]) => row)).toEqual(["init", "+k", "r", "-k"]);
  await expect(host.call("record", { text: "late" })).rejects.toMatchObject({ code: -32001 });

  const bad = host.request("connection/open", { module, connection: "bad" });
  const late = ["record", "sync"].map((name) =>
    host.call(name, name === "sync" ? {} : { text: "x" }, { connection: "bad" }),
  );
  const settled = Promise.allSettled(late);
  await expect(bad).rejects.toMatchObject({
    code: -32003,
    data: { error: { category: "guest-error", message: "not you", function: "$connected" } },
  });
  for (const result of await settled) expect(result).toMatchObject({ status: "rejected", reason: { code: -32001 } });
  const both = [
    host.request("connection/open", { module, connection: "bad" }),
    host.request("connection/close", { connection: "bad" }),
  ];
  const ends = await Promise.allSettled(both);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  expect(await host.rows(module, "log")).toHaveLength(4);
  await host.request("connection/open", { module, connection: "k" });
  await expect(host.request("connection/open", { module, connection: "k" })).rejects.toMatchObject({ code: -32004 });
});

test("a guest that puts a `then` on every object is loaded and runs", async () => {
  const top = "Object.prototype.then = function () { throw new Error('taken for a promise'); };";
  const one: GuestFunction = { name: "one", kind: "procedure", mode: "async", params: [], body: "async () => 1" };
  await host.connect("ts", guestSource({ top, functions: [one] }));
  expect(await host.value("one")).toBe(1);
});

test("a guest has nothing but its host", async () => {
  const names =
    `fetch setTimeout setInterval setImmediate queueMicrotask process require Deno Bun navigator Buffer global console performance
    WebAssembly Worker postMessage structuredClone crypto FinalizationRegistry Temporal URL TextDecoder module exports`.split(
      /\s+/,
    );
  const ambient: GuestFunction = {
    name: "ambient",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async () => {
      const found = ${JSON.stringify(names)}.filter((name) => name in globalThis || new Function("return typeof " + name)() !== "undefined");
      const refused = [];
      try { await import("node:fs"); } catch (error) { refused.push(error.message); }
      try { await new Function("return import('data:text/javascript,export default 1')")(); } catch (error) { refused.push("import"); }
      try { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); } catch (error) { refused.push("wait"); }
      return { found, refused, dates: [typeof Date(), new Date(0).toISOString(), new Date() instanceof Date, Date.length] };
    }`,
  };
  await host.connect(
    "ts",
    guestSource({ functions: [ambient, { ...ambient, name: "sync", mode: "sync", body: "() => typeof process" }] }),
  );
  expect(await host.value("ambient")).toEqual({
    found: [],
    refused: [expect.stringContaining('imports "node:fs"'), "import", "wait"],
    dates: ["string", "1970-01-01T00:00:00.000Z", true, 7],
  });
  expect(await host.value("sync")).toBe("undefined");
});

test("an unloaded module fails its calls as shutdown and is gone", async () => {
  const sleeper: GuestFunction = {
    name: "sleeper",
    kind: "procedure",
    mode: "async",
    params: [],
    body: "async (host) => host.sleepUntil(1e15)",
  };
  const blocked: GuestFunction = { ...sleeper, name: "blocked", mode: "sync", body: "(host) => host.sleepUntil(1e15)" };
  const module = await host.connect("ts", guestSource({ functions: [sleeper, blocked] }));
  const calls = [host.call("sleeper"), host.call("blocked")];
  await host.request("quiesce", { module, outcomes: 0 });
  const waiting = host.request("quiesce", { module, outcomes: 1 });
  const unloaded = host.request("module/unload", { module });
  for (const call of calls) expect(await call).toMatchObject({ error: { category: "shutdown" } });
  await expect(waiting).rejects.toMatchObject({ code: -32001 });
  await unloaded;
  await expect(host.rows(module, "log")).rejects.toMatchObject({ code: -32001 });
});
