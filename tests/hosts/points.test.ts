/** Points of transactions, at which a host can be told to stop a call: on every column, with the same outcome. */
import { describe, expect, test } from "vitest";
import type { CallResult } from "../../conformance/protocol/schemas.ts";
import { cancelledWith, columns, put, returned, ScriptColumn, start, tx } from "./script-column.ts";

describe.each(columns)("a point on $label", (column) => {
  const kit = new ScriptColumn(column);
  const goOn = (call: string) => kit.host.request("tx/continue", { module: kit.module, call });
  const hasPoints = () => column.guest === "ts" && kit.host.info.capabilities.includes("txPoints");
  const noPoints = "a guest without a blocking path has no points to stop at";

  test("is where every host with a blocking path can stop a call", () => {
    const { capabilities, profile } = kit.host.info;
    expect(capabilities).toEqual(expect.arrayContaining(["cancel", "failpoints"]));
    expect(capabilities.includes("txPoints")).toBe(profile.blockingPool !== null);
  });

  test("does nothing on a lane, nor in a call that was not told to stop", async () => {
    const [c, d] = [kit.fresh("c"), kit.fresh("c")];
    const steps = [tx(["point", "p"], ["put", "a", 1])];
    const lane = await kit.host.call({
      call: c,
      connection: kit.connection,
      function: "play",
      args: { steps },
      park: true,
    });
    expect(lane).toMatchObject({ value: [{ tx: [null, null] }], seqs: [1] });
    expect(await kit.block(d, steps)).toMatchObject({ value: [{ tx: [null, null] }], seqs: [2] });
    expect(kit.parked).toEqual([]);
    expect(await kit.codeOf(goOn(c))).toBe(kit.host.info.capabilities.includes("txPoints") ? -32002 : -32601);
  });

  test("stops a call with its transaction open, until it goes on; what waits for it stands still", async (context) => {
    if (!hasPoints()) context.skip(noPoints);
    const [p, r, w, l] = [kit.fresh("p"), kit.fresh("r"), kit.fresh("w"), kit.fresh("l")];
    const stopped = kit.block(p, [tx(["put", "p", 1], ["point", "one"], ["record", p], ["point", "two"])], true);
    expect(await kit.parkedAt(p)).toBe("one");
    const waiting: Promise<CallResult>[] = [
      kit.run(r, ["record", r]),
      kit.block(w, [tx(["record", w])]),
      kit.play(l, tx(["record", l])),
    ];
    expect(await kit.quiesce(0)).toEqual({ outcomes: 0, fetchesInFlight: 0 });
    expect(await kit.cells()).toEqual([]);
    await goOn(p);
    expect(await kit.parkedAt(p)).toBe("two");
    expect(await kit.quiesce(0)).toEqual({ outcomes: 0, fetchesInFlight: 0 });
    await goOn(p);
    expect(await stopped).toMatchObject({ ...returned, seqs: [1] });
    for (const call of waiting) expect(await call).toMatchObject(returned);
    const tokens = await kit.tokens();
    expect(tokens[0]).toBe(p);
    expect([...tokens].sort()).toEqual([l, p, r, w].sort());
    expect(await kit.codeOf(goOn(p))).toBe(-32002);
  });

  test("is left by a call that is cancelled there: its transaction is undone, and others go on", async (context) => {
    if (!hasPoints()) context.skip(noPoints);
    const [p, r] = [kit.fresh("p"), kit.fresh("r")];
    const stopped = kit.block(p, [put("kept"), tx(["put", "never", 1], ["point", "one"]), put("never")], true);
    await kit.parkedAt(p);
    const waiting = kit.run(r, ["put", "r", 1]);
    await kit.quiesce(0);
    await kit.cancel(p);
    expect(await stopped).toMatchObject(cancelledWith(1));
    expect(await waiting).toMatchObject({ ...returned, seqs: [2] });
    await kit.quiesce(0);
    expect(await kit.cells()).toEqual(["kept", "r"]);
  });

  test("keeps transactions from beginning: a call that waits for that can be cancelled", async (context) => {
    if (!hasPoints()) context.skip(noPoints);
    const [p, w] = [kit.fresh("p"), kit.fresh("w")];
    const stopped = kit.block(p, [tx(["put", "p", 1], ["point", "one"])], true);
    await kit.parkedAt(p);
    const waiting = kit.block(w, [put("never")]);
    await kit.quiesce(0);
    await kit.cancel(w);
    expect(await waiting).toMatchObject(cancelledWith());
    await goOn(p);
    expect(await stopped).toMatchObject(returned);
    await kit.quiesce(0);
    expect(await kit.cells()).toEqual(["p"]);
  });

  test("lets a cancelled call's turn run to its end: where the call ends in it, that is how it ended", async (context) => {
    if (!hasPoints()) context.skip(noPoints);
    const [p, ends, yields] = [kit.fresh("p"), kit.fresh("c"), kit.fresh("c")];
    const gate = kit.gate("never");
    for (const [call, steps, end] of [
      [ends, [put("ends")], { ...returned, seqs: [2] }],
      [yields, [put("yields"), { fetch: gate.url }, put("never")], cancelledWith(4)],
    ] as const) {
      const parked = `${p}/${call}`;
      const stopped = kit.block(parked, [tx(["point", "one"])], true);
      await kit.parkedAt(parked);
      const turn = kit.play(call, ...steps);
      await kit.quiesce(0);
      const cancelled = kit.cancel(call);
      await goOn(parked);
      expect(await turn).toMatchObject(end);
      expect(await cancelled).toEqual({});
      expect(await stopped).toMatchObject(returned);
    }
    await kit.quiesce(1);
    expect(await kit.cells()).toEqual(["ends", "yields"]);
  });

  test("is gone on from by a call that is parked only", async (context) => {
    if (!hasPoints()) context.skip(noPoints);
    const [p, other] = [kit.fresh("p"), kit.fresh("c")];
    const stopped = kit.block(p, [tx(["point", "one"])], true);
    await kit.parkedAt(p);
    const asleep = kit.block(other, [{ sleep: start * 2 }], true);
    await kit.quiesce(0);
    expect(await kit.codeOf(goOn(other))).toBe(-32002);
    expect(await kit.codeOf(goOn(kit.fresh("never")))).toBe(-32002);
    expect(await kit.codeOf(kit.host.request("tx/continue", { module: "none", call: p }))).toBe(-32001);
    await kit.cancel(other);
    expect(await asleep).toMatchObject(cancelledWith());
    expect(await goOn(p)).toEqual({});
    expect(await stopped).toMatchObject({ ...returned, seqs: [1] });
  });

  test("is left by a call whose module is unloaded", async (context) => {
    if (!hasPoints()) context.skip(noPoints);
    const p = kit.fresh("p");
    const stopped = kit.block(p, [tx(["point", "one"])], true);
    await kit.parkedAt(p);
    await kit.host.request("module/unload", { module: kit.module });
    expect(await stopped).toMatchObject({ error: { category: "shutdown" }, seqs: [] });
    kit.module = await kit.load("script");
  });
});
