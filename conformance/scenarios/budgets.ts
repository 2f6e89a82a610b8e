import { expectCommits } from "./commits.ts";
import { cpuTimeOf } from "./cpu-time.ts";
import { expectSame } from "./expect.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { standstillInTurn } from "./standstill.ts";
import { withTurnBudget } from "./turn-budget.ts";

/** Milliseconds of CPU time that a turn has where the host takes limits, and where it declares none: the guest ABI's. */
const [ownBudget, declaredBudget] = [2000, 10_000];
/** The part of the budget that the long legal turn is made to use: the same rounds may take twice the CPU time where others use the caches. */
const share = 0.3;
/** The part of the long legal turn after which it is stopped. */
const stopped = 0.1;

/** The scenarios of the chapter on priority that speak of how long a turn may take. */
export const budgets: readonly Scenario[] = [
  scenario({
    requirement: "priority/microtask-loop-is-stopped",
    title: "A call that loops in its microtasks ends as budget; the held ones complete or are told to try again",
    module: "toil",
    ownProcess: true,
    capabilities: ["quiesce"],
    probes: [maxHeld(5), failures(1), returns(2), rowsSeen("log", 3)],
    async play(stage) {
      const toil = await stage.another("toil", withTurnBudget(stage, ownBudget));
      const [alice, mallory] = [await toil.connect("alice"), await toil.connect("mallory")];
      const gates = toil.gates("bystander ", 4);
      const culprit = toil.gate("culprit");
      await toil.returned(alice.call("record", { token: "before" }));
      const bystanders = gates.map((gate) => alice.call("fetchThenRecord", { url: gate.url, token: gate.name }));
      const looping = mallory.call("loopInMicrotasks", { url: culprit.url, token: "kept" });
      await toil.held([...gates, culprit]);
      await toil.release(culprit);
      expectSame((await toil.failed(looping)).category, "budget", "wrong-category", "how the looping call ended");
      await expectCommits(toil, looping, 1);

      await toil.quiet();
      const completed: string[] = [];
      for (const [index, gate] of gates.entries()) {
        // Where the lane was rebuilt, there is nobody left to answer.
        if (bystanders[index]!.ended === undefined) await toil.release(gate);
        const result = await toil.result(bystanders[index]!);
        if (result.outcome === "returned") completed.push(gate.name);
        else
          expectSame(result.error.category, "lane-lost", "wrong-category", `how ${gate.name}, which was held, ended`);
      }
      await toil.returned(alice.call("record", { token: "after" }));
      expectSame(await toil.tokens(), ["before", "kept", ...completed, "after"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "priority/long-legal-turn-is-not-killed",
    title:
      "A turn that keeps to its budget of CPU time completes, though it was stopped for as long as the whole of it, or comes after others",
    module: "toil",
    ownProcess: true,
    measures: true,
    probes: [returns(5), rowsSeen("log", 5)],
    async play(stage) {
      const toil = await stage.another("toil", withTurnBudget(stage, ownBudget));
      const alice = await toil.connect("alice");
      const takesLimits = stage.host.info.capabilities.includes("limits");
      const budget = takesLimits ? ownBudget : declaredBudget;
      const rounds = await roundsFor(toil, share * budget);
      const compute = () => alice.call("compute", { rounds, token: "long" });
      await toil.returned(await standstillInTurn(toil, compute, stopped * share * budget, budget));
      // Together with it they use more than the budget of one turn.
      const others = Array.from({ length: 3 }, compute);
      for (const other of others) await toil.returned(other);
      await toil.returned(alice.call("record", { token: "after" }));
      const committed = (await toil.tokens()).slice(-5);
      expectSame(committed, ["long", "long", "long", "long", "after"], "wrong-row", "what was committed last");
    },
  }),
];

/** Rounds of `compute` that use so many milliseconds of CPU time: measured on this host, by shorter turns. */
async function roundsFor(stage: Stage, milliseconds: number): Promise<number> {
  const calibrating = await stage.connect("calibrating");
  let rounds = 1e6;
  for (;;) {
    const before = cpuTimeOf(stage.pid);
    await stage.returned(calibrating.call("compute", { rounds, token: "calibrating" }));
    const used = cpuTimeOf(stage.pid) - before;
    if (used >= 0.1 * milliseconds) return Math.floor((rounds * milliseconds) / used);
    rounds *= 2;
  }
}
