/** Reducers that procedures submit, the time of a transaction, and UUIDs. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { newUuidMemory, nextUuid } from "../../hosts/js/store/uuids.ts";
import { host, origin, startForEach } from "./each.ts";
import { type GuestFunction, guestSource, record, text } from "./guest.ts";

startForEach({ clock: { mode: "virtual", now: 1000 } });

const submit = (mode: "async" | "sync"): GuestFunction => ({
  name: mode === "async" ? "submit" : "submitSync",
  kind: "procedure",
  mode,
  params: [text("url")],
  body: `${mode === "async" ? "async " : ""}(host, { url }) => {
    for (const text of ["1", "2"]) must(host, host.callReducer("record", JSON.stringify({ text: "before " + text })));
    ${mode === "async" ? "await get" : "getSync"}(host, url);
    must(host, host.callReducer("record", JSON.stringify({ text: "after" })));
    throw new Error("failed afterwards");
  }`,
});

const values = async (module: string) => (await host.rows(module, "log")).map(([, row]) => row);

test.each(["submit", "submitSync"])(
  "%s: they run in the order of submission, also where the caller fails",
  async (name) => {
    const module = await host.connect("ts", guestSource({ functions: [record, submit("async"), submit("sync")] }));
    const call = host.call(name, { url: origin.url("/a") });
    const arrival = await origin.arrival("/a");
    await host.value("record", { text: "a client's" });
    arrival.response.end();
    expect(await call).toMatchObject({ outcome: "failed", error: { category: "guest-error" }, seqs: [] });
    await host.request("quiesce", { module, outcomes: 1 });
    expect(await values(module)).toEqual(["before 1", "before 2", "a client's", "after"]);
  },
);

test("one runs in the name of its caller, and its failure is a warning that the caller does not learn of", async () => {
  const who: GuestFunction = {
    name: "who",
    kind: "reducer",
    params: [{ name: "fail", type: "boolean" }],
    body: `(host, { fail }) => {
      if (fail) throw new Error("refused by who");
      const { sender, connection } = JSON.parse(host.context());
      append(host, { sender, connection });
    }`,
  };
  const calls: GuestFunction = {
    name: "calls",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async (host) => [true, false].map((fail) => host.callReducer("who", JSON.stringify({ fail })))`,
  };
  const module = await host.load("ts", guestSource({ functions: [who, calls] }));
  const { identity } = await host.request<{ identity: string }>("connection/open", { module, connection: "k" });
  expect(await host.call("calls")).toMatchObject({ value: [0, 0], seqs: [] });
  await host.request("quiesce", { module, outcomes: 0 });
  expect(await values(module)).toEqual([{ sender: identity, connection: "k" }]);
  expect(host.logs).toEqual([
    {
      module,
      call: null,
      level: "warn",
      message: "the reducer who, called by c1, failed: guest-error: refused by who",
    },
  ]);
});

test("what is no call of a reducer is refused", async () => {
  const attempts: GuestFunction = {
    name: "attempts",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async (host) => {
      const given = [["none", "{}"], ["attempts", "{}"], ["record", "{}"], ["record", '{"text":1}'], ["record", "[]"], ["record", "{"], [1, "{}"]];
      const codes = given.map(([name, args]) => host.callReducer(name, args));
      host.txBegin();
      codes.push(host.callReducer("record", '{"text":"x"}'));
      host.txAbort();
      return codes;
    }`,
  };
  const inside: GuestFunction = {
    name: "inside",
    kind: "reducer",
    params: [],
    body: `(host) => host.callReducer("record", '{"text":"x"}')`,
  };
  const module = await host.connect("ts", guestSource({ functions: [record, attempts, inside] }));
  expect(await host.value("attempts")).toEqual([-7, -7, -7, -7, -7, -7, -7, -3]);
  expect(await host.value("inside")).toBe(-4);
  await host.request("quiesce", { module, outcomes: 0 });
  expect(await values(module)).toEqual([]);
});

test("a transaction's time is the clock's when it began", async () => {
  const times = (mode: "async" | "sync"): GuestFunction => ({
    name: mode === "async" ? "times" : "timesSync",
    kind: "procedure",
    mode,
    params: [{ name: "at", type: "number" }],
    body: `${mode === "async" ? "async " : ""}(host, { at }) => {
      const time = () => tx(host, () => must(host, host.txTimestamp()));
      const first = time();
      must(host, ${mode === "async" ? "await " : ""}host.sleepUntil(at));
      return [JSON.parse(host.context()).timestamp, first, time(), host.txTimestamp()];
    }`,
  });
  const module = await host.connect("ts", guestSource({ functions: [times("async"), times("sync")] }));
  const calls = [host.value("times", { at: 3000 }), host.value("timesSync", { at: 3000 })];
  await host.request("quiesce", { module, outcomes: 0 });
  await host.request("clock/advance", { to: 4000 });
  for (const call of calls) expect(await call).toEqual([1000, 1000, 3000, -2]);
});

test("a transaction that waited for another began when it was over", async () => {
  const waits: GuestFunction = {
    name: "waits",
    kind: "procedure",
    mode: "async",
    params: [],
    body: `async (host) => tx(host, () => must(host, host.txTimestamp()))`,
  };
  const parks: GuestFunction = {
    name: "parks",
    kind: "procedure",
    mode: "sync",
    params: [],
    body: `(host) => tx(host, () => must(host, host.txPoint("p")))`,
  };
  const module = await host.connect("ts", guestSource({ functions: [waits, parks] }));
  const parked = host.call("parks", {}, { call: "parked", park: true });
  await host.parked("parked");
  const waiting = host.value("waits");
  await host.request("quiesce", { module, outcomes: 0 });
  await host.request("clock/advance", { to: 2500 });
  await host.request("tx/continue", { module, call: "parked" });
  expect(await parked).toMatchObject({ outcome: "returned" });
  expect(await waiting).toBe(2500);
});

describe("UUIDs", () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  test("are of version 7, and say the time, the number and the seed's bytes", () => {
    const memory = newUuidMemory();
    const at = 0x0123_4567_89ab;
    const entropy = (n: number) => createHash("sha256").update(`s:uuid:${n}`).digest("hex").slice(0, 8);
    expect(nextUuid(memory, "s", at)).toBe(`01234567-89ab-7000-8000-0000${entropy(0)}`);
    expect(nextUuid(memory, "s", at + 0.9)).toBe(`01234567-89ab-7000-8000-0001${entropy(1)}`);
    // The clock went back.
    expect(nextUuid(memory, "s", 5)).toBe(`01234567-89ab-7000-8000-0002${entropy(2)}`);
    memory[0] = (1n << 30n) + 3n;
    expect(nextUuid(memory, "s", at + 1)).toMatch(/^01234567-89ac-7001-8000-0003/);
    expect(nextUuid(newUuidMemory(), "s", -5)).toMatch(/^00000000-0000-7000-/);
  });

  test("of calls of every kind are ordered and unique", async () => {
    const make = (name: string, kind: GuestFunction["kind"], mode?: "async" | "sync"): GuestFunction => ({
      name,
      kind,
      ...(mode && { mode }),
      params: [],
      body: `${mode === "async" ? "async " : ""}(host) => [host.uuid(), host.uuid()]`,
    });
    const functions = [make("r", "reducer"), make("a", "procedure", "async"), make("s", "procedure", "sync")];
    await host.connect("ts", guestSource({ functions }));
    const made: string[] = [];
    for (const name of ["r", "a", "s", "r"]) made.push(...(await host.value<string[]>(name)));
    for (const each of made) expect(each).toMatch(uuid);
    expect(made).toEqual([...new Set(made)].sort());
    expect(made.map((each) => Number.parseInt(each.slice(24, 28), 16))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
