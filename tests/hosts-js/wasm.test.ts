/** Wasm guests, written against the ABI itself and compiled here. */
import asc from "assemblyscript/asc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";

let wasm: Uint8Array;

const description = {
  abi: 1,
  name: "wasm",
  tables: ["log"],
  hooks: ["init"],
  functions: [
    { name: "hold", kind: "procedure", mode: "suspended", params: [{ name: "url", type: "string" }] },
    { name: "insert", kind: "reducer", params: [] },
    { name: "codes", kind: "reducer", params: [] },
    { name: "fails", kind: "reducer", params: [] },
    { name: "aborts", kind: "procedure", mode: "suspended", params: [] },
    { name: "traps", kind: "procedure", mode: "suspended", params: [] },
    { name: "loops", kind: "procedure", mode: "suspended", params: [] },
    { name: "notJson", kind: "procedure", mode: "suspended", params: [] },
    { name: "notText", kind: "procedure", mode: "suspended", params: [] },
    { name: "leaves", kind: "procedure", mode: "suspended", params: [] },
    { name: "sleeps", kind: "procedure", mode: "suspended", params: [] },
  ],
};

const source = `
@external("evenlane_1", "take") declare function take(at: usize): void;
@external("evenlane_1", "payload_len") declare function payload_len(): i32;
@external("evenlane_1", "result") declare function result(at: usize, length: i32): void;
@external("evenlane_1", "fail") declare function fail(code: i32, at: usize, length: i32): void;
@external("evenlane_1", "abort") declare function host_abort(at: usize, length: i32, line: i32, column: i32): void;
@external("evenlane_1", "context") declare function context(): i32;
@external("evenlane_1", "tx_begin") declare function tx_begin(): i32;
@external("evenlane_1", "tx_commit") declare function tx_commit(): i32;
@external("evenlane_1", "table_insert") declare function table_insert(t: usize, tl: i32, k: usize, kl: i32, r: usize, rl: i32): i32;
@external("evenlane_1", "table_scan") declare function table_scan(t: usize, tl: i32, f: usize, fl: i32, o: usize, ol: i32): i32;
@external("evenlane_1", "http_fetch") declare function http_fetch(r: usize, rl: i32, b: usize, bl: i32): i32;
@external("evenlane_1", "sleep_until") declare function sleep_until(at: f64): i32;

function bytes(text: string): ArrayBuffer { return String.UTF8.encode(text); }
function give(text: string): void { const b = bytes(text); result(changetype<usize>(b), b.byteLength); }
function taken(length: i32): string {
  const b = new ArrayBuffer(length); take(changetype<usize>(b)); return String.UTF8.decode(b);
}
function insert(key: string, row: string): i32 {
  const t = bytes("log"), k = bytes(key), r = bytes(row);
  return table_insert(changetype<usize>(t), t.byteLength, changetype<usize>(k), k.byteLength, changetype<usize>(r), r.byteLength);
}
function get(url: string): i32 {
  const request = bytes('{"url":"' + url + '"}');
  return http_fetch(changetype<usize>(request), request.byteLength, 0, 0);
}
function message(): string { return taken(payload_len()); }

export function describe(): void { give(${JSON.stringify(JSON.stringify(description))}); }

export function call(nameLength: i32, argsLength: i32): void {
  const payload = new ArrayBuffer(nameLength + argsLength);
  take(changetype<usize>(payload));
  const name = String.UTF8.decode(payload.slice(0, nameLength));
  const args = String.UTF8.decode(payload.slice(nameLength));
  if (name == "$init") insert("init", '{ "b": 1, "a": [1.50] }');
  else if (name == "hold") {
    const url = args.slice(args.indexOf(":") + 2, args.length - 2);
    const local = "local of " + url;
    const length = get(url);
    if (length < 0) { give('"' + length.toString() + '"'); return; }
    const b = new ArrayBuffer(length); take(changetype<usize>(b));
    const head = load<u32>(changetype<usize>(b));
    const body = String.UTF8.decode(b.slice(4 + head));
    tx_begin(); insert(body, '"' + local + '"'); tx_commit();
    give('"' + body + " " + local + '"');
  }
  else if (name == "insert") insert("key", "1");
  else if (name == "codes") {
    const list: i32[] = [];
    list.push(insert("key", "1")); list.push(insert("key", "1"));
    const text = message();
    list.push(insert("bad", "{")); list.push(get("http://h/")); list.push(sleep_until(1)); list.push(tx_begin());
    const bad: u8[] = [0xff];
    list.push(table_insert(changetype<usize>(bytes("log")), 3, bad.dataStart, 1, changetype<usize>(bytes("1")), 1));
    list.push(table_scan(changetype<usize>(bytes("log")), 3, -8, 64, 0, 0));
    give('["' + list.join(",") + '", ' + (text.includes("already") ? "true" : "false") + "]");
  }
  else if (name == "fails") { insert("lost", "1"); const m = bytes("as recorded"); fail(-5, changetype<usize>(m), m.byteLength); }
  else if (name == "aborts") { const m = bytes("as aborted"); host_abort(changetype<usize>(m), m.byteLength, 3, 4); }
  else if (name == "traps") unreachable();
  else if (name == "loops") { while (true) {} }
  else if (name == "notJson") give("{");
  else if (name == "notText") { const bad: u8[] = [0x22, 0xff, 0x22]; result(bad.dataStart, 3); }
  else if (name == "leaves") { tx_begin(); insert("left", "1"); }
  else if (name == "sleeps") give(sleep_until(2000).toString());
}
`;

beforeAll(async () => {
  const files: Record<string, Uint8Array | string> = {};
  const arguments_ = ["module.ts", "-o", "module.wasm", "--runtime", "incremental", "--use", "abort="];
  const { error, stderr } = await asc.main(arguments_, {
    readFile: (name) => (name === "module.ts" ? source : null),
    writeFile: (name, contents) => {
      files[name] = contents;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(stderr.toString());
  wasm = files["module.wasm"] as Uint8Array;
});

startForEach({ budget: 500, clock: { mode: "virtual", now: 1000 } });

afterAll(() => {
  wasm = new Uint8Array();
});

test("two hundred calls are suspended at once and resumed in reverse, each with its own values", async () => {
  const module = await host.connect("as", wasm);
  const paths = Array.from({ length: 200 }, (_, index) => `/${index}`);
  const calls = paths.map((path) => host.value("hold", { url: origin.url(path) }));
  const arrivals = await Promise.all(paths.map((path) => origin.arrival(path)));
  const { modules } = await host.request<{ modules: { instances: number }[] }>("stats");
  expect(modules[0]?.instances).toBeGreaterThanOrEqual(200);
  for (const { response, path } of arrivals.reverse()) response.end(`body ${path}`);
  const expected = paths.map((path) => `body ${path} local of ${origin.url(path)}`);
  expect(await Promise.all(calls)).toEqual(expected);
  expect(await host.rows(module, "log")).toHaveLength(201);
  expect((await host.rows(module, "log")).at(-1)).toEqual(["init", { a: [1.5], b: 1 }]);
});

test("a reducer runs while calls are suspended, and refusals are codes with messages", async () => {
  const module = await host.connect("as", wasm);
  const held = host.call("hold", { url: origin.url("/a") });
  const arrival = await origin.arrival("/a");
  expect(await host.value("codes")).toEqual(["0,-5,-7,-4,-4,-4,-7,-7", true]);
  arrival.response.end("a");
  expect(await held).toMatchObject({ outcome: "returned", seqs: [3] });
  const reset = host.value("hold", { url: origin.url("/b") });
  (await origin.arrival("/b")).request.socket.destroy();
  expect(await reset).toBe("-9");
  expect((await host.rows(module, "log")).map(([key]) => key)).toEqual(["a", "init", "key"]);
});

test("a failure ends its call alone, with its category", async () => {
  const module = await host.connect("as", wasm);
  const held = host.call("hold", { url: origin.url("/a") });
  const arrival = await origin.arrival("/a");
  const failures = {
    fails: { category: "unique-violation", message: "as recorded" },
    aborts: { category: "guest-error", message: "as aborted" },
    traps: { category: "guest-error" },
    notJson: { category: "bad-value" },
    notText: { category: "bad-value" },
  };
  for (const [name, error] of Object.entries(failures)) {
    expect(await host.call(name)).toMatchObject({ outcome: "failed", error, seqs: [] });
  }
  expect(await host.call("leaves", {}, { call: "left" })).toMatchObject({ outcome: "returned", seqs: [] });
  await host.logged(({ call, level }) => call === "left" && level === "error");
  arrival.response.end("a");
  expect(await held).toMatchObject({ outcome: "returned", seqs: [2] });
  expect((await host.rows(module, "log")).map(([key]) => key)).toEqual(["a", "init"]);
});

test("an endless loop is stopped, and the lane is rebuilt", async () => {
  const module = await host.connect("as", wasm);
  const held = host.call("hold", { url: origin.url("/a") });
  await origin.arrival("/a");
  expect(await host.call("loops")).toMatchObject({ error: { category: "budget" } });
  expect(await held).toMatchObject({ error: { category: "lane-lost" } });
  expect(await host.call("insert")).toMatchObject({ seqs: [2] });
  expect(await host.rows(module, "log")).toHaveLength(2);
});

test("a sleep is suspended until its time", async () => {
  const module = await host.connect("as", wasm);
  const call = host.value("sleeps");
  await host.request("quiesce", { module, outcomes: 0 });
  await host.request("clock/advance", { to: 2000 });
  expect(await call).toBe(0);
  expect(await host.value("sleeps")).toBe(0);
});

test.each([
  ["imports from elsewhere", '(import "env" "f" (func))', /env\.f/],
  ["imports what the ABI has not", '(import "evenlane_1" "nope" (func))', /nope/],
  ["no memory", "", /memory/],
])("a module with %s is refused", async (_, text, message) => {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.parseText(`(module ${text})`);
  await expect(host.load("as", module.emitBinary())).rejects.toMatchObject({ data: { reason: "compile" }, message });
});
