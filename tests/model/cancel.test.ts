import { describe, expect, test } from "vitest";
import type { Machine } from "../../conformance/model/machine.ts";
import { procedure, sleepUntil, withTx } from "../../conformance/model/program.ts";
import { inFlight, itemsOf, machineOf, noting, order, respond, run, submit, take } from "./machines.ts";

const functions = {
  ...noting,
  sleepThenNote: procedure(function* ({ token }) {
    yield* sleepUntil(10);
    yield* withTx((tx) => tx.put("order", "0", token));
  }),
};
const cancelled = { outcome: "failed", category: "cancelled", message: undefined };

describe("a call that is cancelled", () => {
  const cases: [string, (machine: Machine) => void, unknown[]][] = [
    ["in the queue, a reducer", (machine) => void submit(machine, "x", "note"), []],
    ["in the queue, a procedure", (machine) => void submit(machine, "x", "noteTwice"), []],
    [
      "between two transactions of its turn",
      (machine) => {
        submit(machine, "x", "noteTwice");
        take(machine, "request x");
        machine.transact(machine.turn!);
      },
      ["x/1"],
    ],
    [
      "held",
      (machine) => {
        submit(machine, "x", "fetchThenNote", { url: "/x" });
        run(machine);
      },
      [],
    ],
    [
      "asleep",
      (machine) => {
        submit(machine, "x", "sleepThenNote");
        run(machine);
      },
      [],
    ],
    [
      "with its response in the queue",
      (machine) => {
        submit(machine, "x", "fetchThenNote", { url: "/x" });
        run(machine);
        machine.pause();
        respond(machine, "/x");
        machine.barrier();
      },
      [],
    ],
    [
      "at a point of its transaction",
      (machine) => {
        submit(machine, "x", "noteAtPoint", {}, true);
        machine.transact(machine.poolTransactions[0]!);
      },
      [],
    ],
    ["before its transaction on the blocking path", (machine) => void submit(machine, "x", "noteBlocking"), []],
    ["held on the blocking path", (machine) => void submit(machine, "x", "fetchBlocking", { url: "/x" }), []],
  ];
  test.each(cases)("%s ends, and leaves what it had committed and nothing else", (_, bring, left) => {
    const machine = machineOf(functions);
    bring(machine);
    const call = machine.call("x")!;
    machine.cancel(call);
    machine.resume();
    expect([call.end, order(machine)]).toEqual([cancelled, left]);
    expect([itemsOf(machine), machine.fetches, machine.sleeps, names(machine)]).toEqual([[], [], [], []]);
    expect([machine.turn, machine.parked, machine.quiet]).toEqual([undefined, undefined, true]);
    submit(machine, "next", "note");
    machine.advance(20);
    run(machine);
    expect([machine.due, order(machine)]).toEqual([undefined, [...left, "next"]]);
  });

  test("waiting for a place does not take it when one becomes free", () => {
    const machine = machineOf(functions, { blockingPool: 1 });
    for (const name of ["a", "x", "b"]) submit(machine, name, "fetchBlocking", { url: `/${name}` });
    machine.cancel(machine.call("x")!);
    machine.cancel(machine.call("a")!);
    expect(inFlight(machine)).toEqual(["/b"]);
  });

  test("after its end keeps its end", () => {
    const machine = machineOf(functions);
    const call = submit(machine, "x", "note");
    run(machine);
    machine.cancel(call);
    expect([call.end, call.seqs]).toEqual([{ outcome: "returned", value: null }, [1]]);
  });
});

const names = (machine: Machine) => machine.poolTransactions.map((call) => call.new.name);
