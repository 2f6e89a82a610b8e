import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Machine } from "../../conformance/model/machine.ts";
import { clockwork } from "../../conformance/model/programs/clockwork.ts";
import { randomOf } from "../../conformance/model/seeded.ts";
import { anything } from "../../conformance/model/value.ts";
import { run, submit } from "./machines.ts";

/** sfc32 as Chris Doty-Humphrey published it, in whole numbers without a bound, over the seed of this call. */
function* published(seed: string, place: number): Generator<number> {
  const digest = createHash("sha256").update(`${seed}:${place}`).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => BigInt(digest.readUInt32LE(at))) as [bigint, bigint, bigint, bigint];
  const cut = (value: bigint) => BigInt.asUintN(32, value);
  for (;;) {
    const result = cut(a + b + d);
    d = cut(d + 1n);
    a = b ^ (b >> 9n);
    b = cut(c + (c << 3n));
    c = cut(((c << 21n) | (c >> 11n)) + result);
    yield Number(result) / 2 ** 32;
  }
}

describe("a call's random numbers", () => {
  test.each([0, 7])("are those of sfc32 over the seed of place %i", (place) => {
    const random = randomOf("seed", place);
    const numbers = published("seed", place);
    for (let count = 0; count < 100; count += 1) expect(random()).toBe(numbers.next().value);
  });

  test("are open without the run's seed", () => {
    expect(randomOf(undefined, 0)()).toBe(anything);
  });

  test("count hooks, and calls that are refused", () => {
    const profile = { guest: "ts", blockingPool: 2, requestBurst: 64, maxInFlight: null, retry: "none" } as const;
    const machine = new Machine(clockwork, { ...profile, seed: "seed" }, 5, undefined, "clockwork");
    machine.connect("k");
    submit(machine, "none", "no such function");
    const call = submit(machine, "a", "context");
    run(machine);
    const numbers = published("seed", 3);
    const sender = createHash("sha256").update("seed:connection:clockwork:k").digest("hex");
    const random = [1, 2, 3].map(() => numbers.next().value);
    expect(call.end).toEqual({ outcome: "returned", value: { timestamp: 5, sender, connection: "k", random } });
  });
});
