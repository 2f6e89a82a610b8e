/**
 * What the kit does to calls from outside, and every host owes alike: cancelling, conflicting commits, a connection that closes
 * while its calls are in flight. On every column, with the same outcome.
 */
import { describe, expect, test } from "vitest";
import { cancelledWith, columns, put, returned, ScriptColumn, start } from "./script-column.ts";

describe.each(columns)("$label", (column) => {
  const kit = new ScriptColumn(column);

  test("a reducer's result reaches its caller", async () => {
    const result = await kit.run(kit.fresh("c"), ["put", "a", [1]], ["get", "a"], ["insert", "a", 2], ["add", "n", 2]);
    expect(result).toEqual({ outcome: "returned", value: [null, [1], false, 2], seqs: [1] });
  });

  describe("call/cancel", () => {
    test("ends a queued call without its having begun", async () => {
      await kit.pause();
      const [a, b, c] = [kit.fresh("c"), kit.fresh("c"), kit.fresh("c")];
      const calls = [kit.run(a, ["put", "a", 1]), kit.play(b, put("b")), kit.run(c, ["put", "c", 1])];
      await kit.cancel(a);
      await kit.cancel(b);
      expect(await calls[0]).toMatchObject(cancelledWith());
      expect(await calls[1]).toMatchObject(cancelledWith());
      expect(await kit.step()).toEqual({ kind: "request", call: c, function: "run" });
      expect(await calls[2]).toMatchObject({ ...returned, seqs: [1] });
      await kit.resume();
      expect(await kit.cells()).toEqual(["c"]);
    });

    test("ends a held call: the origin sees its connection close, and its guest never goes on", async () => {
      const [cut, kept] = [kit.gate("cut"), kit.gate("kept")];
      const [c, d] = [kit.fresh("c"), kit.fresh("c")];
      const held = kit.play(c, put("before"), { fetch: cut.url }, put("never"));
      await cut.arrived;
      const other = kit.play(d, { fetch: kept.url }, put("other"));
      await kept.arrived;
      await kit.cancel(c);
      expect(await held).toMatchObject(cancelledWith(1));
      await cut.closed;
      expect(await kit.quiesce(1)).toEqual({ outcomes: 1, fetchesInFlight: 1 });
      await kept.release();
      expect(await other).toMatchObject({ ...returned, seqs: [2] });
      expect(await kit.cells()).toEqual(["before", "other"]);
    });

    test("ends a call whose response is ready, without that response", async () => {
      const gate = kit.gate("ready");
      const c = kit.fresh("c");
      const held = kit.play(c, { fetch: gate.url }, put("never"));
      await gate.arrived;
      await kit.pause();
      await gate.release();
      await kit.quiesce(1);
      await kit.cancel(c);
      expect(await held).toMatchObject(cancelledWith());
      expect(await kit.step()).toBeNull();
      await kit.resume();
      expect(await kit.run(kit.fresh("c"), ["scan", "", ""])).toMatchObject({ value: [[]] });
      expect(await kit.quiesce(1)).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    });

    test("ends a sleeping call, whose time then passes without it", async () => {
      const [c, d] = [kit.fresh("c"), kit.fresh("c")];
      const { now } = await kit.host.request("clock/advance", { to: start + 1000 });
      const [asleep, woken] = [
        kit.play(c, { sleep: now + 5 }, put("never")),
        kit.play(d, { sleep: now + 5 }, put("woken")),
      ];
      await kit.quiesce(0);
      await kit.cancel(c);
      expect(await asleep).toMatchObject(cancelledWith());
      await kit.host.request("clock/advance", { to: now + 10 });
      expect(await woken).toMatchObject(returned);
      expect(await kit.cells()).toEqual(["woken"]);
    });

    test("leaves other calls what they recorded, and the cancelled one what it had committed", async () => {
      const relay = await kit.load("relay");
      const from = kit.fresh("k");
      await kit.host.request("connection/open", { module: relay, connection: from });
      const gates = [kit.gate("first"), kit.gate("second")];
      const calls = gates.map(({ name, url }) =>
        kit.host.call({ call: name, connection: from, function: "recordFetchRecord", args: { url, token: name } }),
      );
      await Promise.all(gates.map(({ arrived }) => arrived));
      await kit.cancel("first");
      await gates[1]?.release();
      expect(await calls[0]).toMatchObject(cancelledWith(1));
      expect(await calls[1]).toMatchObject({ ...returned, seqs: [2, 3] });
      expect(await kit.tokens(relay)).toEqual(["first/before", "second/before", "second/after"]);
      await kit.host.request("module/unload", { module: relay });
    });

    test("does nothing to a call that has ended, and knows no call that never was", async () => {
      const c = kit.fresh("c");
      expect(await kit.run(c, ["put", "a", 1])).toMatchObject(returned);
      expect(await kit.cancel(c)).toEqual({});
      expect(await kit.codeOf(kit.cancel(kit.fresh("never")))).toBe(-32001);
      expect(await kit.run(kit.fresh("c"), ["get", "a"])).toMatchObject({ value: [1] });
    });
  });

  describe("store/fail", () => {
    const fail = (call: string, commits: number) =>
      kit.host.request("store/fail", { module: kit.module, call, commits });

    test.each([
      ["play", "the lane"],
      ["playBlocking", "the blocking path, where there is one"],
    ])("lets the next commits of one call conflict: nothing stays, and then commits go on (%s: %s)", async (name) => {
      const play = (call: string, ...steps: unknown[]) =>
        kit.host.call({ call, connection: kit.connection, function: name, args: { steps } });
      const [c, d] = [kit.fresh("c"), kit.fresh("c")];
      expect(await fail(c, 1)).toEqual({});
      await fail(c, 1);
      expect(await play(d, put("other"))).toMatchObject({ value: [{ tx: [null] }], seqs: [1] });
      const result = await play(c, put("lost"), put("lost"), { tx: [["get", "lost"]] }, put("kept"));
      const conflict = { undone: "conflict" };
      expect(result).toMatchObject({ value: [conflict, conflict, { tx: [null] }, { tx: [null] }], seqs: [2, 3] });
      expect(await kit.cells()).toEqual(["kept", "other"]);
    });

    test("is refused for a module that there is not, and for less than one commit", async () => {
      const [call, commits] = [kit.fresh("c"), 1];
      expect(await kit.codeOf(kit.host.request("store/fail", { module: "none", call, commits }))).toBe(-32001);
      for (const none of [0, -1, 1.5]) {
        const params = { module: kit.module, call, commits: none };
        expect(await kit.codeOf(kit.host.probe("store/fail", params))).toBe(-32602);
      }
      expect(await kit.play(call, put("kept"))).toMatchObject({ value: [{ tx: [null] }], seqs: [1] });
    });

    test("reaches a call in flight", async () => {
      const gate = kit.gate("held");
      const c = kit.fresh("c");
      const held = kit.play(c, put("a"), { fetch: gate.url }, put("b"), put("c"));
      await gate.arrived;
      await fail(c, 1);
      await gate.release({ body: "x" });
      expect(await held).toMatchObject({
        value: [{ tx: [null] }, { status: 200, body: "x" }, { undone: "conflict" }, { tx: [null] }],
        seqs: [1, 2],
      });
      expect(await kit.cells()).toEqual(["a", "c"]);
    });

    test("fails a reducer as conflict", async () => {
      const c = kit.fresh("c");
      await fail(c, 1);
      expect(await kit.run(c, ["put", "lost", 1])).toMatchObject({
        outcome: "failed",
        error: { category: "conflict", function: "run" },
        seqs: [],
      });
      expect(await kit.run(kit.fresh("c"), ["get", "lost"], ["put", "kept", 1])).toMatchObject({
        value: [null, null],
        seqs: [1],
      });
      expect(await kit.cells()).toEqual(["kept"]);
    });
  });

  test("a call that blocks in a fetch or a sleep is cancelled as one that is held", async () => {
    const gate = kit.gate("blocked");
    const [c, d] = [kit.fresh("c"), kit.fresh("c")];
    const { now } = await kit.host.request("clock/advance", { to: start + 2000 });
    const held = kit.block(c, [put("before"), { fetch: gate.url }, put("never")]);
    await gate.arrived;
    const asleep = kit.block(d, [{ sleep: now + 5 }, put("never")]);
    await kit.quiesce(0);
    await kit.cancel(c);
    await kit.cancel(d);
    expect(await held).toMatchObject(cancelledWith(1));
    expect(await asleep).toMatchObject(cancelledWith());
    await gate.closed;
    await kit.host.request("clock/advance", { to: now + 5 });
    expect(await kit.quiesce(1)).toEqual({ outcomes: 1, fetchesInFlight: 0 });
    const next = kit.gate("next");
    const after = kit.block(kit.fresh("c"), [{ fetch: next.url }, put("after")]);
    await next.arrived;
    await next.release();
    expect(await after).toMatchObject({ ...returned, seqs: [2] });
    expect(await kit.cells()).toEqual(["after", "before"]);
  });

  test("calls of a connection that closes run on, and are answered when they end", async () => {
    const gate = kit.gate("held");
    const held = kit.play(kit.fresh("c"), put("before"), { fetch: gate.url }, put("after"));
    const blocked = kit.gate("blocked");
    const blocking = kit.block(kit.fresh("c"), [{ fetch: blocked.url }, put("blocking")]);
    await Promise.all([gate.arrived, blocked.arrived]);
    await kit.host.request("connection/close", { connection: kit.connection });
    expect(await kit.codeOf(kit.run(kit.fresh("c")))).toBe(-32001);
    await gate.release();
    expect(await held).toMatchObject({ ...returned, seqs: [1, 2] });
    await blocked.release();
    expect(await blocking).toMatchObject({ ...returned, seqs: [3] });
    expect(await kit.cells()).toEqual(["after", "before", "blocking"]);
  });
});
