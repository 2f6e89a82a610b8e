/**
 * What the matrix does not judge yet and every host owes all the same: hooks, context, clock, schedules, logs and refusals of the
 * protocol, on every column, with the same outcome.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { HostProcess, RequestRefused } from "../../conformance/protocol/host-process.ts";
import type { LogNotification } from "../../conformance/protocol/schemas.ts";
import { columnsOf, type ModuleEntry, readHosts, readModules } from "../../conformance/run/columns.ts";

const columns = columnsOf(readHosts(`${root}/build/hosts.json`));
const modules = readModules(`${root}/build/modules/manifest.json`);
const start = 1_700_000_000_000;
/** What each column said of its context, by label: all must say the same. */
const contexts = new Map<string, unknown>();

describe.each(columns)("$label", ({ host: entry, guest, label }) => {
  let host: HostProcess;
  const logs: LogNotification[] = [];

  beforeAll(async () => {
    if (entry.status === "not-built") throw new Error(`${entry.name} is not built: ${entry.reason}`);
    const options = { seed: "contract", clock: { mode: "virtual", now: start }, allow: [], patience: 60_000 } as const;
    host = await HostProcess.start({ name: entry.name, command: entry.command }, options);
    host.onLog((log) => logs.push(log));
  });
  afterAll(async () => {
    await host?.stop();
  });

  const moduleOf = (name: string): ModuleEntry =>
    modules.find((module) => module.name === name && module.guest === guest)!;

  async function load(name = "clockwork"): Promise<string> {
    const { path, sha256 } = moduleOf(name);
    return (await host.request("module/load", { guest, path: `${root}/${path}`, sha256 })).module;
  }

  let names = 0;
  const fresh = (prefix: string) => `${prefix}${++names}`;

  async function connect(module: string, connection = fresh("k")): Promise<string> {
    await host.request("connection/open", { module, connection });
    return connection;
  }
  const call = (connection: string, name: string, args: Record<string, unknown> = {}) =>
    host.call({ call: fresh("c"), connection, function: name, args });
  async function tokens(module: string): Promise<string[]> {
    const { rows } = await host.request("table/read", { module, table: "log" });
    return rows.map(([, row]) => (row as { token: string }).token);
  }
  async function refusal(request: Promise<unknown>): Promise<{ code: number; data: unknown }> {
    const error: unknown = await request.then(
      () => new Error("was not refused"),
      (reason: unknown) => reason,
    );
    if (!(error instanceof RequestRefused)) throw error;
    return { code: error.code, data: error.data };
  }

  test("init runs before all else, connected before and disconnected after a connection's calls", async () => {
    const module = await load();
    expect(await tokens(module)).toEqual(["init"]);
    const connection = await connect(module);
    await call(connection, "record", { token: "call" });
    await host.request("connection/close", { connection });
    expect(await tokens(module)).toEqual(["init", "connected", "call", "disconnected"]);
    const { rows } = await host.request("table/read", { module, table: "log" });
    expect(rows.map(([, row]) => (row as { connection?: string }).connection)).toEqual([
      undefined,
      connection,
      undefined,
      connection,
    ]);
  });

  test("the context is the same in every column: time, sender, connection, random numbers", async () => {
    const connection = await connect(await load(), "context");
    const first = await call(connection, "context");
    const second = await call(connection, "context");
    expect(first).toMatchObject({ outcome: "returned", value: { timestamp: start, connection: "context" } });
    const values = [first, second].map((result) => (result as { value: { random: number[] } }).value);
    expect(values[0]?.random).not.toEqual(values[1]?.random);
    contexts.set(label, values);
    expect(values).toEqual(contexts.values().next().value);
  });

  test("sleeps end by due time, equal ones in order of creation, when the clock is advanced", async () => {
    const module = await load();
    const connection = await connect(module);
    const { now } = await host.request("clock/advance", { to: start + 1000 });
    const order = [30, 10, 20, 10].map((after, index) => ({
      until: now + after,
      token: `${after} as number ${index}`,
    }));
    const sleeping = order.map((args) => call(connection, "sleepThenRecord", args));
    await host.request("quiesce", { module, outcomes: 0 });
    await host.request("clock/advance", { to: now + 15 });
    await Promise.all([sleeping[1], sleeping[3]]);
    expect((await tokens(module)).slice(2)).toEqual(["10 as number 1", "10 as number 3"]);
    await host.request("clock/advance", { to: now + 30 });
    await Promise.all(sleeping);
    expect((await tokens(module)).slice(4)).toEqual(["20 as number 2", "30 as number 0"]);
    await call(connection, "sleepThenRecord", { until: now, token: "past" });
    expect((await tokens(module)).at(-1)).toBe("past");
  });

  test("a scheduled call runs once its time has come, if its transaction committed", async () => {
    const module = await load();
    const connection = await connect(module);
    const { now } = await host.request("clock/advance", { to: start + 2000 });
    await call(connection, "scheduleRecord", { at: now + 10, token: "by a reducer" });
    await call(connection, "scheduleFromProcedure", { at: now + 5, token: "by a procedure" });
    const failed = await call(connection, "scheduleThenThrow", { at: now + 5, token: "never" });
    expect(failed.outcome).toBe("failed");
    await host.request("quiesce", { module, outcomes: 0 });
    expect((await tokens(module)).slice(2)).toEqual([]);
    await host.request("clock/advance", { to: now + 10 });
    await host.request("quiesce", { module, outcomes: 0 });
    expect((await tokens(module)).slice(2)).toEqual(["by a procedure", "by a reducer"]);
  });

  test("log lines name their call and level", async () => {
    const connection = await connect(await load());
    logs.length = 0;
    await host.call({ call: "loud", connection, function: "logEach", args: { text: "heard" } });
    expect(logs.filter((log) => log.call === "loud").map(({ level }) => level)).toEqual([
      "debug",
      "info",
      "warn",
      "error",
    ]);
    for (const { message } of logs) expect(message).toContain("heard");
  });

  test("calls that cannot be begun fail with a category, and nothing is run", async () => {
    const module = await load();
    const connection = await connect(module);
    const categories = [];
    for (const [name, args] of [
      ["no_such_function", {}],
      ["record", {}],
      ["record", { token: 7 }],
      ["record", { token: "a", more: 1 }],
    ] as const) {
      const result = await call(connection, name, args);
      categories.push(result.outcome === "failed" ? result.error.category : "returned");
    }
    expect(categories).toEqual(["unknown-function", "bad-arguments", "bad-arguments", "bad-arguments"]);
    expect((await tokens(module)).slice(2)).toEqual([]);
  });

  test("requests that cannot be taken are refused with their codes", async () => {
    const { path, sha256 } = moduleOf("clockwork");
    const file = `${root}/${path}`;
    const loading = (params: { path?: string; sha256?: string }) =>
      refusal(host.request("module/load", { guest, path: file, sha256, ...params }));
    expect(await loading({ path: `${root}/nowhere` })).toEqual({ code: -32000, data: { reason: "unreadable" } });
    const mismatch = { code: -32000, data: { reason: "hash-mismatch" } };
    expect(await loading({ sha256: "0".repeat(64) })).toEqual(mismatch);
    const module = await load();
    const connection = await connect(module);
    expect(await refusal(connect(module, connection))).toMatchObject({ code: -32004 });
    expect(await refusal(connect("no such module"))).toMatchObject({ code: -32001 });
    expect(await refusal(host.request("table/read", { module, table: "none" }))).toMatchObject({ code: -32001 });
    expect(await refusal(host.probe("table/read", { module, table: "log", extra: 1 }))).toMatchObject({ code: -32602 });
  });

  test("unloading a module ends its calls in flight as shutdown, and leaves others alone", async () => {
    const [gone, kept] = [await load(), await load()];
    const [first, second] = [await connect(gone), await connect(kept)];
    const sleeping = call(first, "sleepThenRecord", { until: start * 2, token: "never" });
    await host.request("quiesce", { module: gone, outcomes: 0 });
    await host.request("module/unload", { module: gone });
    expect(await sleeping).toMatchObject({ outcome: "failed", error: { category: "shutdown" } });
    expect(await refusal(host.request("table/read", { module: gone, table: "log" }))).toMatchObject({ code: -32001 });
    expect(await call(second, "record", { token: "kept" })).toMatchObject({ outcome: "returned" });
  });
});
