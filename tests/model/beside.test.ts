import { describe, expect, test } from "vitest";
import { Thrown } from "../../conformance/model/failure.ts";
import {
  abort,
  begin,
  body,
  fetch,
  procedure,
  Signal,
  type Steps,
  sleepUntil,
  wait,
  withTx,
} from "../../conformance/model/program.ts";
import { inFlight, itemsOf, machineOf, order, respond, run, submit, take } from "./machines.ts";

function* fetchThenNote(url: string, token: string): Steps<string> {
  const fetched = yield* body(url);
  yield* withTx((tx) => tx.put("order", String(tx.scan("order").length), token));
  return fetched.body;
}

function* endOf(url: string, signal: Signal): Steps<string> {
  const fetched = yield* fetch(url, signal);
  return fetched.ok ? fetched.body : fetched.category;
}

const functions = {
  unawaited: procedure(function* ({ first, second }) {
    yield* begin(fetchThenNote(first, "beside"));
    return yield* fetchThenNote(second, "awaited");
  }),
  awaited: procedure(function* ({ first, second }) {
    const task = yield* begin(fetchThenNote(first, "beside"));
    const own = yield* fetchThenNote(second, "own");
    return [own, yield* wait(task)];
  }),
  waitTwice: procedure(function* ({ first }) {
    const task = yield* begin(fetchThenNote(first, "once"));
    return [yield* wait(task), yield* wait(task)];
  }),
  failing: procedure(function* ({ caught }) {
    const failure = (function* (): Steps<never> {
      yield* sleepUntil(0);
      throw new Thrown("beside");
    })();
    const task = yield* begin(failure);
    return caught ? yield* wait(task) : "went on";
  }),
  abortOne: procedure(function* ({ victim, other, trigger, late }) {
    const signal = new Signal();
    const tasks = [yield* begin(endOf(victim, signal)), yield* begin(endOf(other, new Signal()))];
    yield* fetch(trigger);
    yield* abort(signal);
    const ends = [yield* endOf(late, signal)];
    for (const task of tasks) ends.push((yield* wait(task)) as string);
    return ends;
  }),
};

const begun = (called: string, args: Record<string, unknown> = { first: "/1", second: "/2" }) => {
  const machine = machineOf(functions);
  const call = submit(machine, "a", called, args);
  run(machine);
  return { machine, call };
};

describe("a part that nobody awaits", () => {
  test("is dropped with its fetch when its procedure returns", () => {
    const { machine, call } = begun("unawaited");
    expect(inFlight(machine)).toEqual(["/1", "/2"]);
    respond(machine, "/2", "two");
    run(machine);
    expect([call.end, inFlight(machine), order(machine)]).toEqual([
      { outcome: "returned", value: "two" },
      [],
      ["awaited"],
    ]);
  });

  test("goes on in a turn of its own where its response comes before", () => {
    const { machine, call } = begun("unawaited");
    respond(machine, "/1");
    run(machine);
    expect([call.end, inFlight(machine), order(machine)]).toEqual([undefined, ["/2"], ["beside"]]);
  });

  test("fails alone", () => {
    expect(begun("failing", { caught: false }).call.end).toEqual({ outcome: "returned", value: "went on" });
  });
});

describe("a part that is awaited later", () => {
  test.each([[["/1", "/2"]], [["/2", "/1"]]])("gives its value, whichever response comes first: %j", (paths) => {
    const { machine, call } = begun("awaited");
    for (const path of paths) {
      respond(machine, path, path);
      run(machine);
    }
    expect(call.end).toEqual({ outcome: "returned", value: ["/2", "/1"] });
  });

  test("gives it each time", () => {
    const { machine, call } = begun("waitTwice");
    respond(machine, "/1", "one");
    run(machine);
    expect([call.end, order(machine)]).toEqual([{ outcome: "returned", value: ["one", "one"] }, ["once"]]);
  });

  test("throws what it threw", () => {
    const { call } = begun("failing", { caught: true });
    expect(call.end).toEqual({ outcome: "failed", category: "guest-error", message: "beside" });
  });
});

describe("a signal", () => {
  const paths = { victim: "/victim", other: "/other", trigger: "/trigger", late: "/late" };

  test("ends its fetches in turns of their own, later ones at once, and no others", () => {
    const { machine, call } = begun("abortOne", paths);
    respond(machine, "/trigger");
    take(machine, "completion a");
    expect([itemsOf(machine), inFlight(machine)]).toEqual([["completion a"], ["/other"]]);
    run(machine);
    respond(machine, "/other", "kept");
    run(machine);
    expect(call.end).toEqual({ outcome: "returned", value: ["aborted", "aborted", "kept"] });
  });

  test("takes back an outcome that waits for its turn, and no other", () => {
    const { machine, call } = begun("abortOne", paths);
    respond(machine, "/trigger");
    respond(machine, "/victim", "too late");
    respond(machine, "/other", "kept");
    run(machine);
    expect(call.end).toEqual({ outcome: "returned", value: ["aborted", "aborted", "kept"] });
  });
});
