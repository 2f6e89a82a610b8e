/** Cancelling calls on the lane: queued, held, in a running turn. */
import { beforeEach, describe, expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";
import { type GuestFunction, guestSource } from "./guest.ts";
import { cancelledWith, Script, scriptModule } from "./script.ts";

let script: Script;

startForEach({ clock: { mode: "virtual", now: 1000 } });

beforeEach(() => {
  script = new Script(host);
});

const cells = async (module: string) => (await host.rows(module, "cells")).map(([key]) => key);
const inFlight = async () =>
  (await host.request<{ modules: { callsInFlight: number }[] }>("stats")).modules[0]?.callsInFlight;

describe.each(["ts", "as"] as const)("%s", (guest) => {
  test("a call that waits in the queue ends without having begun", async () => {
    const module = await host.connect(guest, scriptModule(guest));
    await host.request("lane/pause", { module });
    const reducer = script.run("a", ["put", "a", 1]);
    const procedure = script.play("b", { tx: [["put", "b", 1]] });
    const last = script.run("c", ["put", "c", 1]);
    await host.cancel("a");
    await host.cancel("b");
    expect(await reducer).toMatchObject(cancelledWith());
    expect(await procedure).toMatchObject(cancelledWith());
    expect(await host.request("lane/step", { module })).toEqual({
      turn: { kind: "request", call: "c", function: "run" },
    });
    expect(await last).toMatchObject({ outcome: "returned", seqs: [1] });
    await host.request("lane/resume", { module });
    expect(await cells(module)).toEqual(["c"]);
  });

  test("a held call ends at once: its fetch is dropped, and its guest never goes on", async () => {
    const module = await host.connect(guest, scriptModule(guest));
    const put = (key: string) => ({ tx: [["put", key, 1]] });
    const held = script.play("held", put("before"), { fetch: origin.url("/held") }, put("never"));
    const other = script.play("other", { fetch: origin.url("/other") }, put("other"));
    const arrival = await origin.arrival("/held");
    const kept = await origin.arrival("/other");
    const quiet = host.request("quiesce", { module, outcomes: 1 });
    await host.cancel("held");
    expect(await held).toMatchObject(cancelledWith(1));
    await arrival.closed;
    expect(await quiet).toEqual({ outcomes: 1, fetchesInFlight: 1 });
    expect(await inFlight()).toBe(1);
    kept.response.end("o");
    expect(await other).toMatchObject({ outcome: "returned", seqs: [2] });
    expect(await cells(module)).toEqual(["before", "other"]);
  });

  test("a call whose response waits in the queue ends without it", async () => {
    const module = await host.connect(guest, scriptModule(guest));
    const held = script.play("held", { fetch: origin.url("/a") }, { tx: [["put", "never", 1]] });
    const arrival = await origin.arrival("/a");
    await host.request("lane/pause", { module });
    arrival.response.end("a");
    expect(await host.request("quiesce", { module, outcomes: 1 })).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    await host.cancel("held");
    expect(await held).toMatchObject(cancelledWith());
    expect(await host.request("lane/step", { module })).toEqual({ turn: null });
    await host.request("lane/resume", { module });
    await script.run("after", ["put", "after", 1]);
    expect(await host.request("quiesce", { module, outcomes: 1 })).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    expect(await cells(module)).toEqual(["after"]);
  });

  test("a sleeping call ends, and its time passes without it", async () => {
    const module = await host.connect(guest, scriptModule(guest));
    const asleep = script.play("asleep", { sleep: 2000 }, { tx: [["put", "never", 1]] });
    const woken = script.play("woken", { sleep: 2000 }, { tx: [["put", "woken", 1]] });
    await host.request("quiesce", { module, outcomes: 0 });
    await host.cancel("asleep");
    expect(await asleep).toMatchObject(cancelledWith());
    await host.request("clock/advance", { to: 3000 });
    expect(await woken).toMatchObject({ outcome: "returned" });
    expect(await cells(module)).toEqual(["woken"]);
  });

  test("a call that has ended is left alone, and one that never was is unknown", async () => {
    await host.connect(guest, scriptModule(guest));
    expect(await script.run("done", ["put", "a", 1])).toMatchObject({ outcome: "returned" });
    expect(await host.call("nothing", {}, { call: "failed" })).toMatchObject({ outcome: "failed" });
    expect(await host.cancel("done")).toEqual({});
    expect(await host.cancel("failed")).toEqual({});
    await expect(host.cancel("never")).rejects.toMatchObject({ code: -32001, message: /never/ });
    // The name is free again, and what was said of the call before it does not reach this one.
    expect(await script.run("done", ["get", "a"])).toMatchObject({ outcome: "returned", value: [1] });
  });
});

test("the instance of a cancelled wasm call is not used again", async () => {
  await host.connect("as", scriptModule("as"));
  const instances = async () =>
    (await host.request<{ modules: { instances: number }[] }>("stats")).modules[0]?.instances;
  await script.run("before");
  // One for procedures, and one for reducers.
  expect(await instances()).toBe(2);
  const held = script.play("held", { fetch: origin.url("/a") });
  await origin.arrival("/a");
  await host.cancel("held");
  expect(await held).toMatchObject(cancelledWith());
  await script.run("after");
  expect(await instances()).toBe(1);
  const again = script.play("again", { fetch: origin.url("/b") });
  await origin.release("/b", "b");
  expect(await again).toMatchObject({ value: [{ status: 200, body: "b" }] });
  expect(await instances()).toBe(2);
});

test("a JavaScript guest that waits for more than its fetch is gone too, whatever settles later", async () => {
  const functions: GuestFunction[] = [
    {
      name: "hold",
      kind: "procedure",
      mode: "async",
      params: [{ name: "url", type: "string" }],
      body: `async (host, { url }) => {
        const shared = new Promise((resolve) => { open = resolve; });
        try { await Promise.race([get(host, url), shared]); } finally { codes.push(host.txBegin()); }
      }`,
    },
    {
      name: "wake",
      kind: "procedure",
      mode: "async",
      body: "async () => { open(); await 0; await 0; await 0; await 0; return codes; }",
    },
  ];
  await host.connect("ts", guestSource({ top: "let open; const codes = [];", functions }));
  const held = host.call("hold", { url: origin.url("/a") }, { call: "held" });
  const arrival = await origin.arrival("/a");
  await host.cancel("held");
  expect(await held).toMatchObject(cancelledWith());
  await arrival.closed;
  // Another call may settle what it waited for: its host is closed.
  expect(await host.value("wake")).toEqual([-11]);
});

describe("while a turn is running", () => {
  /** A call of the blocking path that keeps every other transaction from beginning until it goes on. */
  async function parkOne(): Promise<() => Promise<unknown>> {
    const module = await host.connect("ts", scriptModule("ts"));
    const parked = script.block("parked", [{ tx: [["point", "p"]] }], { park: true });
    await host.parked("parked");
    return async () => {
      await host.request("tx/continue", { module, call: "parked" });
      await parked;
      return module;
    };
  }

  test("a call that ends in that turn has ended so", async () => {
    const goOn = await parkOne();
    const turn = script.play("turn", { tx: [["put", "a", 1]] });
    const cancelled = host.cancel("turn");
    await goOn();
    expect(await turn).toMatchObject({ outcome: "returned", seqs: [2] });
    expect(await cancelled).toEqual({});
  });

  test("a call that yields in that turn ends after it", async () => {
    const goOn = await parkOne();
    const turn = script.play("turn", { tx: [["put", "a", 1]] }, { fetch: origin.url("/turn") }, { fail: "went on" });
    const cancelled = host.cancel("turn");
    const module = (await goOn()) as string;
    expect(await turn).toMatchObject(cancelledWith(2));
    expect(await cancelled).toEqual({});
    expect(await host.request("quiesce", { module, outcomes: 1 })).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    expect(await cells(module)).toEqual(["a"]);
  });

  const holding: GuestFunction[] = [
    {
      name: "park",
      kind: "procedure",
      mode: "sync",
      body: `(host) => tx(host, () => { must(host, host.txPoint("p")); })`,
    },
    {
      name: "hold",
      kind: "procedure",
      mode: "async",
      params: [{ name: "url", type: "string" }],
      body: `async (host, { url }) => {
        await Promise.race([get(host, url), new Promise((resolve) => { open = resolve; })]);
        tx(host, () => append(host, "woken"));
      }`,
    },
    {
      name: "wake",
      kind: "procedure",
      mode: "async",
      body: `async (host) => { open(); tx(host, () => append(host, "waker")); }`,
    },
    {
      name: "poll",
      kind: "procedure",
      mode: "sync",
      body: `(host) => { host.txBegin(); host.log(1, "open"); while (host.tableGet("log", "none") !== -14); }`,
    },
  ];

  test("a held call ends at once where that turn waits for a parked call, and is not woken by it", async () => {
    const module = await host.connect("ts", guestSource({ top: "let open;", functions: holding }));
    const held = host.call("hold", { url: origin.url("/held") }, { call: "held" });
    const arrival = await origin.arrival("/held");
    const parked = host.call("park", {}, { call: "parked", park: true });
    await host.parked("parked");
    const waker = host.call("wake");
    await host.request("quiesce", { module, outcomes: 0 });
    await host.cancel("held");
    expect(await held).toMatchObject(cancelledWith());
    await arrival.closed;
    await host.request("tx/continue", { module, call: "parked" });
    expect(await waker).toMatchObject({ outcome: "returned", seqs: [2] });
    expect(await parked).toMatchObject({ seqs: [1] });
    expect(await host.rows(module, "log")).toEqual([["000000", "waker"]]);
  });

  test("a held call ends after it otherwise, with its fetch dropped at once; or by that turn itself", async () => {
    const module = await host.connect("ts", guestSource({ top: "let open;", functions: holding }));
    const held = host.call("hold", { url: origin.url("/held") }, { call: "held" });
    const other = host.call("hold", { url: origin.url("/other") }, { call: "other" });
    const arrivals = [await origin.arrival("/held"), await origin.arrival("/other")];
    const poll = host.call("poll", {}, { call: "poll" });
    await host.logged(({ message }) => message === "open");
    // This turn waits for a transaction whose guest is running, so nothing stands still. It wakes `other`, not `held`.
    const waker = host.call("wake");
    const cancelled = ["held", "other"].map((call) => host.cancel(call));
    await Promise.all(arrivals.map(({ closed }) => closed));
    await host.cancel("poll");
    expect(await poll).toMatchObject(cancelledWith());
    expect(await waker).toMatchObject({ outcome: "returned", seqs: [1] });
    expect(await held).toMatchObject(cancelledWith());
    expect(await other).toMatchObject({ outcome: "returned", seqs: [2] });
    expect(await Promise.all(cancelled)).toEqual([{}, {}]);
    expect((await host.rows(module, "log")).map(([, row]) => row)).toEqual(["waker", "woken"]);
  });
});

test.each(["play", "playBlocking"])(
  "whenever %s is cancelled, its answer names all that it committed",
  async (name) => {
    const module = await host.connect("ts", scriptModule("ts"));
    const count = 120;
    const calls = Array.from({ length: count }, (_, n) => {
      const steps = Array.from({ length: 6 }, (_, step) => ({ tx: [["put", `${n}/${step}`, 1]] }));
      const call = host.call(name, { steps }, { call: `c${n}` });
      return n % 3 === 0 ? call : Promise.all([call, host.cancel(`c${n}`)]).then(([end]) => end);
    });
    const ends = await Promise.all(calls);
    await host.request("quiesce", { module, outcomes: 0 });
    const keys = await cells(module);
    for (const [n, end] of ends.entries()) {
      const committed = keys.filter((key) => key.startsWith(`${n}/`)).length;
      expect([n, end.seqs.length]).toEqual([n, committed]);
      if (end.outcome === "returned") expect(committed).toBe(6);
      else expect([n % 3 === 0, end.error.category]).toEqual([false, "cancelled"]);
    }
    const seqs = ends.flatMap((end) => end.seqs).sort((one, other) => one - other);
    expect(seqs).toEqual(Array.from({ length: keys.length }, (_, index) => index + 1));
  },
);

test.each(["ts", "as"] as const)("calls of a connection that closes run on and are answered (%s)", async (guest) => {
  const module = await host.connect(guest, scriptModule(guest));
  const held = script.play("held", { fetch: origin.url("/a") }, { tx: [["put", "late", 1]] });
  const asleep = host.call("playBlocking", { steps: [{ sleep: 2000 }, { tx: [["put", "slept", 1]] }] });
  const arrival = await origin.arrival("/a");
  await host.request("quiesce", { module, outcomes: 0 });
  await host.request("connection/close", { connection: "k" });
  await expect(script.run("refused")).rejects.toMatchObject({ code: -32001 });
  arrival.response.end("a");
  expect(await held).toMatchObject({ outcome: "returned", seqs: [1] });
  await host.request("clock/advance", { to: 2000 });
  expect(await asleep).toMatchObject({ outcome: "returned", seqs: [2] });
  expect(await cells(module)).toEqual(["late", "slept"]);
});
