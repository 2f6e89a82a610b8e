import type { Gate } from "../origin/gated-origin.ts";
import { expectSame } from "./expect.ts";
import { maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { unwantedAt } from "./unwanted.ts";

/** The scenarios on fetches that their guest aborts. */
export const abortSignal: readonly Scenario[] = [
  scenario({
    requirement: "http/abort-signal",
    variant: "while-held",
    title: "An aborted fetch rejects and its connection is closed; fetches with other signals go on",
    module: "signals",
    guests: "js",
    capabilities: ["quiesce"],
    probes: [maxHeld(3), returns(2), rowsSeen("log", 2)],
    async play(stage) {
      const { alice, call, victim, other, trigger, late } = await threeHeld(stage);
      await stage.release(trigger);
      await stage.until(victim.closed, "the connection of the aborted fetch to be closed");
      await stage.release(other, { body: "kept" });
      const aborted = "AbortError: aborted";
      const expected = { victim: aborted, late: aborted, other: "kept" };
      const ends = await Promise.race([stage.returned(call), neverSent(late)]);
      expectSame(ends, expected, "wrong-category", "how the fetches ended");
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["aborted", "fence"], "wrong-row", "what was committed");
      await stage.neverArrived([late]);
    },
  }),
  scenario({
    requirement: "http/abort-signal",
    variant: "ready-response",
    title: "A fetch whose response waits for the lane when its signal is aborted rejects all the same",
    module: "signals",
    guests: "js",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(3), returns(1), rowsSeen("log", 1)],
    async play(stage) {
      const { call, victim, other, trigger, late } = await threeHeld(stage);
      await stage.pause();
      // One after the other: the lane takes the trigger's response first, and the victim's is there by then.
      for (const gate of [trigger, victim, other]) {
        await stage.release(gate, { body: `of ${gate.name}` });
        await stage.quiet();
      }
      await stage.resume();
      const aborted = "AbortError: aborted";
      const ends = await Promise.race([stage.returned(call), neverSent(late)]);
      const expected = { victim: aborted, late: aborted, other: "of other" };
      expectSame(ends, expected, "wrong-category", "how the fetches ended");
      expectSame(await stage.tokens(), ["aborted"], "wrong-row", "what was committed");
      await stage.neverArrived([late]);
    },
  }),
  scenario({
    requirement: "http/abort-signal",
    variant: "before-arrival",
    title: "A fetch whose signal is aborted already rejects with the signal's reason and sends nothing",
    module: "signals",
    guests: "js",
    capabilities: ["quiesce"],
    probes: [returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("aborted before");
      const call = alice.call("abortBeforeFetch", { url: gate.url });
      const end = await Promise.race([stage.returned(call), neverSent(gate)]);
      expectSame(end, "no longer wanted", "wrong-value", "what the fetch rejected with");
      await stage.neverArrived([gate]);
    },
  }),
];

/** A procedure holds three fetches; when it has the response at `trigger` it aborts the one at `victim`, and fetches from `late` with the aborted signal. */
async function threeHeld(stage: Stage) {
  const alice = await stage.connect("alice");
  const [victim, other] = [stage.gate("victim"), stage.gate("other")];
  const [trigger, late] = [stage.gate("trigger"), stage.gate("late")];
  const urls = { victim: victim.url, other: other.url, trigger: trigger.url, late: late.url };
  const call = alice.call("abortWhileHeld", urls);
  await stage.held([victim, other, trigger]);
  return { alice, call, victim, other, trigger, late };
}

function neverSent(gate: Gate): Promise<never> {
  return unwantedAt(gate, `a request came to ${gate.name} after its signal was aborted`);
}
