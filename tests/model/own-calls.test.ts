import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Context } from "../../conformance/model/context.ts";
import {
  body,
  callReducer,
  look,
  type Program,
  procedure,
  reducer,
  sleepUntil,
  syncProcedure,
  withTx,
} from "../../conformance/model/program.ts";
import { Uuids } from "../../conformance/model/seeded.ts";
import type { Transaction } from "../../conformance/model/tables.ts";
import { randomsOf } from "../../conformance/scenarios/context-looks.ts";
import { advance, itemsOf, machineOf, note, noting, order, respond, run, submit, take } from "./machines.ts";

const hooks = new Map([
  ["init", (tx: Transaction) => note(tx, "init")],
  ["connected", (tx: Transaction, connection: string) => note(tx, `connected ${connection}`)],
  ["disconnected", (tx: Transaction, connection: string) => note(tx, `disconnected ${connection}`)],
]);

describe("hooks", () => {
  test("`init` is the first commit, and runs on an empty module alone", () => {
    const machine = machineOf(noting, {}, hooks);
    expect([order(machine), machine.tables.seq]).toEqual([["init"], 1]);
  });

  test("take their turn among the requests", () => {
    const machine = machineOf(noting, {}, hooks);
    submit(machine, "a", "note");
    machine.connect("k");
    submit(machine, "b", "note");
    machine.disconnect("k");
    submit(machine, "c", "note");
    expect(itemsOf(machine)).toEqual(["request a"]);
    run(machine);
    expect(order(machine)).toEqual(["init", "a", "connected k", "b", "disconnected k", "c"]);
  });

  test("a call of the blocking path begins when `connected` has ended", () => {
    const machine = machineOf(noting, {}, hooks);
    const hook = machine.connect("k");
    const call = submit(machine, "pool", "noteBlocking");
    expect([call.started, machine.poolTransactions, hook?.end]).toEqual([false, [], undefined]);
    run(machine);
    expect(order(machine)).toEqual(["init", "connected k", "pool"]);
  });

  test("a call of the blocking path that is cancelled before never begins", () => {
    const machine = machineOf(noting, {}, hooks);
    machine.connect("k");
    machine.cancel(submit(machine, "pool", "noteBlocking"));
    run(machine);
    expect(order(machine)).toEqual(["init", "connected k"]);
  });

  test("a module that has none takes no turn for them", () => {
    const machine = machineOf();
    expect([machine.connect("k"), machine.disconnect("k"), machine.quiet]).toEqual([undefined, undefined, true]);
  });
});

const submitting: Readonly<Record<string, Program>> = {
  ...noting,
  around: procedure(function* ({ url, token }) {
    yield* callReducer("note", { token: `${token}/1` });
    yield* callReducer("note", { token: `${token}/2` });
    yield* body(url);
    yield* callReducer("note", { token: `${token}/3` });
    throw new Error("unreachable where the response never comes");
  }),
  submitBlocking: syncProcedure(function* ({ token }) {
    yield* callReducer("note", { token });
    yield* callReducer("note", { token: `${token}, too` });
  }),
};

describe("reducers that a procedure submits", () => {
  test("come into the queue when it does, in its order, before what is submitted later", () => {
    const machine = machineOf(submitting);
    submit(machine, "a", "around", { url: "/a" });
    take(machine, "request a");
    submit(machine, "b", "note");
    expect(itemsOf(machine)).toEqual(["request note()"]);
    run(machine);
    expect(order(machine)).toEqual(["a/1", "a/2", "b"]);
  });

  test("run in the name of its connection", () => {
    const machine = machineOf(submitting);
    submit(machine, "a", "around", { url: "/a" });
    run(machine);
    const own = [...machine.calls.values()].filter((call) => call.new.own);
    expect(own.map((call) => call.new.connection)).toEqual(["k", "k"]);
  });

  test("may pass a client's request of which nobody knows whether it had come", () => {
    const machine = machineOf(submitting);
    submit(machine, "a", "around", { url: "/a" });
    submit(machine, "b", "note");
    submit(machine, "c", "note");
    take(machine, "request a");
    expect(itemsOf(machine)).toEqual(["request b", "request note()"]);
  });

  test("pass none that was there for certain", () => {
    const machine = machineOf(submitting);
    machine.pause();
    submit(machine, "a", "around", { url: "/a" });
    submit(machine, "b", "note");
    take(machine, "request a", true);
    expect(itemsOf(machine, true)).toEqual(["request b"]);
  });

  test("of the blocking path come in its order, before or after a client's", () => {
    const machine = machineOf(submitting);
    submit(machine, "b", "note");
    submit(machine, "pool", "submitBlocking");
    expect(itemsOf(machine)).toEqual(["request b", "request note()"]);
    take(machine, "request note()");
    machine.transact(machine.turn!);
    expect(itemsOf(machine)).toEqual(["request b", "request note()"]);
    run(machine);
    expect(order(machine)).toEqual(["pool", "b", "pool, too"]);
  });
});

const looking: Readonly<Record<string, Program>> = {
  sleepBetween: procedure(function* ({ until }, { context }) {
    const before = yield* withTx((tx) => tx.timestamp);
    yield* sleepUntil(until);
    return { before, after: yield* withTx((tx) => tx.timestamp), call: context.timestamp };
  }),
  reduce: reducer((tx, _, context: Context) => [tx.timestamp, context.timestamp, context.connection, context.sender]),
  inTurn: procedure(() => look(({ timestamp }) => timestamp)),
  draw: procedure(function* () {
    const first = yield* look(({ random }) => random());
    return [first, ...(yield* look(({ random }) => [random(), random()]))];
  }),
  // biome-ignore lint/correctness/useYield: it asks its host for nothing.
  tooEarly: procedure(function* (_, { context }) {
    return context.timestamp;
  }),
};

describe("what a call knows", () => {
  test("its time is that of its first turn, a transaction's that of its begin", () => {
    const machine = machineOf(looking);
    submit(machine, "a", "sleepBetween", { until: 5000 });
    machine.pause();
    advance(machine, 1000);
    machine.resume();
    run(machine);
    advance(machine, 6000);
    const value = { before: 1000, after: 5000, call: 1000 };
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value });
  });

  test("its caller's identity follows from the seed", () => {
    const machine = machineOf(looking, { seed: "s" });
    submit(machine, "a", "reduce");
    run(machine);
    const sender = createHash("sha256").update("s:connection:module:k").digest("hex");
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value: [0, 0, "k", sender] });
  });

  test("what is run ahead of its first turn cannot ask for its time, but can look at it in its turn", () => {
    expect(() => submit(machineOf(looking), "a", "tooEarly")).toThrow("its time is not known yet");
    const machine = machineOf(looking);
    submit(machine, "a", "inTurn");
    advance(machine, 1000);
    submit(machine, "b", "inTurn");
    run(machine);
    expect([machine.call("a")?.end, machine.call("b")?.end]).toEqual([
      { outcome: "returned", value: 1000 },
      { outcome: "returned", value: 1000 },
    ]);
  });

  test("its random numbers follow from the seed and its number, and go on across its looks", () => {
    const machine = machineOf(looking, { seed: "evenlane" }, hooks);
    for (const name of ["a", "b"]) submit(machine, name, "draw");
    run(machine);
    const [first, second] = [1, 2].map((number) => randomsOf("evenlane", number, 3).map((bits) => bits / 2 ** 32));
    expect([machine.call("a")?.end, machine.call("b")?.end]).toEqual([
      { outcome: "returned", value: first },
      { outcome: "returned", value: second },
    ]);
  });
});

describe("UUIDs", () => {
  test("have the clock's time, their number and four bytes of a digest", () => {
    const uuids = new Uuids("s");
    const tail = (number: number) => createHash("sha256").update(`s:uuid:${number}`).digest("hex").slice(0, 8);
    expect(uuids.next(0x0123_4567_89ab)).toBe(`01234567-89ab-7000-8000-0000${tail(0)}`);
    expect(uuids.next(0)).toBe(`01234567-89ab-7000-8000-0001${tail(1)}`);
    expect(uuids.next(0x0123_4567_89ac + 0.9)).toBe(`01234567-89ac-7000-8000-0002${tail(2)}`);
  });

  test("are given in the order of turns", () => {
    const machine = machineOf(
      {
        pair: reducer((_tx, _args, context) => [context.uuid(), context.uuid()]),
        around: procedure(function* ({ url }) {
          const before = yield* look((context) => context.uuid());
          yield* body(url);
          return [before, yield* look((context) => context.uuid())];
        }),
      },
      { seed: "s" },
    );
    submit(machine, "b", "around", { url: "/b" });
    submit(machine, "a", "pair");
    run(machine);
    respond(machine, "/b");
    run(machine);
    const [first, second, third, fourth] = [0, 1, 2, 3].map(
      (
        (uuids) => () =>
          uuids.next(0)
      )(new Uuids("s")),
    );
    expect([machine.call("b")?.end, machine.call("a")?.end]).toEqual([
      { outcome: "returned", value: [first, fourth] },
      { outcome: "returned", value: [second, third] },
    ]);
  });
});
