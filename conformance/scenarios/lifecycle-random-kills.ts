import { withDataFile } from "./data-file.ts";
import { expectThat } from "./expect.ts";
import { intact } from "./lifecycle-durable.ts";
import { returns } from "./probes.ts";
import type { Randomness } from "./randomness.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Scenarios, each on a file of its own, and in each of them kills: 200 together. */
const files = 20;
const killsOfFile = 10;

/** As many reducers at most are sent before a kill. */
const most = 256;

/** What a durable module keeps when its host is killed in the middle of its work, wherever that is. */
export const lifecycleRandomKills: readonly Scenario[] = Array.from({ length: files }, (_, index) =>
  scenario({
    requirement: "lifecycle/kill-loses-no-commit",
    variant: `random-${index + 1}`,
    title: `Killed ${killsOfFile} times among pipelined reducers, whatever the host is doing: what was answered is there, and nothing out of order`,
    module: "relay",
    ownProcess: true,
    capabilities: ["durable"],
    tier: "deep",
    // Each life answers the reducer with which it is looked at.
    probes: [returns(killsOfFile)],
    async play(stage) {
      await withDataFile(async (data) => {
        let life = await stage.another("relay", { data });
        for (let kill = 1; kill <= killsOfFile; kill += 1) life = await killedAtWork(life, data, kill, stage.random);
      });
    },
  }),
);

/**
 * Sends reducers at once and kills the host when it has answered some. How many were sent and awaited is drawn from the seed; how far the host has come with the
 * others, nobody knows. Gives the next life.
 */
async function killedAtWork(life: Stage, data: string, kill: number, random: Randomness): Promise<Stage> {
  const before = await life.tokens();
  const client = await life.connect(`client ${kill}`);
  const tokens = Array.from({ length: 1 + random.below(most) }, (_, index) => `kill ${kill}, reducer ${index}`);
  const calls = tokens.map((token) => client.call("record", { token }));
  const answered = random.below(calls.length + 1);
  await Promise.all(calls.slice(0, answered).map((call) => life.returned(call)));
  const next = await life.afterDeath("relay", { data });
  const found = await intact(next);
  const kept = found.slice(before.length);
  const inOrder = JSON.stringify(found) === JSON.stringify([...before, ...tokens.slice(0, kept.length)]);
  expectThat(
    inOrder && kept.length >= answered,
    "missing-row",
    "what was committed before the kill is not what is there after it",
    [
      `there before: ${before.length} rows`,
      `sent: ${tokens.length} reducers, of which ${answered} were answered`,
      `found after those, the last of them: ${JSON.stringify(kept.slice(-8))}`,
    ],
  );
  return next;
}
