import { describe, expect, test } from "vitest";
import { Thrown } from "../../conformance/model/failure.ts";
import { type Program, procedure, reducer, syncProcedure, withTx } from "../../conformance/model/program.ts";
import { tickAfter } from "../../conformance/model/schedules.ts";
import type { Transaction } from "../../conformance/model/tables.ts";
import { advance, itemsOf, machineOf, noting, order, respond, run, submit } from "./machines.ts";

const later = (tx: Transaction, { token, at, every }: { token: string; at: number; every?: number }): void =>
  tx.schedule("note", { token }, at, every);

const functions: Readonly<Record<string, Program>> = {
  ...noting,
  later: reducer(later),
  laterEach: reducer((tx, { times }) => {
    for (const at of times as number[]) later(tx, { token: `at ${at}`, at });
  }),
  laterThenThrow: reducer((tx, args) => {
    later(tx, args);
    throw new Thrown("after scheduling");
  }),
  laterTwiceThenThrow: procedure(function* ({ token, at }) {
    yield* withTx((tx) => later(tx, { token, at }));
    throw new Thrown("after scheduling");
  }),
  laterBlocking: syncProcedure(({ token, at }) => withTx((tx) => later(tx, { token, at }))),
  heldEvery: reducer((tx, { url, token, at, every }) => tx.schedule("fetchThenNote", { url, token }, at, every)),
  noteTime: reducer((tx, _, { timestamp }) => tx.put("times", String(tx.scan("times").length), timestamp)),
  timesEvery: reducer((tx, { at, every }) => tx.schedule("noteTime", {}, at, every)),
};
const made = (profile = {}) => machineOf(functions, profile);
const times = (machine: ReturnType<typeof made>) =>
  machine.tables.rowsAt("times", machine.tables.seq).map(([, at]) => at);

describe("a call that is scheduled once", () => {
  test("runs when its time has come, not before and not again", () => {
    const machine = made();
    submit(machine, "a", "later", { at: 10 });
    run(machine);
    expect([advance(machine, 9.5), advance(machine, 10), advance(machine, 1000)]).toEqual([[], ["request note()"], []]);
    expect(order(machine)).toEqual(["a"]);
  });

  test("comes by due time, then by order of scheduling, among sleeps too", () => {
    const machine = made();
    submit(machine, "first", "later", { at: 20 });
    submit(machine, "sleeper", "sleepThenNote", { at: 20 });
    submit(machine, "early", "later", { at: 10 });
    submit(machine, "last", "later", { at: 20 });
    run(machine);
    advance(machine, 20);
    expect(order(machine)).toEqual(["early", "first", "sleeper", "last"]);
  });

  test("for a time that has passed is due at the commit, as it was scheduled", () => {
    const machine = made();
    advance(machine, 100);
    submit(machine, "a", "laterEach", { times: [90, 100, 80, 101] });
    submit(machine, "b", "note");
    run(machine);
    expect(order(machine)).toEqual(["b", "at 90", "at 100", "at 80"]);
    expect(advance(machine, 101)).toHaveLength(1);
  });

  test("is undone with its transaction, and kept where its procedure fails later", () => {
    const machine = made();
    submit(machine, "undone", "laterThenThrow", { at: 10 });
    submit(machine, "kept", "laterTwiceThenThrow", { at: 10 });
    run(machine);
    advance(machine, 10);
    expect(order(machine)).toEqual(["kept"]);
  });

  test("of a call whose commit conflicts and is done again is there once", () => {
    const machine = made({ retry: "replay" });
    machine.failCommits("a", 1);
    submit(machine, "a", "later", { at: 10 });
    run(machine);
    advance(machine, 10);
    expect(order(machine)).toEqual(["a"]);
  });

  test("is behind what is in the queue for certain, before completions", () => {
    const machine = made();
    submit(machine, "x", "fetchThenNote", { url: "/x" });
    submit(machine, "a", "later", { at: 10 });
    run(machine);
    machine.pause();
    machine.advance(10);
    respond(machine, "/x");
    submit(machine, "b", "note");
    expect(itemsOf(machine, true)).toEqual(["request b"]);
    expect(machine.quiet).toBe(true);
    machine.fire();
    machine.resume();
    expect(itemsOf(machine)).toEqual(["request b"]);
    run(machine);
    expect(order(machine)).toEqual(["b", "a", "x"]);
  });

  test("by the blocking path may come in before or after what a client has submitted meanwhile", () => {
    const machine = made();
    submit(machine, "pool", "laterBlocking", { at: -1 });
    submit(machine, "b", "note");
    machine.transact(machine.poolTransactions[0]!);
    expect(itemsOf(machine)).toEqual(["request b", "request note()"]);
  });
});

describe("a call that comes again and again", () => {
  test("has its ticks at whole intervals from the first, whenever the clock is moved", () => {
    const machine = made();
    submit(machine, "a", "timesEvery", { at: 1000, every: 250.5 });
    run(machine);
    for (const to of [999, 1000, 1600, 1752]) advance(machine, to);
    expect(times(machine)).toEqual([1000, 1250.5, 1501, 1751.5]);
  });

  test("fires once for all that had passed before, and then at its next time", () => {
    const machine = made();
    advance(machine, 2500);
    submit(machine, "a", "timesEvery", { at: 0, every: 1000 });
    run(machine);
    advance(machine, 2999);
    expect(times(machine)).toEqual([2500]);
    advance(machine, 3000);
    expect(times(machine)).toEqual([2500, 3000]);
  });

  test("misses the ticks that fall due while one is in flight", () => {
    const machine = made();
    submit(machine, "a", "heldEvery", { url: "/a", at: 1000, every: 1000 });
    submit(machine, "b", "later", { at: 2000, every: 1000 });
    run(machine);
    advance(machine, 3500);
    expect([order(machine), machine.fetches.length]).toEqual([["b", "b"], 1]);
    respond(machine, "/a");
    run(machine);
    advance(machine, 3999);
    expect([order(machine), machine.fetches.length]).toEqual([["b", "b", "a"], 0]);
    advance(machine, 4000);
    expect(machine.fetches.length).toBe(1);
  });

  test("misses them also while the lane stands still", () => {
    const machine = made();
    submit(machine, "a", "timesEvery", { at: 10, every: 10 });
    run(machine);
    machine.pause();
    advance(machine, 35);
    machine.resume();
    run(machine);
    advance(machine, 40);
    expect(times(machine)).toEqual([35, 40]);
  });

  test.each([
    [0, 10, 10, 10],
    [10, 10, 10, 20],
    [37, 0, 10, 40],
    [3 * 1.1, 0, 1.1, 4 * 1.1],
    [0, -2500, 1000, 500],
  ])("after %d, counted from %d by %d, is due at %d", (now, first, every, due) => {
    expect(tickAfter(now, first, every)).toBe(due);
  });
});
