import { describe, expect, test } from "vitest";
import { buysNoThreads } from "../../conformance/scenarios/thread-rounds.ts";

const baseline = 10;

/** Plays rounds of which each adds so many threads while its calls are held, and keeps so many when they have ended; the last is repeated. */
async function played(...added: readonly { held: number; kept: number }[]): Promise<number> {
  let threads = baseline;
  let rounds = 0;
  await buysNoThreads(
    () => threads,
    baseline,
    5,
    async (round) => {
      expect(round).toBe(rounds);
      rounds += 1;
      const before = threads;
      const { held, kept } = added[Math.min(round, added.length - 1)]!;
      threads = before + held;
      return async () => {
        threads = before + kept;
      };
    },
  );
  return rounds;
}

describe("threads that held calls may not buy", () => {
  test("are none where one round adds none", async () => {
    expect(await played({ held: 0, kept: 0 })).toBe(1);
  });

  test("are not those of a pool that fills", async () => {
    expect(await played({ held: 3, kept: 3 }, { held: 2, kept: 2 }, { held: 0, kept: 0 })).toBe(3);
  });

  test("are those that every round takes while its calls are held", async () => {
    await expect(played({ held: 1, kept: 0 })).rejects.toMatchObject({
      reason: "threads-grew",
      message: "each of 8 rounds of 5 held calls added threads, 1 or more",
    });
  });

  test("are those that every round leaves behind", async () => {
    await expect(played({ held: 0, kept: 1 })).rejects.toMatchObject({ reason: "threads-grew" });
  });

  test("are more than a pool's in any round", async () => {
    expect(await played({ held: 32, kept: 0 }, { held: 0, kept: 0 })).toBe(2);
    await expect(played({ held: 33, kept: 0 }, { held: 0, kept: 0 })).rejects.toMatchObject({
      reason: "threads-grew",
      message: "43 threads with 5 held, 10 after the warm-up: more than a pool of 32",
    });
  });
});
