/** The lane, turn by turn: `lane/pause`, `lane/step` and `lane/resume`, on every column, with the same outcome. */
import { describe, expect, test } from "vitest";
import { columns, put, returned, ScriptColumn, start, tx } from "./script-column.ts";

describe.each(columns)("$label", (column) => {
  const kit = new ScriptColumn(column);
  const record = (call: string) => kit.run(call, ["record", call]);
  const request = (call: string, name = "run") => ({ kind: "request", call, function: name });
  const completion = (call: string) => ({ kind: "completion", call, function: "play" });
  async function turns(): Promise<number | undefined> {
    const { modules } = await kit.host.request("stats", {});
    return modules.find(({ module }) => module === kit.module)?.turns;
  }

  test("is a capability of every host", () => {
    expect(kit.host.info.capabilities).toEqual(expect.arrayContaining(["stepping", "quiesce"]));
  });

  test("a step is refused while the lane is not paused, and each request for a module that there is not", async () => {
    expect(await kit.codeOf(kit.step())).toBe(-32002);
    await kit.pause();
    expect(await kit.step()).toBeNull();
    await kit.resume();
    expect(await kit.codeOf(kit.step())).toBe(-32002);
    for (const method of ["lane/pause", "lane/step", "lane/resume"] as const) {
      expect(await kit.codeOf(kit.host.request(method, { module: "none" }))).toBe(-32001);
    }
  });

  test("a step gives null where nothing is ready, and that is no turn", async () => {
    const gate = kit.gate("held");
    const held = kit.play(kit.fresh("c"), { fetch: gate.url }, put("after"));
    await gate.arrived;
    await kit.pause();
    const before = await turns();
    expect(await kit.step()).toBeNull();
    expect(await kit.step()).toBeNull();
    expect(await turns()).toBe(before);
    await kit.resume();
    await gate.release();
    expect(await held).toMatchObject(returned);
  });

  test("a step runs exactly one turn and names it: requests in the order of their submission", async () => {
    await kit.pause();
    const before = (await turns())!;
    const gate = kit.gate("b");
    const [a, b, c] = [kit.fresh("a"), kit.fresh("b"), kit.fresh("c")];
    const calls = [record(a), kit.play(b, tx(["record", b]), { fetch: gate.url }), record(c)];
    await kit.quiesce(0);
    expect(await kit.tokens()).toEqual([]);
    expect(await kit.step()).toEqual(request(a));
    expect(await calls[0]).toMatchObject({ ...returned, seqs: [1] });
    expect(await kit.tokens()).toEqual([a]);
    expect(await kit.step()).toEqual(request(b, "play"));
    await gate.arrived;
    expect(await kit.tokens()).toEqual([a, b]);
    expect(await turns()).toBe(before + 2);
    expect(await kit.step()).toEqual(request(c));
    expect(await calls[2]).toMatchObject({ ...returned, seqs: [3] });
    expect(await kit.step()).toBeNull();
    expect(await turns()).toBe(before + 3);
    await kit.resume();
    await gate.release();
    expect(await calls[1]).toMatchObject({ ...returned, seqs: [2] });
  });

  test("a step takes completions in the order of their entry, after the requests that are ready", async () => {
    const [a, b, r] = [kit.fresh("a"), kit.fresh("b"), kit.fresh("r")];
    const [first, second] = [kit.gate("a"), kit.gate("b")];
    const calls = [
      kit.play(a, { fetch: first.url }, tx(["record", a])),
      kit.play(b, { fetch: second.url }, tx(["record", b])),
    ];
    await Promise.all([first.arrived, second.arrived]);
    await kit.pause();
    await second.release();
    await kit.quiesce(1);
    await first.release();
    await kit.quiesce(2);
    const reducer = record(r);
    expect(await kit.step()).toEqual(request(r));
    expect(await kit.tokens()).toEqual([r]);
    expect(await kit.step()).toEqual(completion(b));
    expect(await kit.tokens()).toEqual([r, b]);
    expect(await kit.step()).toEqual(completion(a));
    expect(await kit.tokens()).toEqual([r, b, a]);
    expect(await kit.step()).toBeNull();
    for (const call of [...calls, reducer]) expect(await call).toMatchObject(returned);
    await kit.resume();
  });

  test("a sleep whose time comes while the lane is paused is a completion", async () => {
    const call = kit.fresh("c");
    const { now } = await kit.host.request("clock/advance", { to: start });
    const asleep = kit.play(call, { sleep: now + 5 }, put("woken"));
    await kit.quiesce(0);
    await kit.pause();
    await kit.host.request("clock/advance", { to: now + 5 });
    expect(await kit.cells()).toEqual([]);
    expect(await kit.step()).toEqual(completion(call));
    expect(await asleep).toMatchObject(returned);
    await kit.resume();
  });

  test("steps that are asked for together run one turn each, in order", async () => {
    await kit.pause();
    const [a, b] = [kit.fresh("a"), kit.fresh("b")];
    const calls = [record(a), record(b)];
    expect(await Promise.all([kit.step(), kit.step(), kit.step()])).toEqual([request(a), request(b), null]);
    for (const call of calls) expect(await call).toMatchObject(returned);
    expect(await kit.tokens()).toEqual([a, b]);
    await kit.resume();
  });

  test("a hook is a turn as well", async () => {
    const module = await kit.load("clockwork");
    await kit.host.request("lane/pause", { module });
    const opened = kit.host.request("connection/open", { module, connection: kit.fresh("k") });
    const { turn } = await kit.host.request("lane/step", { module });
    expect(turn).toMatchObject({ kind: "request", function: "$connected" });
    await opened;
    expect(await kit.tokens(module)).toEqual(["init", "connected"]);
    await kit.host.request("module/unload", { module });
  });

  test("a pause falls between two turns: what had not begun by then begins by steps alone", async () => {
    const calls = Array.from({ length: 40 }, () => kit.fresh("c"));
    const results = calls.map(record);
    await kit.pause();
    const begun = (await kit.tokens()).length;
    await kit.quiesce(0);
    expect(await kit.tokens()).toEqual(calls.slice(0, begun));
    const next = calls[begun];
    expect(await kit.step()).toEqual(next === undefined ? null : request(next));
    expect(await kit.tokens()).toEqual(calls.slice(0, begun + 1));
    await kit.resume();
    for (const result of results) expect(await result).toMatchObject(returned);
    expect(await kit.tokens()).toEqual(calls);
  });

  test("a lane that is resumed runs by itself what has become ready, in order; to repeat either does nothing", async () => {
    await kit.pause();
    await kit.pause();
    const calls = [kit.fresh("a"), kit.fresh("b"), kit.fresh("c")];
    const results = calls.map(record);
    expect(await kit.step()).toEqual(request(calls[0]!));
    expect(await kit.resume()).toEqual({});
    for (const result of results) expect(await result).toMatchObject(returned);
    expect(await kit.tokens()).toEqual(calls);
    expect(await kit.resume()).toEqual({});
    expect(await record(kit.fresh("d"))).toMatchObject(returned);
  });

  test("a paused lane keeps neither another module nor the blocking path", async () => {
    const [c, d] = [kit.fresh("c"), kit.fresh("d")];
    await kit.pause();
    const relay = await kit.load("relay");
    const connection = kit.fresh("k");
    await kit.host.request("connection/open", { module: relay, connection });
    expect(await kit.host.call({ call: d, connection, function: "record", args: { token: d } })).toMatchObject(
      returned,
    );
    await kit.host.request("module/unload", { module: relay });
    const blocking = kit.block(c, [put("blocking")]);
    // A guest language without a blocking path runs the same procedure on the lane.
    if (column.guest === "ts") {
      expect(await blocking).toMatchObject(returned);
      expect(await kit.step()).toBeNull();
    } else {
      await kit.quiesce(0);
      expect(await kit.cells()).toEqual([]);
      expect(await kit.step()).toEqual(request(c, "playBlocking"));
      expect(await blocking).toMatchObject(returned);
    }
    await kit.resume();
  });

  describe.runIf(column.guest === "ts")("while a call is parked", () => {
    /** Parks a call that keeps every other transaction from beginning; what is given lets it go on to its end. */
    async function park(): Promise<() => Promise<void>> {
      const call = kit.fresh("p");
      const parked = kit.block(call, [tx(["record", call], ["point", "here"])], true);
      await kit.parkedAt(call);
      return async () => {
        await kit.host.request("tx/continue", { module: kit.module, call });
        expect(await parked).toMatchObject({ ...returned, seqs: [1] });
      };
    }

    test("a pause waits for the turn that waits for its transaction", async () => {
      const goOn = await park();
      const turn = kit.play(kit.fresh("t"), put("turn"));
      await kit.quiesce(0);
      let isPaused = false;
      const paused = kit.pause().then(() => {
        isPaused = true;
      });
      // Submitted after the pause: its answer comes after one that the pause had got already.
      await kit.quiesce(0);
      expect(isPaused).toBe(false);
      await goOn();
      await paused;
      expect(await turn).toMatchObject({ ...returned, seqs: [2] });
      expect(await kit.step()).toBeNull();
      await kit.resume();
    });

    test("a reducer is not ready: a step gives null, and keeps nobody from the next transaction", async () => {
      const goOn = await park();
      await kit.pause();
      const reducer = record(kit.fresh("r"));
      expect(await kit.step()).toBeNull();
      const blocking = kit.block(kit.fresh("w"), [put("blocking")]);
      await kit.quiesce(0);
      await goOn();
      expect(await blocking).toMatchObject({ ...returned, seqs: [2] });
      expect(await kit.step()).toMatchObject({ kind: "request", function: "run" });
      expect(await reducer).toMatchObject({ ...returned, seqs: [3] });
      await kit.resume();
    });

    test("a step that waits for its transaction gives null when the call stops again", async () => {
      const p = kit.fresh("p");
      const parked = kit.block(p, [tx(["point", "one"], ["point", "two"])], true);
      expect(await kit.parkedAt(p)).toBe("one");
      await kit.pause();
      const reducer = record(kit.fresh("r"));
      const goOn = kit.host.request("tx/continue", { module: kit.module, call: p });
      expect(await kit.step()).toBeNull();
      await goOn;
      expect(await kit.parkedAt(p)).toBe("two");
      await kit.host.request("tx/continue", { module: kit.module, call: p });
      expect(await parked).toMatchObject({ ...returned, seqs: [1] });
      await kit.resume();
      expect(await reducer).toMatchObject({ ...returned, seqs: [2] });
    });
  });
});
