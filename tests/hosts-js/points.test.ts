/** The blocking path where it is stopped: at points, before transactions, and by cancelling. */
import { beforeEach, describe, expect, test } from "vitest";
import { host, origin, restart, startForEach } from "./each.ts";
import { type GuestFunction, guestSource } from "./guest.ts";
import { cancelledWith, Script, scriptModule } from "./script.ts";

let script: Script;

startForEach({ budget: 500, clock: { mode: "virtual", now: 1000 } });

beforeEach(() => {
  script = new Script(host);
});

const park = { park: true };
const tx = (...ops: unknown[]) => [{ tx: ops }];
const cells = async (module: string) => (await host.rows(module, "cells")).map(([key]) => key);
const quiet = (module: string, outcomes = 0) => host.request("quiesce", { module, outcomes });
const goOn = (module: string, call: string) => host.request("tx/continue", { module, call });

describe("a point", () => {
  test("stops a call that was asked to, with its transaction open, each time until it goes on", async () => {
    const module = await host.connect("ts", scriptModule("ts"));
    const call = script.block("p", tx(["put", "a", 1], ["point", "one"], ["put", "b", 1], ["point", "two"]), park);
    expect(await host.parked("p")).toBe("one");
    expect(await quiet(module)).toEqual({ outcomes: 0, fetchesInFlight: 0 });
    expect(await cells(module)).toEqual([]);
    await goOn(module, "p");
    expect(await host.parked("p")).toBe("two");
    await goOn(module, "p");
    expect(await call).toMatchObject({ outcome: "returned", seqs: [1] });
    expect(await cells(module)).toEqual(["a", "b"]);
  });

  test.each([
    ["ts", "playBlocking", false],
    ["ts", "play", true],
    ["as", "play", true],
    ["as", "playBlocking", true],
  ] as const)("does nothing otherwise (%s, %s, park: %s)", async (guest, name, asked) => {
    await host.connect(guest, scriptModule(guest));
    const call = await host.call(name, { steps: tx(["point", "p"], ["put", "a", 1]) }, { park: asked });
    expect(call).toMatchObject({ outcome: "returned", value: [{ tx: [null, null] }], seqs: [1] });
    expect(host.parkings).toEqual([]);
  });

  test("is refused outside of a transaction, and takes text alone", async () => {
    const codes: GuestFunction = {
      name: "codes",
      kind: "procedure",
      mode: "sync",
      body: `(host) => {
        const list = [host.txPoint("early")];
        host.txBegin();
        list.push(host.txPoint(1), host.txPoint("\\ud800"), host.txPoint("fine"), host.txAbort(), host.txPoint("late"));
        return list;
      }`,
    };
    const reducer: GuestFunction = { name: "reducer", kind: "reducer", body: `(host) => host.txPoint("in a reducer")` };
    await host.connect("ts", guestSource({ functions: [codes, reducer] }));
    expect(await host.value("codes")).toEqual([-2, -7, -7, 0, 0, -2]);
    expect(await host.value("reducer")).toBe(0);
  });

  test("goes on for a call that is parked only", async () => {
    const module = await host.connect("ts", scriptModule("ts"));
    const call = script.block("p", tx(["point", "one"]), park);
    await host.parked("p");
    await expect(goOn("m9", "p")).rejects.toMatchObject({ code: -32001 });
    await expect(goOn(module, "other")).rejects.toMatchObject({ code: -32002, message: /other/ });
    const asleep = script.block("asleep", [{ sleep: 2000 }], park);
    await quiet(module);
    await expect(goOn(module, "asleep")).rejects.toMatchObject({ code: -32002 });
    await host.cancel("asleep");
    expect(await asleep).toMatchObject(cancelledWith());
    await goOn(module, "p");
    expect(await call).toMatchObject({ outcome: "returned" });
    await expect(goOn(module, "p")).rejects.toMatchObject({ code: -32002 });
  });

  test("keeps transactions from beginning, which counts as standing still, and lets all else go on", async () => {
    const module = await host.connect("ts", scriptModule("ts"));
    const slow = script.play("fetching", { fetch: origin.url("/a") }, ...tx(["record", "fetching"]));
    const arrival = await origin.arrival("/a");
    const parked = script.block("p", tx(["record", "parked"], ["point", "one"]), park);
    await host.parked("p");
    // The lane's next reducer cannot begin, and those behind it wait.
    const reducers = [script.run("r1", ["record", "r1"]), script.run("r2", ["record", "r2"])];
    const blocked = script.block("b", tx(["record", "blocked"]));
    expect(await quiet(module)).toEqual({ outcomes: 0, fetchesInFlight: 1 });
    // A completion passes the reducers: its turn waits inside `withTx`, which is what this answer waits for.
    const still = quiet(module, 1);
    arrival.response.end("a");
    expect(await still).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    await host.request("clock/advance", { to: 2000 });
    expect(await host.rows(module, "log")).toEqual([]);
    await goOn(module, "p");
    const results = await Promise.all([parked, slow, blocked, ...reducers]);
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(5).fill("returned"));
    expect(await quiet(module, 1)).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    const log = (await host.rows(module, "log")).map(([, row]) => (row as { token: string }).token);
    expect(log[0]).toBe("parked");
    expect([...log].sort()).toEqual(["blocked", "fetching", "parked", "r1", "r2"]);
    expect(results.flatMap(({ seqs }) => seqs).sort()).toEqual([1, 2, 3, 4, 5]);
  });

  test("is left by a call whose module is unloaded", async () => {
    const module = await host.connect("ts", scriptModule("ts"));
    const call = script.block("p", tx(["point", "one"]), park);
    const waiting = script.block("w", tx(["put", "w", 1]));
    await host.parked("p");
    await quiet(module);
    await host.request("module/unload", { module });
    for (const each of [call, waiting]) expect(await each).toMatchObject({ error: { category: "shutdown" }, seqs: [] });
    const next = await host.connect("ts", scriptModule("ts"));
    await script.run("r", ["put", "r", 1]);
    expect(await cells(next)).toEqual(["r"]);
  });
});

describe("cancelling", () => {
  test("at a point undoes the transaction, and the guest reads -14", async () => {
    const codes: GuestFunction = {
      name: "codes",
      kind: "procedure",
      mode: "sync",
      body: `(host) => {
        if (seen.length > 0) return seen;
        host.txBegin();
        seen.push(host.tableInsert("log", "k", "1"), host.txPoint("p"), host.message(), host.txCommit(null));
        seen.push(host.txBegin(), host.tableGet("log", "k"), host.sleepUntil(5), host.fetch('{"url":"http://h/"}', null));
      }`,
    };
    const module = await host.connect("ts", guestSource({ top: "const seen = [];", functions: [codes] }));
    const call = host.call("codes", {}, { call: "p", park: true });
    await host.parked("p");
    expect(await host.cancel("p")).toEqual({});
    expect(await call).toMatchObject(cancelledWith());
    await quiet(module);
    expect(await host.value("codes")).toEqual([0, -14, "the call was cancelled", -14, -14, -14, -14, -14]);
    expect(await host.rows(module, "log")).toEqual([]);
    await expect(goOn(module, "p")).rejects.toMatchObject({ code: -32002 });
  });

  test("in a fetch or a sleep drops it: what the guest still does is refused", async () => {
    const module = await host.connect("ts", scriptModule("ts"));
    const put = (key: string) => ({ tx: [["put", key, 1]] });
    const fetching = script.block("f", [put("before"), { fetch: origin.url("/a") }, put("never")]);
    const sleeping = script.block("s", [{ sleep: 5000 }, put("never")]);
    const arrival = await origin.arrival("/a");
    await quiet(module);
    await Promise.all([host.cancel("f"), host.cancel("s")]);
    expect(await fetching).toMatchObject(cancelledWith(1));
    expect(await sleeping).toMatchObject(cancelledWith());
    await arrival.closed;
    expect(await quiet(module, 1)).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    await host.request("clock/advance", { to: 9000 });
    // Both places are whole: they run further calls.
    const calls = [1, 2].map((n) => script.block(`n${n}`, [{ fetch: origin.url(`/n${n}`) }, put(`n${n}`)]));
    for (const n of [1, 2]) await origin.release(`/n${n}`);
    for (const call of calls) expect(await call).toMatchObject({ outcome: "returned" });
    expect(await cells(module)).toEqual(["before", "n1", "n2"]);
  });

  test("before a transaction that cannot begin ends the wait", async () => {
    const module = await host.connect("ts", scriptModule("ts"));
    const parked = script.block("p", tx(["put", "p", 1], ["point", "one"]), park);
    await host.parked("p");
    const waiting = script.block("w", tx(["put", "never", 1]));
    const patient = script.block("v", tx(["put", "v", 1]));
    await quiet(module);
    await host.cancel("w");
    expect(await waiting).toMatchObject(cancelledWith());
    await quiet(module);
    await goOn(module, "p");
    expect(await parked).toMatchObject({ outcome: "returned" });
    expect(await patient).toMatchObject({ outcome: "returned" });
    expect(await cells(module)).toEqual(["p", "v"]);
  });

  test("a parked call lets those that wait for its transaction go on", async () => {
    const module = await host.connect("ts", scriptModule("ts"));
    const parked = script.block("p", tx(["put", "never", 1], ["point", "one"]), park);
    await host.parked("p");
    const waiting = [script.run("r", ["put", "r", 1]), script.block("w", tx(["put", "w", 1]))];
    await quiet(module);
    await host.cancel("p");
    expect(await parked).toMatchObject(cancelledWith());
    for (const call of waiting) expect(await call).toMatchObject({ outcome: "returned" });
    expect(await cells(module)).toEqual(["r", "w"]);
  });

  test("in the queue for a place ends without having begun", async () => {
    const module = await host.connect("ts", scriptModule("ts"));
    const paths = ["/0", "/1", "/2", "/3", "/4"];
    const calls = paths.map((path) => script.block(path, [{ fetch: origin.url(path) }]));
    const arrivals = await Promise.all(paths.slice(0, 4).map((path) => origin.arrival(path)));
    await host.cancel("/4");
    expect(await calls[4]).toMatchObject(cancelledWith());
    for (const { response } of arrivals) response.end();
    await Promise.all(calls);
    await quiet(module, 4);
    expect(origin.order).toHaveLength(4);
  });

  test("before its connection is open ends without having begun", async () => {
    const module = await host.load("ts", guestSource({ hooks: { connected: "() => 1" }, functions: [never] }));
    await host.request("lane/pause", { module });
    const opened = host.request("connection/open", { module, connection: "k" });
    const call = host.call("never", {}, { call: "c" });
    await host.cancel("c");
    expect(await call).toMatchObject(cancelledWith());
    await host.request("lane/resume", { module });
    await opened;
    await quiet(module);
    expect(host.logs).toEqual([]);
  });

  const never: GuestFunction = {
    name: "never",
    kind: "procedure",
    mode: "sync",
    body: `(host) => { host.log(3, "it has begun"); }`,
  };

  test("in a running guest ends the call at once, and its transaction at the guest's next host call", async () => {
    const polls: GuestFunction = {
      name: "polls",
      kind: "procedure",
      mode: "sync",
      body: `(host) => {
        host.txBegin();
        append(host, "undone");
        host.log(1, "open");
        while (host.tableGet("log", "none") !== -14);
      }`,
    };
    const record: GuestFunction = { name: "record", kind: "reducer", body: `(host) => append(host, "kept")` };
    const module = await host.connect("ts", guestSource({ functions: [polls, record] }));
    const call = host.call("polls", {}, { call: "polls" });
    await host.logged(({ message }) => message === "open");
    const waiting = host.call("record");
    await host.cancel("polls");
    expect(await call).toMatchObject(cancelledWith());
    expect(await waiting).toMatchObject({ outcome: "returned", seqs: [1] });
    await quiet(module);
    expect(await host.rows(module, "log")).toEqual([["000000", "kept"]]);
  });

  test("takes what the call had open and was waiting for from a guest that does not end", async () => {
    // The budget of 10 s is not used up here: both guests run to the end of the test.
    await restart();
    const spins = (name: string, body: string): GuestFunction => ({
      name,
      kind: "procedure",
      mode: "sync",
      params: [{ name: "url", type: "string" }],
      body: `(host, { url }) => { ${body} for (;;); }`,
    });
    const opens = spins(
      "opens",
      `host.txBegin(); append(host, "undone"); host.log(1, url); while (host.tableGet("log", "none") !== -14);`,
    );
    const record: GuestFunction = { name: "record", kind: "reducer", body: `(host) => append(host, "kept")` };
    const fetches = spins("fetches", "host.fetch(JSON.stringify({ url }), null);");
    const module = await host.connect("ts", guestSource({ functions: [opens, fetches, record] }));
    const fetching = host.call("fetches", { url: origin.url("/a") }, { call: "fetches" });
    const arrival = await origin.arrival("/a");
    const opening = host.call("opens", { url: "open" }, { call: "opens" });
    await host.logged(({ message }) => message === "open");
    const waiting = host.call("record");
    await Promise.all([host.cancel("fetches"), host.cancel("opens")]);
    expect(await Promise.all([fetching, opening])).toMatchObject([cancelledWith(), cancelledWith()]);
    await arrival.closed;
    expect(await waiting).toMatchObject({ outcome: "returned", seqs: [1] });
    expect(await host.rows(module, "log")).toEqual([["000000", "kept"]]);
    // One of the lane, and both Workers of the blocking path, which were not ended.
    expect(await host.request("stats")).toMatchObject({ modules: [{ callsInFlight: 0, instances: 3 }] });
  });

  test("a guest that loops is stopped by its budget later, and nobody hears of it", async () => {
    const loops: GuestFunction = {
      name: "loops",
      kind: "procedure",
      mode: "sync",
      body: `(host) => { host.txBegin(); host.log(1, "open"); for (;;); }`,
    };
    const plain: GuestFunction = { name: "plain", kind: "procedure", mode: "sync", body: "() => 1" };
    const module = await host.connect("ts", guestSource({ functions: [loops, plain] }));
    const call = host.call("loops", {}, { call: "loops" });
    await host.logged(({ message }) => message === "open");
    await host.cancel("loops");
    expect(await call).toMatchObject(cancelledWith());
    await quiet(module);
    expect(await host.value("plain")).toBe(1);
  });
});
