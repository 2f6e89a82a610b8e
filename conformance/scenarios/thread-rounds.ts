import { expectThat } from "./expect.ts";
import { leastGrowth } from "./growth.ts";

/** Most threads by which the pools of a runtime may grow after the warm-up: the largest known, Deno's for calls that block, has 32. */
const pool = 32;
/** How often so many calls are held, at most, until a round has added no thread. */
const rounds = 8;

/**
 * Demands that held calls buy no threads: one round of several must add none, neither while all are held nor after their release, and no round may
 * pass the baseline, of after the warm-up, by more than a pool. `threads` counts them; `hold` holds all calls of a round and gives what ends them.
 */
export async function buysNoThreads(
  threads: () => number,
  baseline: number,
  n: number,
  hold: (round: number) => Promise<() => Promise<void>>,
): Promise<void> {
  const seen: string[] = [`${baseline} threads after the warm-up`];
  const count = (when: string) => {
    const now = threads();
    seen.push(`${now} ${when}`);
    const message = `${now} threads ${when}, ${baseline} after the warm-up: more than a pool of ${pool}`;
    expectThat(now <= baseline + pool, "threads-grew", message, seen);
    return now;
  };
  const least = await leastGrowth(rounds, 0, async (round) => {
    const before = count(`before ${n} are held`);
    const release = await hold(round);
    const held = count(`with ${n} held`);
    await release();
    return Math.max(held, count(`after the release of ${n}`)) - before;
  });
  const message = `each of ${rounds} rounds of ${n} held calls added threads, ${least} or more`;
  expectThat(least <= 0, "threads-grew", message, seen);
}
