import type { Connection } from "./connection.ts";
import { expectSame } from "./expect.ts";
import { maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

const module = "chores";

/** What each tick recorded: its token, and its time counted from `zero` where it recorded one. */
async function ticks(stage: Stage, zero: number): Promise<unknown[]> {
  const rows = (await stage.recorded()) as readonly { token: string; at?: number }[];
  return rows.map(({ token, at }) => (at === undefined ? token : [token, at - zero]));
}

async function fence(stage: Stage, alice: Connection): Promise<void> {
  await stage.quiet();
  await stage.returned(alice.call("record", { token: "fence" }));
}

/** The scenarios on calls that come again and again. */
export const intervals: readonly Scenario[] = [
  scenario({
    requirement: "scheduling/interval-does-not-drift",
    title: "Ticks come at the first due time and at whole intervals after it, whenever the clock is moved",
    module,
    capabilities: ["clock", "quiesce"],
    probes: [returns(2), rowsSeen("log", 5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const zero = stage.now;
      await stage.returned(alice.call("tickEvery", { token: "tick", first: zero + 1000, every: 250.5 }));
      for (const later of [999, 1000, 1600, 1752]) await stage.advance(zero + later);
      await fence(stage, alice);
      const times = [1000, 1250.5, 1501, 1751.5].map((at) => ["tick", at]);
      expectSame(await ticks(stage, zero), [...times, "fence"], "wrong-row", "the ticks and their times");
    },
  }),
  scenario({
    requirement: "scheduling/interval-does-not-drift",
    variant: "late-tick",
    title: "A tick that the lane lets wait makes those after it no later",
    module,
    capabilities: ["clock", "quiesce", "stepping"],
    evidence: "stepping",
    probes: [returns(2), rowsSeen("log", 4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const zero = stage.now;
      await stage.returned(alice.call("tickEvery", { token: "tick", first: zero + 1000, every: 1000 }));
      await stage.pause();
      await stage.advance(zero + 1400);
      await stage.resume();
      await stage.quiet();
      await stage.advance(zero + 2999);
      await fence(stage, alice);
      await stage.advance(zero + 3000);
      await stage.quiet();
      const expected = [["tick", 1400], ["tick", 2000], "fence", ["tick", 3000]];
      expectSame(await ticks(stage, zero), expected, "wrong-row", "the ticks and their times");
    },
  }),
  scenario({
    requirement: "scheduling/missed-ticks-are-skipped",
    variant: "due-at-once",
    title: "Of ticks that lie in the past one fires, and the next comes at its own time",
    module,
    capabilities: ["clock", "quiesce"],
    probes: [returns(2), rowsSeen("log", 4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const zero = stage.now;
      await stage.returned(alice.call("tickEvery", { token: "tick", first: zero - 2500, every: 1000 }));
      await stage.advance(zero + 1499);
      await fence(stage, alice);
      await stage.advance(zero + 1500);
      await stage.quiet();
      const expected = [["tick", 0], ["tick", 500], "fence", ["tick", 1500]];
      expectSame(await ticks(stage, zero), expected, "wrong-row", "the ticks and their times");
    },
  }),
  scenario({
    requirement: "scheduling/missed-ticks-are-skipped",
    variant: "while-held",
    title: "Ticks that fall due while the one before is held are not made up for, and the next comes at its own time",
    module,
    capabilities: ["clock", "quiesce"],
    probes: [maxHeld(1), rowsSeen("log", 5)],
    async play(stage) {
      const { zero, gate, alice } = await heldTick(stage);
      await stage.advance(zero + 3500);
      await stage.release(gate);
      await stage.quiet();
      await stage.advance(zero + 3999);
      await fence(stage, alice);
      await stage.advance(zero + 4000);
      await stage.quiet();
      const expected = [["tick/begun", 1000], "tick/ended", "fence", ["tick/begun", 4000], "tick/ended"];
      expectSame(await ticks(stage, zero), expected, "wrong-row", "the ticks and their times");
    },
  }),
  scenario({
    requirement: "scheduling/no-overlap-of-one-schedule",
    title: "While one tick is held no other of its schedule begins; those of another schedule do",
    module,
    capabilities: ["clock", "quiesce"],
    probes: [maxHeld(1), rowsSeen("log", 4)],
    async play(stage) {
      const { zero, gate, alice } = await heldTick(stage);
      await stage.returned(alice.call("tickEvery", { token: "other", first: zero + 2000, every: 1000 }));
      await stage.advance(zero + 3000);
      await fence(stage, alice);
      const before = [["tick/begun", 1000], ["other", 2000], ["other", 3000], "fence"];
      expectSame(await ticks(stage, zero), before, "wrong-row", "what ran while the tick was held");
      await stage.release(gate);
      await stage.quiet();
      expectSame(
        (await ticks(stage, zero)).slice(before.length),
        ["tick/ended"],
        "wrong-row",
        "what its release let run",
      );
    },
  }),
];

/** A schedule whose first tick is held, one second after `zero`. */
async function heldTick(stage: Stage) {
  const alice = await stage.connect("alice");
  const gate = stage.gate("first tick");
  const zero = stage.now;
  const interval = { first: zero + 1000, every: 1000 };
  await stage.returned(alice.call("heldTickEvery", { url: gate.url, token: "tick", ...interval }));
  await stage.advance(zero + 1000);
  await stage.held([gate]);
  return { zero, gate, alice };
}
