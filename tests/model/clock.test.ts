import { describe, expect, test } from "vitest";
import { body, fetch, procedure, sleepUntil } from "../../conformance/model/program.ts";
import { advance, machineOf, noting, order, respond, run, submit } from "./machines.ts";

const functions = {
  ...noting,
  fetch: procedure(function* ({ url }) {
    const fetched = yield* fetch(url);
    return fetched.ok ? fetched.body : fetched.category;
  }),
  uncaught: procedure(({ url }) => body(url)),
};

describe("sleeps", () => {
  test("end in the order in which they are due, then in that of their begin", () => {
    const machine = machineOf(functions);
    for (const [name, at] of [
      ["late", 30],
      ["early", 10],
      ["late too", 30],
      ["middle", 20],
    ] as const) {
      submit(machine, name, "sleepThenNote", { at });
    }
    run(machine);
    expect(machine.sleeps.map(({ call }) => call.new.name)).toEqual(["early", "middle", "late", "late too"]);
    expect(machine.due).toBeUndefined();
    expect(advance(machine, 30)).toHaveLength(4);
    expect(order(machine)).toEqual(["early", "middle", "late", "late too"]);
  });

  test("end not before their time", () => {
    const machine = machineOf(functions);
    submit(machine, "a", "sleepThenNote", { at: 10 });
    run(machine);
    expect([advance(machine, 9.5), machine.now]).toEqual([[], 9.5]);
    expect([advance(machine, 10), machine.now]).toEqual([["completion a"], 10]);
  });

  test("to a time that has come do not yield", () => {
    const machine = machineOf(functions);
    advance(machine, 10);
    submit(machine, "a", "sleepThenNote", { at: 10 });
    run(machine);
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value: null });
  });

  test("that begin while the clock is moved end in the same movement", () => {
    const machine = machineOf({
      twice: procedure(function* () {
        yield* sleepUntil(5);
        yield* sleepUntil(8);
      }),
    });
    submit(machine, "a", "twice");
    run(machine);
    expect(advance(machine, 10)).toEqual(["completion a", "completion a"]);
    expect(machine.call("a")?.end).toBeDefined();
  });

  test("nothing falls due unless the clock is moved that far", () => {
    expect(() => machineOf(functions).fire()).toThrow("nothing is due");
  });
});

describe("the time of a fetch", () => {
  test("is 30 s by the clock from its begin, and its end is `timeout`", () => {
    const machine = machineOf(functions);
    advance(machine, 1000);
    submit(machine, "a", "fetch", { url: "/a" });
    submit(machine, "b", "uncaught", { url: "/b" });
    run(machine);
    expect(advance(machine, 30_999)).toEqual([]);
    expect(advance(machine, 31_000)).toEqual(["completion a", "completion b"]);
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value: "timeout" });
    expect(machine.call("b")?.end).toEqual({ outcome: "failed", category: "timeout", message: undefined });
  });

  test.each([
    [1, 1],
    [31_000, 31_000],
    [600_000, 180_000],
  ])("is what its request says, up to 180 s: %i ms are %i", (timeoutMs, limit) => {
    const machine = machineOf({
      fetch: procedure(function* ({ url }) {
        const fetched = yield* fetch({ url, timeoutMs });
        return fetched.ok ? fetched.body : fetched.category;
      }),
    });
    submit(machine, "a", "fetch", { url: "/a" });
    run(machine);
    expect(advance(machine, limit - 1)).toEqual([]);
    expect(advance(machine, limit)).toEqual(["completion a"]);
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value: "timeout" });
  });

  test("is over with its response", () => {
    const machine = machineOf(functions);
    submit(machine, "a", "fetch", { url: "/a" });
    run(machine);
    respond(machine, "/a", "in time");
    expect(advance(machine, 30_000)).toEqual([]);
    run(machine);
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value: "in time" });
  });

  test("comes in by due time among sleeps", () => {
    const machine = machineOf(functions);
    submit(machine, "late", "sleepThenNote", { at: 30_001 });
    submit(machine, "same", "sleepThenNote", { at: 30_000 });
    submit(machine, "fetch", "fetch", { url: "/f" });
    run(machine);
    expect(advance(machine, 40_000)).toEqual(["completion same", "completion fetch", "completion late"]);
  });
});
