/** Commits that the kit lets conflict. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type GuestFunction, guestSource } from "./guest.ts";
import { TestHost } from "./host.ts";
import { Script, scriptModule } from "./script.ts";

let host: TestHost;
let script: Script;

beforeEach(async () => {
  host = await TestHost.start({ clock: { mode: "virtual", now: 1000 } });
  script = new Script(host);
});

afterEach(() => host.stop());

const put = (key: string) => ({ tx: [["put", key, 1]] });
const fail = (module: string, call: string, commits = 1) => host.request("store/fail", { module, call, commits });

describe.each([
  ["ts", "play"],
  ["ts", "playBlocking"],
  ["as", "play"],
] as const)("%s %s", (guest, name) => {
  const play = (call: string, ...steps: unknown[]) => host.call(name, { steps }, { call });

  test("a commit that conflicts is undone whole, and the guest goes on", async () => {
    const module = await host.connect(guest, scriptModule(guest));
    expect(await fail(module, "c")).toEqual({});
    const call = await play("c", put("lost"), { tx: [["get", "lost"]] }, put("kept"));
    expect(call).toEqual({
      outcome: "returned",
      value: [{ undone: "conflict" }, { tx: [null] }, { tx: [null] }],
      seqs: [1, 2],
    });
    expect(await host.rows(module, "cells")).toEqual([["kept", 1]]);
  });

  test("counts add up, hold for that call alone, and are forgotten with it", async () => {
    const module = await host.connect(guest, scriptModule(guest));
    await fail(module, "c", 1);
    await fail(module, "c", 2);
    expect(await play("other", put("other"))).toMatchObject({ value: [{ tx: [null] }], seqs: [1] });
    const undone = { undone: "conflict" };
    expect(await play("c", put("a"), put("b"), put("c"), put("d"))).toMatchObject({
      value: [undone, undone, undone, { tx: [null] }],
      seqs: [2],
    });
    await fail(module, "d", 5);
    expect(await play("d", put("e"))).toMatchObject({ value: [undone], seqs: [] });
    expect(await play("d", put("f"))).toMatchObject({ value: [{ tx: [null] }], seqs: [3] });
    // Of a name whose call could not even begin, nothing stays either.
    await fail(module, "e", 5);
    expect(await host.call("nothing", {}, { call: "e" })).toMatchObject({ error: { category: "unknown-function" } });
    expect(await play("e", put("g"))).toMatchObject({ seqs: [4] });
  });

  test("a call in flight can be armed", async () => {
    const module = await host.connect(guest, scriptModule(guest));
    const call = play("c", put("a"), { sleep: 2000 }, put("b"), put("c"));
    await host.request("quiesce", { module, outcomes: 0 });
    await fail(module, "c");
    await fail(module, "c");
    await host.request("clock/advance", { to: 2000 });
    expect(await call).toMatchObject({
      value: [{ tx: [null] }, { slept: 2000 }, { undone: "conflict" }, { undone: "conflict" }],
      seqs: [1],
    });
  });
});

test.each(["ts", "as"] as const)("a reducer whose commit conflicts fails as that (%s)", async (guest) => {
  const module = await host.connect(guest, scriptModule(guest));
  await fail(module, "r");
  expect(await script.run("r", ["put", "lost", 1])).toMatchObject({
    outcome: "failed",
    error: { category: "conflict", function: "run" },
    seqs: [],
  });
  expect(await script.run("r", ["put", "kept", 1], ["get", "lost"])).toMatchObject({ value: [null, null], seqs: [1] });
  expect(await host.rows(module, "cells")).toEqual([["kept", 1]]);
});

test("a reducer that fails by itself keeps its own category, and a schedule is undone with its commit", async () => {
  const functions: GuestFunction[] = [
    { name: "throws", kind: "reducer", body: `() => { throw new Error("its own"); }` },
    { name: "plan", kind: "reducer", body: `(host) => { must(host, host.schedule("note", "{}", 0)); }` },
    { name: "note", kind: "reducer", body: `(host) => append(host, "noted")` },
  ];
  const module = await host.connect("ts", guestSource({ functions }));
  await fail(module, "t");
  expect(await host.call("throws", {}, { call: "t" })).toMatchObject({ error: { category: "guest-error" } });
  await fail(module, "p");
  expect(await host.call("plan", {}, { call: "p" })).toMatchObject({ error: { category: "conflict" } });
  await host.request("quiesce", { module, outcomes: 0 });
  expect(await host.rows(module, "log")).toEqual([]);
  expect(await host.call("plan")).toMatchObject({ outcome: "returned" });
  await host.request("quiesce", { module, outcomes: 0 });
  expect(await host.rows(module, "log")).toEqual([["000000", "noted"]]);
});

test("what is asked for is checked", async () => {
  const module = await host.connect("ts", scriptModule("ts"));
  await expect(fail("m9", "c")).rejects.toMatchObject({ code: -32001 });
  for (const commits of [0, 1.5]) await expect(fail(module, "c", commits)).rejects.toMatchObject({ code: -32602 });
});
