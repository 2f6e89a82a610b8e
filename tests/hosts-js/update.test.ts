/** New code for a module that stays loaded. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";
import { fetchThenRecord, type GuestFunction, type GuestParts, guestSource, record, text } from "./guest.ts";

startForEach({ clock: { mode: "virtual", now: 1000 }, budget: 1000 });

/** Gives which code it is of. */
const which = (answer: string, mode: "async" | "sync" = "async"): GuestFunction => ({
  name: "which",
  kind: "procedure",
  mode,
  params: [],
  body: `() => ${JSON.stringify(answer)}`,
});
const block: GuestFunction = {
  name: "block",
  kind: "procedure",
  mode: "sync",
  params: [text("url")],
  body: `(host, { url }) => { const body = getSync(host, url); tx(host, () => append(host, "blocked: " + body)); return body; }`,
};
const spin: GuestFunction = {
  name: "spin",
  kind: "procedure",
  mode: "async",
  params: [],
  body: "async () => { for (;;); }",
};
const oldRecord: GuestFunction = { ...record, body: `(host, { text }) => append(host, "old: " + text)` };
const newRecord: GuestFunction = { ...record, body: `(host, { text }) => append(host, "new: " + text)` };

function write(source: string): { path: string; sha256: string } {
  const sha256 = createHash("sha256").update(source).digest("hex");
  const path = join(host.folder, `update-${sha256.slice(0, 16)}`);
  writeFileSync(path, source);
  return { path, sha256 };
}

const update = (module: string, parts: GuestParts) =>
  host.request<{ interface: { tables: string[] } }>("module/update", { module, ...write(guestSource(parts)) });
const log = async (module: string) => (await host.rows(module, "log")).map(([, row]) => row);
const instances = async () => {
  const { modules } = await host.request<{ modules: { instances: number }[] }>("stats");
  return modules.map((each) => each.instances);
};

test("held calls of both paths end by the code that they began with", async () => {
  const old = guestSource({ functions: [oldRecord, fetchThenRecord, block, which("old", "sync")] });
  const module = await host.connect("ts", old);
  const held = host.call("fetchThenRecord", { url: origin.url("/lane") });
  const blocked = host.call("block", { url: origin.url("/pool") });
  const [lane, pool] = await Promise.all([origin.arrival("/lane"), origin.arrival("/pool")]);

  const answer = await update(module, { functions: [newRecord, which("new", "sync")], tables: ["fresh", "log"] });
  expect(answer.interface.tables).toEqual(["fresh", "log"]);
  await host.value("record", { text: "a" });
  expect(await host.value("which")).toBe("new");
  expect(await host.call("block", { url: "" })).toMatchObject({ error: { category: "unknown-function" } });
  pool.response.end("p");
  expect(await blocked).toMatchObject({ value: "p" });
  lane.response.end("l");
  expect(await held).toMatchObject({ value: "l" });
  expect(await log(module)).toEqual(["new: a", "blocked: p", "l"]);
  expect(await host.rows(module, "fresh")).toEqual([]);
  // Of the old code neither the lane's guest nor the Worker of the blocking path is left.
  expect(await instances()).toEqual([2]);
});

test("code that is refused changes nothing", async () => {
  const module = await host.connect("ts", guestSource({ functions: [oldRecord] }));
  const refusal = (reason: string, message: RegExp) => ({ code: -32000, data: { reason }, message });
  await expect(update(module, { functions: [], tables: ["other"] })).rejects.toMatchObject(
    refusal("interface", /the table log/),
  );
  await expect(update(module, { functions: [], top: "for (;;);" })).rejects.toMatchObject(
    refusal("compile", /budget of 1000 ms/),
  );
  await expect(update(module, { functions: [], top: "}" })).rejects.toMatchObject(refusal("compile", /./));
  const { path } = write("export default 1;");
  const request = host.request("module/update", { module, path, sha256: "0".repeat(64) });
  await expect(request).rejects.toMatchObject(refusal("hash-mismatch", /./));
  await expect(host.request("module/update", { module: "m9", path, sha256: "0".repeat(64) })).rejects.toMatchObject({
    code: -32001,
  });
  await host.value("record", { text: "a" });
  expect(await log(module)).toEqual(["old: a"]);
  expect(await instances()).toEqual([1]);
});

test("tables keep their rows whatever order the new code names them in, and hooks are the new code's", async () => {
  const put = (table: string): GuestFunction => ({
    name: "put",
    kind: "reducer",
    params: [],
    body: `(host) => must(host, host.tableInsert("${table}", "k", '"${table}"'))`,
  });
  const hooks = { init: '(host) => append(host, "init")' };
  const module = await host.connect("ts", guestSource({ tables: ["log", "b"], hooks, functions: [put("b")] }));
  await host.value("put");
  await host.request("table/subscribe", { module, table: "b", subscription: "s" });
  const more = { ...hooks, disconnected: '(host) => append(host, "gone")' };
  await update(module, { tables: ["a", "b", "log"], hooks: more, functions: [put("a")] });
  await host.value("put");
  await host.request("connection/close", { connection: "k" });
  expect(await host.rows(module, "a")).toEqual([["k", "a"]]);
  expect(await host.rows(module, "b")).toEqual([["k", "b"]]);
  expect(await log(module)).toEqual(["init", "gone"]);
  expect(host.changes).toEqual([]);
  await expect(update(module, { tables: ["b", "log"], functions: [] })).rejects.toMatchObject({
    data: { reason: "interface" },
  });
});

test("a call that waits is checked again when it begins, and begins as what it is then", async () => {
  const after: GuestFunction[] = [
    { name: "toSync", kind: "procedure", mode: "sync", params: [], body: '() => "sync"' },
    { name: "toReducer", kind: "reducer", params: [], body: '(host) => append(host, "as a reducer")' },
    { name: "narrower", kind: "reducer", params: [text("more")], body: "() => 0" },
  ];
  const before: GuestFunction[] = [
    { name: "toSync", kind: "reducer", params: [], body: "() => 0" },
    { name: "toReducer", kind: "procedure", mode: "async", params: [], body: "async () => 0" },
    { name: "narrower", kind: "reducer", params: [], body: "() => 0" },
    { name: "goes", kind: "reducer", params: [], body: "() => 0" },
  ];
  const module = await host.connect("ts", guestSource({ functions: [oldRecord, ...before] }));
  await host.request("lane/pause", { module });
  const calls = ["toSync", "toReducer", "narrower", "goes"].map((name) => host.call(name));
  const last = host.call("record", { text: "b" });
  await update(module, { functions: [newRecord, ...after] });
  await host.request("lane/resume", { module });
  expect(await Promise.all(calls)).toMatchObject([
    { outcome: "returned", value: "sync" },
    { outcome: "returned" },
    { outcome: "failed", error: { category: "bad-arguments" } },
    { outcome: "failed", error: { category: "unknown-function" } },
  ]);
  await last;
  expect(await log(module)).toEqual(["as a reducer", "new: b"]);
});

test("calls that wait for the blocking path run the new code on it, or on the lane", async () => {
  const waits: GuestFunction = { name: "waits", kind: "procedure", mode: "sync", params: [], body: '() => "old"' };
  const module = await host.connect("ts", guestSource({ functions: [block, waits, which("old", "sync")] }));
  const urls = ["/0", "/1", "/2", "/3"];
  const blocked = urls.map((path) => host.call("block", { url: origin.url(path) }));
  const arrivals = await Promise.all(urls.map((path) => origin.arrival(path)));
  const waiting = [host.call("waits"), host.call("which"), host.call("waits")];
  await update(module, { functions: [{ ...waits, body: '() => "new"' }, which("lane")] });
  for (const arrival of arrivals) arrival.response.end("done");
  expect(await Promise.all(blocked)).toMatchObject(urls.map(() => ({ value: "done" })));
  expect(await Promise.all(waiting)).toMatchObject([{ value: "new" }, { value: "lane" }, { value: "new" }]);
});

test("a guest that is ended loses what had begun in it, and nothing of the other code", async () => {
  const hang: GuestFunction = {
    name: "hang",
    kind: "procedure",
    mode: "async",
    params: [text("url")],
    body: "async (host, { url }) => { await get(host, url); for (;;); }",
  };
  const module = await host.connect("ts", guestSource({ functions: [hang, fetchThenRecord] }));
  const hanging = host.call("hang", { url: origin.url("/hang") });
  const beside = host.call("fetchThenRecord", { url: origin.url("/beside") });
  const hangs = await origin.arrival("/hang");
  await origin.arrival("/beside");
  await update(module, { functions: [spin, fetchThenRecord, which("new")] });
  const kept = host.call("fetchThenRecord", { url: origin.url("/kept") });
  const keeps = await origin.arrival("/kept");

  hangs.response.end("");
  expect(await hanging).toMatchObject({ error: { category: "budget" } });
  expect(await beside).toMatchObject({ error: { category: "lane-lost" } });
  keeps.response.end("kept");
  expect(await kept).toMatchObject({ value: "kept" });

  const older = host.call("fetchThenRecord", { url: origin.url("/older") });
  const oldest = await origin.arrival("/older");
  await update(module, { functions: [spin, which("newest")] });
  expect(await host.call("spin")).toMatchObject({ error: { category: "budget" } });
  oldest.response.end("older");
  expect(await older).toMatchObject({ value: "older" });
  expect(await host.value("which")).toBe("newest");
  expect(await log(module)).toEqual(["kept", "older"]);
  expect(await instances()).toEqual([1]);
});

test("a schedule whose function is gone fires as unknown-function, which is logged", async () => {
  const plan: GuestFunction = {
    name: "plan",
    kind: "reducer",
    params: [],
    body: `(host) => must(host, host.schedule("plan", "{}", 2000))`,
  };
  const module = await host.connect("ts", guestSource({ functions: [plan] }));
  await host.value("plan");
  await update(module, { functions: [record] });
  await host.request("clock/advance", { to: 2000 });
  const line = await host.logged(({ level }) => level === "error");
  expect(line.message).toMatch(/plan failed: unknown-function/);
});

test("updates follow one another in the order of their requests, and end with their module", async () => {
  const module = await host.connect("ts", guestSource({ functions: [which("0")] }));
  const filler = `/* ${"x".repeat(1 << 20)} */`;
  await Promise.all([
    update(module, { functions: [which("1")], top: filler }),
    update(module, { functions: [which("2")] }),
  ]);
  expect(await host.value("which")).toBe("2");
  const late = update(module, { functions: [which("3")] });
  const refused = expect(late).rejects.toMatchObject({ code: -32001 });
  await host.request("module/unload", { module });
  await refused;
});
