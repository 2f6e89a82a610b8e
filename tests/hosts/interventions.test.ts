/**
 * What the kit does to calls from outside, and every host owes alike: cancelling, points, conflicting commits, a connection that
 * closes while its calls are in flight. On every column, with the same outcome.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GatedOrigin, type OriginSession } from "../../conformance/origin/gated-origin.ts";
import { root } from "../../conformance/package.ts";
import { HostProcess, RequestRefused } from "../../conformance/protocol/host-process.ts";
import type { CallResult, ParkedNotification } from "../../conformance/protocol/schemas.ts";
import { columnsOf, readHosts, readModules } from "../../conformance/run/columns.ts";

const columns = columnsOf(readHosts(`${root}/build/hosts.json`));
const modules = readModules(`${root}/build/modules/manifest.json`);
const start = 1_700_000_000_000;

const put = (key: string) => ({ tx: [["put", key, 1]] });
const cancelledWith = (...seqs: number[]) => ({ outcome: "failed", error: { category: "cancelled" }, seqs });
const returned = { outcome: "returned" };

describe.each(columns)("$label", ({ host: entry, guest }) => {
  let origin: GatedOrigin;
  let session: OriginSession;
  let host: HostProcess;
  let module: string;
  let connection: string;
  const parked: ParkedNotification[] = [];
  let onParked: () => void = () => {};

  beforeAll(async () => {
    if (entry.status === "not-built") throw new Error(`${entry.name} is not built: ${entry.reason}`);
    origin = await GatedOrigin.start();
    const clock = { mode: "virtual", now: start } as const;
    const options = { seed: "interventions", clock, allow: [origin.authority], patience: 60_000 };
    host = await HostProcess.start({ name: entry.name, command: entry.command }, options);
    host.onParked((notification) => {
      parked.push(notification);
      onParked();
    });
  });
  afterAll(async () => {
    await host?.stop();
    await origin?.stop();
  });
  beforeEach(async () => {
    session = origin.session();
    module = await load("script");
    connection = fresh("k");
    await host.request("connection/open", { module, connection });
  });
  afterEach(async () => {
    session.end();
    await host.request("module/unload", { module });
  });

  let names = 0;
  const fresh = (prefix: string) => `${prefix}${++names}`;

  async function load(name: string): Promise<string> {
    const { path, sha256 } = modules.find((each) => each.name === name && each.guest === guest)!;
    return (await host.request("module/load", { guest, path: `${root}/${path}`, sha256 })).module;
  }
  const run = (call: string, ...ops: unknown[]) => host.call({ call, connection, function: "run", args: { ops } });
  const play = (call: string, ...steps: unknown[]) =>
    host.call({ call, connection, function: "play", args: { steps } });
  const block = (call: string, steps: unknown[], park?: true) =>
    host.call({ call, connection, function: "playBlocking", args: { steps }, ...(park && { park }) });
  const cancel = (call: string) => host.request("call/cancel", { call });
  const quiesce = (outcomes: number) => host.request("quiesce", { module, outcomes });
  async function cells(): Promise<string[]> {
    return (await host.request("table/read", { module, table: "cells" })).rows.map(([key]) => key);
  }
  async function codeOf(request: Promise<unknown>): Promise<number> {
    const error: unknown = await request.then(
      () => new Error("was not refused"),
      (reason: unknown) => reason,
    );
    if (!(error instanceof RequestRefused)) throw error;
    return error.code;
  }

  test("a reducer's result reaches its caller", async () => {
    const result = await run(fresh("c"), ["put", "a", [1]], ["get", "a"], ["insert", "a", 2], ["add", "n", 2]);
    expect(result).toEqual({ outcome: "returned", value: [null, [1], false, 2], seqs: [1] });
  });

  describe("call/cancel", () => {
    test("ends a queued call without its having begun", async () => {
      await host.request("lane/pause", { module });
      const [a, b, c] = [fresh("c"), fresh("c"), fresh("c")];
      const calls = [run(a, ["put", "a", 1]), play(b, put("b")), run(c, ["put", "c", 1])];
      await cancel(a);
      await cancel(b);
      expect(await calls[0]).toMatchObject(cancelledWith());
      expect(await calls[1]).toMatchObject(cancelledWith());
      const { turn } = await host.request("lane/step", { module });
      expect(turn).toEqual({ kind: "request", call: c, function: "run" });
      expect(await calls[2]).toMatchObject({ ...returned, seqs: [1] });
      await host.request("lane/resume", { module });
      expect(await cells()).toEqual(["c"]);
    });

    test("ends a held call: the origin sees its connection close, and its guest never goes on", async () => {
      const [cut, kept] = [session.gate("cut"), session.gate("kept")];
      const [c, d] = [fresh("c"), fresh("c")];
      const held = play(c, put("before"), { fetch: cut.url }, put("never"));
      await cut.arrived;
      const other = play(d, { fetch: kept.url }, put("other"));
      await kept.arrived;
      await cancel(c);
      expect(await held).toMatchObject(cancelledWith(1));
      await cut.closed;
      expect(await quiesce(1)).toEqual({ outcomes: 1, fetchesInFlight: 1 });
      await kept.release();
      expect(await other).toMatchObject({ ...returned, seqs: [2] });
      expect(await cells()).toEqual(["before", "other"]);
    });

    test("ends a call whose response is ready, without that response", async () => {
      const gate = session.gate("ready");
      const c = fresh("c");
      const held = play(c, { fetch: gate.url }, put("never"));
      await gate.arrived;
      await host.request("lane/pause", { module });
      await gate.release();
      await quiesce(1);
      await cancel(c);
      expect(await held).toMatchObject(cancelledWith());
      expect((await host.request("lane/step", { module })).turn).toBeNull();
      await host.request("lane/resume", { module });
      expect(await run(fresh("c"), ["scan", "", ""])).toMatchObject({ value: [[]] });
      expect(await quiesce(1)).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    });

    test("ends a sleeping call, whose time then passes without it", async () => {
      const [c, d] = [fresh("c"), fresh("c")];
      const { now } = await host.request("clock/advance", { to: start + 1000 });
      const [asleep, woken] = [play(c, { sleep: now + 5 }, put("never")), play(d, { sleep: now + 5 }, put("woken"))];
      await quiesce(0);
      await cancel(c);
      expect(await asleep).toMatchObject(cancelledWith());
      await host.request("clock/advance", { to: now + 10 });
      expect(await woken).toMatchObject(returned);
      expect(await cells()).toEqual(["woken"]);
    });

    test("leaves other calls what they recorded, and the cancelled one what it had committed", async () => {
      const relay = await load("relay");
      const from = fresh("k");
      await host.request("connection/open", { module: relay, connection: from });
      const gates = [session.gate("first"), session.gate("second")];
      const calls = gates.map(({ name, url }) =>
        host.call({ call: name, connection: from, function: "recordFetchRecord", args: { url, token: name } }),
      );
      await Promise.all(gates.map(({ arrived }) => arrived));
      await cancel("first");
      await gates[1]?.release();
      expect(await calls[0]).toMatchObject(cancelledWith(1));
      expect(await calls[1]).toMatchObject({ ...returned, seqs: [2, 3] });
      const { rows } = await host.request("table/read", { module: relay, table: "log" });
      const tokens = rows.map(([, row]) => (row as { token: string }).token);
      expect(tokens).toEqual(["first/before", "second/before", "second/after"]);
      await host.request("module/unload", { module: relay });
    });

    test("does nothing to a call that has ended, and knows no call that never was", async () => {
      const c = fresh("c");
      expect(await run(c, ["put", "a", 1])).toMatchObject(returned);
      expect(await cancel(c)).toEqual({});
      expect(await codeOf(cancel(fresh("never")))).toBe(-32001);
      expect(await run(fresh("c"), ["get", "a"])).toMatchObject({ value: [1] });
    });
  });

  describe("store/fail", () => {
    const fail = (call: string, commits: number) => host.request("store/fail", { module, call, commits });

    test("lets the next commits of one call conflict: nothing of them stays, and then commits go on", async () => {
      const [c, d] = [fresh("c"), fresh("c")];
      expect(await fail(c, 1)).toEqual({});
      await fail(c, 1);
      expect(await play(d, put("other"))).toMatchObject({ value: [{ tx: [null] }], seqs: [1] });
      const result = await play(c, put("lost"), put("lost"), { tx: [["get", "lost"]] }, put("kept"));
      const conflict = { undone: "conflict" };
      expect(result).toMatchObject({ value: [conflict, conflict, { tx: [null] }, { tx: [null] }], seqs: [2, 3] });
      expect(await cells()).toEqual(["kept", "other"]);
    });

    test("reaches a call in flight", async () => {
      const gate = session.gate("held");
      const c = fresh("c");
      const held = play(c, put("a"), { fetch: gate.url }, put("b"), put("c"));
      await gate.arrived;
      await fail(c, 1);
      await gate.release({ body: "x" });
      expect(await held).toMatchObject({
        value: [{ tx: [null] }, { status: 200, body: "x" }, { undone: "conflict" }, { tx: [null] }],
        seqs: [1, 2],
      });
      expect(await cells()).toEqual(["a", "c"]);
    });

    test("fails a reducer as conflict", async () => {
      const c = fresh("c");
      await fail(c, 1);
      expect(await run(c, ["put", "lost", 1])).toMatchObject({
        outcome: "failed",
        error: { category: "conflict", function: "run" },
        seqs: [],
      });
      expect(await run(fresh("c"), ["get", "lost"], ["put", "kept", 1])).toMatchObject({
        value: [null, null],
        seqs: [1],
      });
      expect(await cells()).toEqual(["kept"]);
    });
  });

  describe("a point", () => {
    /** Waits until that call is parked, and gives the point's name. */
    async function parkedAt(call: string): Promise<string> {
      for (;;) {
        const found = parked.findIndex((each) => each.call === call);
        if (found !== -1) return parked.splice(found, 1)[0]!.point;
        await new Promise<void>((resolve) => {
          onParked = resolve;
        });
      }
    }
    const goOn = (call: string) => host.request("tx/continue", { module, call });
    const hasPoints = () => guest === "ts" && host.info.profile.blockingPool !== null;
    const noPoints = "a guest without a blocking path has no points to stop at";

    test("does nothing on a lane, nor in a call that was not told to stop", async () => {
      const [c, d] = [fresh("c"), fresh("c")];
      const steps = [
        {
          tx: [
            ["point", "p"],
            ["put", "a", 1],
          ],
        },
      ];
      const lane = await host.call({ call: c, connection, function: "play", args: { steps }, park: true });
      expect(lane).toMatchObject({ value: [{ tx: [null, null] }], seqs: [1] });
      expect(await block(d, steps)).toMatchObject({ value: [{ tx: [null, null] }], seqs: [2] });
      expect(parked).toEqual([]);
      expect(await codeOf(goOn(c))).toBe(-32002);
    });

    test("stops a call with its transaction open, until it goes on; what waits for it stands still", async (context) => {
      if (!hasPoints()) context.skip(noPoints);
      const [p, r, w, l] = [fresh("p"), fresh("r"), fresh("w"), fresh("l")];
      const stopped = block(
        p,
        [
          {
            tx: [
              ["put", "p", 1],
              ["point", "one"],
              ["record", p],
              ["point", "two"],
            ],
          },
        ],
        true,
      );
      expect(await parkedAt(p)).toBe("one");
      const waiting: Promise<CallResult>[] = [
        run(r, ["record", r]),
        block(w, [{ tx: [["record", w]] }]),
        play(l, { tx: [["record", l]] }),
      ];
      expect(await quiesce(0)).toEqual({ outcomes: 0, fetchesInFlight: 0 });
      expect(await cells()).toEqual([]);
      await goOn(p);
      expect(await parkedAt(p)).toBe("two");
      expect(await quiesce(0)).toEqual({ outcomes: 0, fetchesInFlight: 0 });
      await goOn(p);
      expect(await stopped).toMatchObject({ ...returned, seqs: [1] });
      for (const call of waiting) expect(await call).toMatchObject(returned);
      const { rows } = await host.request("table/read", { module, table: "log" });
      const tokens = rows.map(([, row]) => (row as { token: string }).token);
      expect(tokens[0]).toBe(p);
      expect([...tokens].sort()).toEqual([l, p, r, w].sort());
      expect(await codeOf(goOn(p))).toBe(-32002);
    });

    test("is left by a call that is cancelled there: its transaction is undone, and others go on", async (context) => {
      if (!hasPoints()) context.skip(noPoints);
      const [p, r] = [fresh("p"), fresh("r")];
      const stopped = block(
        p,
        [
          put("kept"),
          {
            tx: [
              ["put", "never", 1],
              ["point", "one"],
            ],
          },
          put("never"),
        ],
        true,
      );
      await parkedAt(p);
      const waiting = run(r, ["put", "r", 1]);
      await quiesce(0);
      await cancel(p);
      expect(await stopped).toMatchObject(cancelledWith(1));
      expect(await waiting).toMatchObject({ ...returned, seqs: [2] });
      await quiesce(0);
      expect(await cells()).toEqual(["kept", "r"]);
    });

    test("keeps transactions from beginning: a call that waits for that can be cancelled", async (context) => {
      if (!hasPoints()) context.skip(noPoints);
      const [p, w] = [fresh("p"), fresh("w")];
      const stopped = block(
        p,
        [
          {
            tx: [
              ["put", "p", 1],
              ["point", "one"],
            ],
          },
        ],
        true,
      );
      await parkedAt(p);
      const waiting = block(w, [put("never")]);
      await quiesce(0);
      await cancel(w);
      expect(await waiting).toMatchObject(cancelledWith());
      await goOn(p);
      expect(await stopped).toMatchObject(returned);
      await quiesce(0);
      expect(await cells()).toEqual(["p"]);
    });

    test("is left by a call whose module is unloaded", async (context) => {
      if (!hasPoints()) context.skip(noPoints);
      const p = fresh("p");
      const stopped = block(p, [{ tx: [["point", "one"]] }], true);
      await parkedAt(p);
      await host.request("module/unload", { module });
      expect(await stopped).toMatchObject({ error: { category: "shutdown" }, seqs: [] });
      module = await load("script");
    });
  });

  test("a call that blocks in a fetch is cancelled as one that is held", async () => {
    const gate = session.gate("blocked");
    const c = fresh("c");
    const held = block(c, [put("before"), { fetch: gate.url }, put("never")]);
    await gate.arrived;
    await cancel(c);
    expect(await held).toMatchObject(cancelledWith(1));
    await gate.closed;
    expect(await quiesce(1)).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    const next = session.gate("next");
    const after = block(fresh("c"), [{ fetch: next.url }, put("after")]);
    await next.arrived;
    await next.release();
    expect(await after).toMatchObject({ ...returned, seqs: [2] });
    expect(await cells()).toEqual(["after", "before"]);
  });

  test("calls of a connection that closes run on, and are answered when they end", async () => {
    const gate = session.gate("held");
    const held = play(fresh("c"), put("before"), { fetch: gate.url }, put("after"));
    const blocked = session.gate("blocked");
    const blocking = block(fresh("c"), [{ fetch: blocked.url }, put("blocking")]);
    await Promise.all([gate.arrived, blocked.arrived]);
    await host.request("connection/close", { connection });
    expect(await codeOf(run(fresh("c")))).toBe(-32001);
    await gate.release();
    expect(await held).toMatchObject({ ...returned, seqs: [1, 2] });
    await blocked.release();
    expect(await blocking).toMatchObject({ ...returned, seqs: [3] });
    expect(await cells()).toEqual(["after", "before", "blocking"]);
  });
});
