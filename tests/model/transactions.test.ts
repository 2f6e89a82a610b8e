import { describe, expect, test } from "vitest";
import { Thrown } from "../../conformance/model/failure.ts";
import { procedure, reducer, withTx } from "../../conformance/model/program.ts";
import { inFlight, itemsOf, machineOf, note, noting, order, respond, run, submit, take } from "./machines.ts";

const names = (machine: ReturnType<typeof machineOf>) => machine.poolTransactions.map((call) => call.new.name);

describe("the blocking path", () => {
  test("has so many places, and gives a place that becomes free to the first that waits", () => {
    const machine = machineOf(undefined, { blockingPool: 2 });
    for (const name of ["a", "b", "c", "d"]) submit(machine, name, "fetchBlocking", { url: `/${name}` });
    expect(inFlight(machine)).toEqual(["/a", "/b"]);
    respond(machine, "/b");
    run(machine);
    expect(inFlight(machine)).toEqual(["/a", "/c"]);
    respond(machine, "/a");
    respond(machine, "/c");
    run(machine);
    expect(inFlight(machine)).toEqual(["/d"]);
  });

  test("is the lane where the guest is wasm", () => {
    const machine = machineOf(undefined, { guest: "as", blockingPool: null });
    expect(submit(machine, "a", "noteBlocking").path).toBe("lane");
    expect(itemsOf(machine)).toEqual(["request a"]);
  });

  test("commits in any order", () => {
    const machine = machineOf();
    submit(machine, "a", "noteBlocking");
    submit(machine, "b", "noteBlocking");
    machine.transact(machine.poolTransactions[1]!);
    machine.transact(machine.poolTransactions[0]!);
    expect(order(machine)).toEqual(["b", "a"]);
  });
});

describe("a transaction that stands still at a point", () => {
  const parked = () => {
    const machine = machineOf();
    submit(machine, "p", "noteAtPoint", {}, true);
    machine.transact(machine.poolTransactions[0]!);
    return machine;
  };

  test("is told of with its point, and shows nothing to others", () => {
    const machine = parked();
    expect([machine.parked?.call.new.name, machine.parked?.point]).toEqual(["p", "between"]);
    expect(order(machine)).toEqual([]);
  });

  test("keeps a transaction of the blocking path from beginning", () => {
    const machine = parked();
    submit(machine, "q", "noteBlocking");
    expect([names(machine), machine.quiet]).toEqual([[], true]);
    machine.goOn();
    expect(names(machine)).toEqual(["q"]);
    run(machine);
    expect(order(machine)).toEqual(["p/before", "p/after", "q"]);
  });

  test("keeps a reducer from beginning, and what was submitted after it, while completions go on", () => {
    const machine = machineOf();
    submit(machine, "held", "fetchThenNote", { url: "/held" });
    run(machine);
    submit(machine, "p", "noteAtPoint", {}, true);
    machine.transact(machine.poolTransactions[0]!);
    submit(machine, "r", "note");
    submit(machine, "behind", "fetchThenNote", { url: "/behind" });
    expect([itemsOf(machine), machine.quiet]).toEqual([[], true]);
    respond(machine, "/held");
    expect(itemsOf(machine)).toEqual(["completion held"]);
    machine.goOn();
    expect(itemsOf(machine)).toEqual(["request r", "completion held"]);
  });

  test("keeps the transaction of a turn on the lane waiting: nothing else is taken meanwhile", () => {
    const machine = parked();
    submit(machine, "a", "noteTwice");
    submit(machine, "b", "note");
    take(machine, "request a");
    expect([machine.turn?.new.name, itemsOf(machine)]).toEqual(["a", []]);
    machine.goOn();
    run(machine);
    expect(order(machine)).toEqual(["p/before", "p/after", "a/1", "a/2", "b"]);
  });

  test("is passed by a call without `park`, and by one on the lane", () => {
    const machine = machineOf();
    submit(machine, "p", "noteAtPoint");
    run(machine);
    const wasm = machineOf(undefined, { guest: "as" });
    submit(wasm, "p", "noteAtPoint", {}, true);
    run(wasm);
    for (const one of [machine, wasm]) expect(order(one)).toEqual(["p/before", "p/after"]);
  });

  test("is the only one that can be let go", () => {
    expect(() => machineOf().goOn()).toThrow("no call stands still at a point");
  });
});

describe("a commit that conflicts", () => {
  const caught = procedure(function* ({ token }) {
    const seen: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      try {
        yield* withTx((tx) => note(tx, `${token}/${round}`));
        seen.push("committed");
      } catch (error) {
        seen.push((error as { category: string }).category);
      }
    }
    return seen;
  });

  test("is undone and told to the procedure, so often as was said, also before it was submitted", () => {
    const machine = machineOf({ caught });
    machine.failCommits("a", 1);
    submit(machine, "a", "caught");
    machine.failCommits("a", 1);
    run(machine);
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value: ["conflict", "conflict", "committed"] });
    expect([order(machine), machine.call("a")?.seqs]).toEqual([["a/2"], [1]]);
  });

  test("fails a reducer, and a procedure that does not catch it", () => {
    const machine = machineOf();
    for (const [name, called] of [
      ["r", "note"],
      ["p", "noteTwice"],
    ] as const) {
      machine.failCommits(name, 1);
      submit(machine, name, called);
    }
    submit(machine, "other", "note");
    run(machine);
    const conflict = { outcome: "failed", category: "conflict", message: undefined };
    expect([machine.call("r")?.end, machine.call("p")?.end]).toEqual([conflict, conflict]);
    expect(order(machine)).toEqual(["other"]);
  });

  test("runs the body again where the host replays, and counts once", () => {
    const machine = machineOf({ ...noting, caught }, { retry: "replay" });
    for (const [name, called] of [
      ["a", "caught"],
      ["r", "note"],
    ] as const) {
      machine.failCommits(name, 2);
      submit(machine, name, called);
    }
    run(machine);
    expect(machine.call("a")?.end).toEqual({ outcome: "returned", value: ["committed", "committed", "committed"] });
    expect(machine.call("r")?.end).toMatchObject({ outcome: "returned" });
    expect(machine.tables.seq).toBe(4);
    expect(order(machine)).toEqual(["a/0", "a/1", "a/2", "r"]);
  });

  test("does not happen to a transaction that its body undoes", () => {
    const machine = machineOf({
      ...noting,
      undoThenNote: procedure(function* ({ token }) {
        try {
          yield* withTx(() => {
            throw new Thrown("undone");
          });
        } catch {}
        yield* withTx((tx) => tx.put("order", "0", token));
      }),
    });
    machine.failCommits("a", 1);
    submit(machine, "a", "undoThenNote");
    run(machine);
    expect(machine.call("a")?.end).toMatchObject({ category: "conflict" });
  });
});

describe("a reducer", () => {
  const machine = machineOf({
    fails: reducer((tx) => {
      tx.put("order", "0", "never");
      throw new Thrown("no");
    }),
    inserts: reducer((tx) => {
      tx.insert("order", "0", "first");
      tx.insert("order", "0", "second");
    }),
    empty: reducer(() => undefined),
  });
  const endOf = (called: string) => {
    const call = submit(machine, called, called);
    run(machine);
    return [call.end, call.seqs, order(machine)];
  };

  test("that throws leaves nothing, and its message is told", () => {
    expect(endOf("fails")).toEqual([{ outcome: "failed", category: "guest-error", message: "no" }, [], []]);
  });

  test("that lets a refusal pass fails with its category", () => {
    expect(endOf("inserts")).toEqual([{ outcome: "failed", category: "unique-violation", message: undefined }, [], []]);
  });

  test("that gives nothing returns null, and commits all the same", () => {
    expect(endOf("empty")).toEqual([{ outcome: "returned", value: null }, [1], []]);
  });
});
