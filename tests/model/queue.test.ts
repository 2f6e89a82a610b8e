import { describe, expect, test } from "vitest";
import { inFlight, itemsOf, machineOf, order, respond, run, submit, take } from "./machines.ts";

describe("requests", () => {
  test("are taken first in, first out, whatever they are", () => {
    const machine = machineOf();
    submit(machine, "a", "note");
    submit(machine, "b", "noteTwice");
    submit(machine, "c", "note");
    expect(itemsOf(machine)).toEqual(["request a"]);
    run(machine);
    expect(order(machine)).toEqual(["a", "b/1", "b/2", "c"]);
    expect([...machine.calls.values()].map(({ seqs }) => seqs)).toEqual([[1], [2, 3], [4]]);
  });

  test("of an unknown function end at once, and take no turn", () => {
    const machine = machineOf();
    const call = submit(machine, "a", "nothing");
    expect(call.end).toEqual({ outcome: "failed", category: "unknown-function", message: undefined });
    expect(machine.quiet).toBe(true);
  });
});

describe("one turn at a time", () => {
  test("nothing is taken while a turn waits for its transaction", () => {
    const machine = machineOf();
    submit(machine, "a", "noteTwice");
    submit(machine, "b", "note");
    take(machine, "request a");
    expect([machine.turn?.new.name, itemsOf(machine)]).toEqual(["a", []]);
    machine.transact(machine.turn!);
    expect([machine.turn?.new.name, itemsOf(machine)]).toEqual(["a", []]);
    machine.transact(machine.turn!);
    expect([machine.turn, itemsOf(machine)]).toEqual([undefined, ["request b"]]);
  });

  test("a transaction of the blocking path may come between two of a lane's turn", () => {
    const machine = machineOf();
    submit(machine, "a", "noteTwice");
    submit(machine, "pool", "noteBlocking");
    take(machine, "request a");
    machine.transact(machine.turn!);
    expect(machine.poolTransactions.map((call) => call.new.name)).toEqual(["pool"]);
    machine.transact(machine.poolTransactions[0]!);
    machine.transact(machine.turn!);
    expect(order(machine)).toEqual(["a/1", "pool", "a/2"]);
  });

  test("a turn without a transaction is over when its call is held", () => {
    const machine = machineOf();
    submit(machine, "a", "fetchThenNote", { url: "/a" });
    take(machine, "request a");
    expect([machine.turn, inFlight(machine), machine.quiet]).toEqual([undefined, ["/a"], true]);
  });
});

describe("completions", () => {
  const held = (...names: string[]) => {
    const machine = machineOf();
    for (const name of names) submit(machine, name, "fetchThenNote", { url: `/${name}` });
    run(machine);
    return machine;
  };

  test("of one epoch are taken in any order", () => {
    const machine = held("a", "b", "c");
    for (const name of ["c", "a", "b"]) respond(machine, `/${name}`);
    expect(itemsOf(machine)).toEqual(["completion c", "completion a", "completion b"]);
    take(machine, "completion b");
    machine.transact(machine.turn!);
    expect(itemsOf(machine)).toEqual(["completion c", "completion a"]);
  });

  test("of an earlier epoch are taken before those of a later one", () => {
    const machine = held("a", "b", "c");
    respond(machine, "/c");
    machine.barrier();
    respond(machine, "/a");
    respond(machine, "/b");
    expect(itemsOf(machine)).toEqual(["completion c"]);
    run(machine);
    expect(order(machine)).toEqual(["c", "a", "b"]);
  });

  test("may come before or after a request of which nobody knows whether it is in the queue yet", () => {
    const machine = held("a");
    respond(machine, "/a");
    machine.barrier();
    submit(machine, "r", "note");
    expect(itemsOf(machine)).toEqual(["request r", "completion a"]);
  });

  test("bring the response to their own call", () => {
    const machine = held("a", "b");
    respond(machine, "/b", "for b");
    respond(machine, "/a", "for a");
    run(machine);
    expect([machine.call("a")?.end, machine.call("b")?.end]).toEqual([
      { outcome: "returned", value: "for a" },
      { outcome: "returned", value: "for b" },
    ]);
  });
});

describe("a lane that stands still", () => {
  test("takes nothing but by a step", () => {
    const machine = machineOf();
    machine.pause();
    submit(machine, "a", "note");
    expect([itemsOf(machine), machine.quiet]).toEqual([[], true]);
    expect(itemsOf(machine, true)).toEqual(["request a"]);
    machine.resume();
    expect(itemsOf(machine)).toEqual(["request a"]);
  });

  const both = (requests: number, requestBurst: number) => {
    const machine = machineOf(undefined, { requestBurst });
    for (const name of ["x", "y"]) submit(machine, name, "fetchThenNote", { url: `/${name}` });
    run(machine);
    machine.pause();
    respond(machine, "/x");
    respond(machine, "/y");
    for (let number = 1; number <= requests; number += 1) submit(machine, `r${number}`, "note");
    return machine;
  };
  /** Steps as the contract orders, where it orders. */
  const stepped = (machine: ReturnType<typeof both>) => {
    const taken: string[] = [];
    for (let items = itemsOf(machine, true); items.length > 0; items = itemsOf(machine, true)) {
      expect(items, `after ${taken.join(", ")}`).toHaveLength(1);
      taken.push(items[0]!);
      take(machine, items[0]!, true);
      while (machine.turn !== undefined) machine.transact(machine.turn);
    }
    return taken;
  };

  test("takes requests that are there for certain before completions", () => {
    const machine = both(2, 64);
    expect(itemsOf(machine, true)).toEqual(["request r1"]);
    machine.resume();
    expect(itemsOf(machine)).toEqual(["request r1"]);
  });

  test("lets `requestBurst` requests pass a completion that is there for certain, and then one completion", () => {
    const machine = machineOf(undefined, { requestBurst: 3 });
    for (const name of ["x", "y"]) submit(machine, name, "fetchThenNote", { url: `/${name}` });
    run(machine);
    machine.pause();
    for (const name of ["x", "y"]) {
      respond(machine, `/${name}`);
      machine.barrier();
    }
    for (let number = 1; number <= 8; number += 1) submit(machine, `r${number}`, "note");
    const burst = (from: number) => [from, from + 1, from + 2].map((number) => `request r${number}`);
    expect(stepped(machine)).toEqual([
      ...burst(1),
      "completion x",
      ...burst(4),
      "completion y",
      "request r7",
      "request r8",
    ]);
  });

  test("has all that was submitted before in its queue for certain when it goes on", () => {
    const machine = machineOf();
    submit(machine, "x", "fetchThenNote", { url: "/x" });
    run(machine);
    respond(machine, "/x");
    submit(machine, "r", "note");
    expect(itemsOf(machine)).toEqual(["request r", "completion x"]);
    machine.pause();
    machine.resume();
    expect(itemsOf(machine)).toEqual(["request r"]);
  });

  test("may let a completion of which nobody knows whether it is there wait longer", () => {
    const machine = both(4, 3);
    for (let number = 1; number <= 3; number += 1) {
      take(machine, `request r${number}`, true);
      machine.transact(machine.turn!);
    }
    expect(itemsOf(machine, true)).toEqual(["request r4", "completion x", "completion y"]);
  });

  test("may have let a completion wait for as many requests since it came in, whenever that was", () => {
    const machine = both(4, 3);
    for (let number = 1; number <= 3; number += 1) {
      take(machine, `request r${number}`, true);
      machine.transact(machine.turn!);
    }
    machine.barrier();
    expect(itemsOf(machine, true)).toEqual(["request r4", "completion x", "completion y"]);
  });

  test("counts no request that was taken while no completion was ready: it passed nobody", () => {
    const machine = machineOf(undefined, { requestBurst: 2 });
    submit(machine, "x", "fetchThenNote", { url: "/x" });
    for (let number = 1; number <= 5; number += 1) submit(machine, `early ${number}`, "note");
    run(machine);
    machine.pause();
    respond(machine, "/x");
    machine.barrier();
    for (let number = 1; number <= 3; number += 1) submit(machine, `r${number}`, "note");
    expect(stepped(machine)).toEqual(["request r1", "request r2", "completion x", "request r3"]);
  });
});

describe("a bound on the procedures in flight", () => {
  const bounded = () => {
    const machine = machineOf(undefined, { maxInFlight: 2 });
    for (const name of ["a", "b", "c", "d"]) submit(machine, name, "fetchThenNote", { url: `/${name}` });
    return machine;
  };

  test("holds the rest back, and reducers pass them", () => {
    const machine = bounded();
    submit(machine, "r", "note");
    run(machine);
    expect(inFlight(machine)).toEqual(["/a", "/b"]);
    expect([machine.quiet, order(machine)]).toEqual([true, ["r"]]);
  });

  test("gives the place of one that has ended to the one that waits longest, before later requests", () => {
    const machine = bounded();
    run(machine);
    respond(machine, "/b");
    take(machine, "completion b");
    machine.transact(machine.turn!);
    submit(machine, "r", "note");
    expect(itemsOf(machine)).toEqual(["request c"]);
    run(machine);
    expect(inFlight(machine)).toEqual(["/a", "/c"]);
  });

  test("one that is cancelled while it waits for a place never begins", () => {
    const machine = bounded();
    run(machine);
    machine.cancel(machine.call("c")!);
    machine.cancel(machine.call("a")!);
    run(machine);
    expect(inFlight(machine)).toEqual(["/b", "/d"]);
  });
});
