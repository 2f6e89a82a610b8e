import { describe, expect, test } from "vitest";
import { Refused, Thrown } from "../../conformance/model/failure.ts";
import { all, body, procedure, type Steps, syncProcedure, withTx } from "../../conformance/model/program.ts";
import { inFlight, machineOf, note, noting, order, respond, run, submit } from "./machines.ts";

describe("a procedure that throws", () => {
  const thrower = (error: Error) =>
    function* () {
      yield* withTx((tx) => tx.put("order", "0", "kept"));
      yield* withTx((tx) => {
        tx.put("order", "1", "undone");
        throw error;
      });
    };
  test.each([
    ["by itself", new Thrown("why"), { category: "guest-error", message: "why" }],
    [
      "by its engine, with words of the engine's own",
      new Thrown("why", false),
      { category: "guest-error", message: undefined },
    ],
    ["what it was refused", new Refused("absent"), { category: "absent", message: undefined }],
  ])("%s fails so, on either path, and keeps what it had committed", (_, error, end) => {
    const machine = machineOf({ lane: procedure(thrower(error)), pool: syncProcedure(thrower(error)) });
    for (const name of ["lane", "pool"]) {
      const call = submit(machine, name, name);
      run(machine);
      expect(call.end).toEqual({ outcome: "failed", ...end });
      expect(call.seqs).toHaveLength(1);
      expect(order(machine)).toEqual(["kept"]);
    }
  });

  test("is no fault of the model's own: those pass", () => {
    const machine = machineOf({
      faulty: procedure(function* () {
        yield* withTx(() => {
          throw new RangeError("a fault of the model");
        });
      }),
    });
    submit(machine, "a", "faulty");
    expect(() => run(machine)).toThrow("a fault of the model");
  });
});

describe("a fetch that fails", () => {
  test("fails the call with the category, unless it is caught", () => {
    const machine = machineOf();
    const call = submit(machine, "a", "fetchThenNote", { url: "/a" });
    run(machine);
    machine.settle(machine.fetches[0]!, { ok: false, category: "transport" });
    run(machine);
    expect(call.end).toEqual({ outcome: "failed", category: "transport", message: undefined });
  });
});

describe("parts side by side", () => {
  const part = function* (url: string, token: string): Steps<string> {
    const { body: text } = yield* body(url);
    yield* withTx((tx) => note(tx, token));
    return text;
  };
  const together = procedure(({ urls }) => all((urls as string[]).map((url) => part(url, new URL(url).pathname))));
  const started = () => {
    const machine = machineOf({ ...noting, together, none: procedure(() => all([])) });
    submit(machine, "a", "together", { urls: ["/0", "/1", "/2"] });
    run(machine);
    return machine;
  };

  test("are all in flight at once", () => {
    expect(inFlight(started())).toEqual(["/0", "/1", "/2"]);
  });

  test("go on in the order of release, and give their values in their own order", () => {
    const machine = started();
    for (const url of ["/2", "/0", "/1"]) {
      respond(machine, url, `for ${url}`);
      machine.barrier();
    }
    run(machine);
    expect(order(machine)).toEqual(["/2", "/0", "/1"]);
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value: ["for /0", "for /1", "for /2"] });
  });

  test("each take a turn of their own", () => {
    const machine = started();
    respond(machine, "/1");
    run(machine);
    expect([order(machine), inFlight(machine), machine.call("a")?.end]).toEqual([["/1"], ["/0", "/2"], undefined]);
  });

  test("fail the whole with the first that fails", () => {
    const machine = started();
    machine.settle(machine.fetches[1]!, { ok: false, category: "transport" });
    run(machine);
    expect(machine.call("a")?.end).toMatchObject({ category: "transport" });
    expect([machine.fetches, machine.quiet]).toEqual([[], true]);
  });

  test("that fail at once fail the whole with the first of them", () => {
    const fails = function* (message: string): Steps<never> {
      yield* [];
      throw new Thrown(message);
    };
    const machine = machineOf({ both: procedure(() => all([fails("first"), fails("second")])) });
    const call = submit(machine, "a", "both");
    run(machine);
    expect(call.end).toEqual({ outcome: "failed", category: "guest-error", message: "first" });
  });

  test("that are none give an empty list", () => {
    const machine = started();
    const call = submit(machine, "b", "none");
    run(machine);
    expect(call.end).toEqual({ outcome: "returned", value: [] });
  });
});
