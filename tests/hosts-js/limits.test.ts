/** The bounds that an operator sets for a module. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { heapOf, limitsOf } from "../../hosts/js/limits.ts";
import { boundMemory } from "../../hosts/js/wasm/bounded-memory.ts";
import { host, origin, restart, startForEach } from "./each.ts";
import { fetchThenRecord, type GuestFunction, guestSource, record, text } from "./guest.ts";

startForEach({ clock: { mode: "virtual", now: 1000 } });

const fetchSync: GuestFunction = {
  name: "fetchSync",
  kind: "procedure",
  mode: "sync",
  params: [text("url")],
  body: "(host, { url }) => getSync(host, url)",
};
const source = guestSource({ functions: [record, fetchThenRecord, fetchSync] });

async function connect(limits: object, from: string = source): Promise<string> {
  const module = await host.load("ts", from, limits);
  await host.request("connection/open", { module, connection: "k" });
  return module;
}

const values = async (module: string) => (await host.rows(module, "log")).map(([, row]) => row);
const held = (path: string, name = "fetchThenRecord") => host.call(name, { url: origin.url(path) }, { call: path });

describe("procedures in flight", () => {
  test("are so many and no more, on the lane and the blocking path together; reducers pass", async () => {
    const module = await connect({ inFlight: 2 });
    const calls = [held("/a"), held("/b", "fetchSync"), held("/c"), held("/d", "fetchSync")];
    const [a, b] = [await origin.arrival("/a"), await origin.arrival("/b")];
    await host.value("record", { text: "passes" });
    expect(await host.request("quiesce", { module, outcomes: 0 })).toEqual({ outcomes: 0, fetchesInFlight: 2 });
    expect(origin.order).toEqual(["/a", "/b"]);
    b.response.end("b");
    expect(await calls[1]).toMatchObject({ value: "b" });
    const c = await origin.arrival("/c");
    expect(await host.request("quiesce", { module, outcomes: 1 })).toEqual({ outcomes: 1, fetchesInFlight: 2 });
    a.response.end("a");
    c.response.end("c");
    await origin.release("/d", "d");
    expect(await Promise.all(calls)).toMatchObject(["a", "b", "c", "d"].map((value) => ({ value })));
  });

  test("that end in their first turn let the next begin in its place, not before what was submitted earlier", async () => {
    const at = (name: string, body: string): GuestFunction => ({
      name,
      kind: "procedure",
      mode: "async",
      params: [],
      body,
    });
    const quick = at("quick", `async (host) => tx(host, () => append(host, "quick"))`);
    const module = await connect({ inFlight: 1 }, guestSource({ functions: [record, quick] }));
    await host.request("lane/pause", { module });
    const calls = [host.call("quick"), host.call("record", { text: "r" }), host.call("quick")];
    await host.request("lane/resume", { module });
    await Promise.all(calls);
    expect(await values(module)).toEqual(["quick", "r", "quick"]);
  });

  test("that wait for a place are cancelled without having begun, and end with their module", async () => {
    const module = await connect({ inFlight: 1 });
    const calls = [held("/a"), held("/b"), held("/c")];
    await origin.arrival("/a");
    await host.cancel("/b");
    expect(await calls[1]).toMatchObject({ error: { category: "cancelled" }, seqs: [] });
    await host.request("module/unload", { module });
    for (const each of [0, 2]) expect(await calls[each]).toMatchObject({ error: { category: "shutdown" } });
    expect(origin.order).toEqual(["/a"]);
  });
});

describe("calls that wait to begin", () => {
  test("are so many; the next is refused, and nothing of it runs", async () => {
    const module = await connect({ queued: 2 });
    await host.request("lane/pause", { module });
    const calls = ["1", "2", "3"].map((each) => host.call("record", { text: each }));
    expect(await calls[2]).toMatchObject({ error: { category: "limit", function: "record" }, seqs: [] });
    await host.request("lane/resume", { module });
    for (const each of [0, 1]) expect(await calls[each]).toMatchObject({ outcome: "returned" });
    expect(await host.call("record", { text: "4" })).toMatchObject({ seqs: [3] });
    expect(await values(module)).toEqual(["1", "2", "4"]);
  });

  test("may be none: what can begin at once is no such call, on either path", async () => {
    await connect({ queued: 0, inFlight: 1 });
    const call = held("/a", "fetchSync");
    const { response } = await origin.arrival("/a");
    expect(await host.call("record", { text: "1" })).toMatchObject({ outcome: "returned" });
    expect(await held("/b")).toMatchObject({ error: { category: "limit" } });
    response.end("a");
    expect(await call).toMatchObject({ value: "a" });
    expect(origin.order).toEqual(["/a"]);
  });
});

describe("a call's time", () => {
  test("ends it where it is held, with its fetch and its commits; others and later ones have theirs", async () => {
    const commits: GuestFunction = {
      ...fetchThenRecord,
      name: "commits",
      body: `async (host, { url }) => { tx(host, () => append(host, "kept")); await get(host, url); append(host, "never"); }`,
    };
    const module = await connect({ callMs: 500 }, guestSource({ functions: [commits, fetchSync, fetchThenRecord] }));
    const early = [held("/a", "commits"), held("/b", "fetchSync")];
    const arrivals = [await origin.arrival("/a"), await origin.arrival("/b")];
    await host.request("clock/advance", { to: 1001 });
    const late = held("/c");
    const { response } = await origin.arrival("/c");
    await host.request("clock/advance", { to: 1500 });
    expect(await early[0]).toMatchObject({ error: { category: "deadline" }, seqs: [1] });
    expect(await early[1]).toMatchObject({ error: { category: "deadline" }, seqs: [] });
    await Promise.all(arrivals.map(({ closed }) => closed));
    response.end("c");
    expect(await late).toMatchObject({ value: "c" });
    await host.request("quiesce", { module, outcomes: 3 });
    expect(await values(module)).toEqual(["kept", "c"]);
  });

  test("is not counted before it begins", async () => {
    const module = await connect({ callMs: 500, inFlight: 1 });
    const calls = [held("/a"), held("/b")];
    await origin.arrival("/a");
    await host.request("clock/advance", { to: 1400 });
    await host.cancel("/a");
    const { response } = await origin.arrival("/b");
    await host.request("clock/advance", { to: 1899 });
    response.end("b");
    expect(await calls[1]).toMatchObject({ value: "b" });
    expect(await host.request("stats")).toMatchObject({ modules: [{ module, callsInFlight: 0 }] });
  });

  test("of one that computes on is over at the end of its turn", async () => {
    await restart();
    const spin = "const end = Date.now(); let n = 0; while (n < 3e8) n += 1;";
    const both = (["async", "sync"] as const).map((mode): GuestFunction => {
      const get = mode === "async" ? "await get" : "getSync";
      return {
        ...fetchThenRecord,
        name: mode,
        mode,
        body: `${mode === "async" ? "async " : ""}(host, { url }) => {
        tx(host, () => append(host, "${mode}")); ${spin} ${get}(host, url); }`,
      };
    });
    const ends: GuestFunction = {
      name: "ends",
      kind: "procedure",
      mode: "async",
      params: [],
      body: `async () => { ${spin} return n; }`,
    };
    const module = await connect({ callMs: 20 }, guestSource({ functions: [...both, ends] }));
    for (const [seq, name] of ["async", "sync"].entries()) {
      expect(await held(`/${name}`, name)).toMatchObject({ error: { category: "deadline" }, seqs: [seq + 1] });
    }
    expect(await host.call("ends")).toMatchObject({ value: 3e8 });
    expect(await values(module)).toEqual(["async", "sync"]);
  });
});

test("a response's length and redirects are bounded", async () => {
  await connect({ responseBytes: 4, redirects: 1 });
  const at = (path: string, location: string) =>
    origin.arrival(path).then(({ response }) => response.writeHead(302, { location }).end());
  const four = held("/four");
  await origin.release("/four", "1234");
  expect(await four).toMatchObject({ value: "1234" });
  const five = held("/five");
  await origin.release("/five", "12345");
  expect(await five).toMatchObject({ error: { category: "limit" } });
  const once = held("/once");
  await at("/once", "/end");
  await origin.release("/end", "e");
  expect(await once).toMatchObject({ value: "e" });
  const twice = held("/twice");
  await at("/twice", "/again");
  await at("/again", "/end");
  expect(await twice).toMatchObject({ error: { category: "transport" } });
});

describe("memory", () => {
  const procedure = (name: string, body: string): GuestFunction => ({
    name,
    kind: "procedure",
    mode: "async",
    params: [],
    body,
  });

  test("of a JavaScript guest is bounded: the call fails, the process and the rows stay", async () => {
    const functions = [
      record,
      procedure("hoard", "async () => { for (;;) kept.push(new Array(1000).fill(kept.length)); }"),
      procedure(
        "some",
        "async () => { const some = []; while (some.length < 1000) some.push(new Array(1000).fill(0.5)); return some.length; }",
      ),
    ];
    const module = await connect({ memoryBytes: 64 << 20 }, guestSource({ top: "const kept = [];", functions }));
    await host.value("record", { text: "row" });
    expect(await host.call("some")).toMatchObject({ value: 1000 });
    expect(await host.call("hoard")).toMatchObject({ error: { category: "memory" } });
    expect(await host.call("record", { text: "next" })).toMatchObject({ seqs: [2] });
    expect(await values(module)).toEqual(["row", "next"]);
  });

  test("of a wasm guest is bounded: it cannot grow beyond it", async () => {
    const relay = readFileSync(fileURLToPath(new URL("../../build/modules/relay.wasm", import.meta.url)));
    const memoryOf = (binary: Uint8Array<ArrayBuffer>) => {
      const module = new WebAssembly.Module(binary);
      const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, () => 0] as const);
      return new WebAssembly.Instance(module, { evenlane_1: Object.fromEntries(imports) as never }).exports
        .memory as unknown as { grow(pages: number): number; buffer: ArrayBuffer };
    };
    const bound = 20 * 65_536;
    const memory = memoryOf(boundMemory(relay, bound + 1));
    const pages = memory.buffer.byteLength / 65_536;
    memory.grow(20 - pages);
    expect(memory.buffer.byteLength).toBe(bound);
    expect(() => memory.grow(1)).toThrow(RangeError);
    expect(() => boundMemory(relay, 65_535)).toThrow(/begins with \d+ bytes, and its operator allows 65535/);
    await expect(host.load("as", relay, { memoryBytes: 1 })).rejects.toMatchObject({ data: { reason: "compile" } });
  });

  test("is the whole heap's, young objects included", () => {
    for (const megabytes of [8, 64, 560]) {
      const { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young } = heapOf(megabytes << 20);
      expect(old + young).toBe(megabytes);
    }
  });
});

test.each([{ turnMs: 0 }, { callMs: 1.5 }, { queued: -1 }, { other: 1 }, { inFlight: null }])(
  "%j is refused as invalid params",
  async (limits) => {
    await expect(host.load("ts", source, limits)).rejects.toMatchObject({ code: -32602 });
  },
);

test("what is not set is as it was", () => {
  expect(limitsOf({ queued: 0, turnMs: undefined })).toEqual({ ...limitsOf(), queued: 0 });
});
