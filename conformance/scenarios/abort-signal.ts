import { expectSame } from "./expect.ts";
import { maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

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
      const alice = await stage.connect("alice");
      const [victim, other] = [stage.gate("victim"), stage.gate("other")];
      const [trigger, late] = [stage.gate("trigger"), stage.gate("late")];
      const urls = { victim: victim.url, other: other.url, trigger: trigger.url, late: late.url };
      const call = alice.call("abortWhileHeld", urls);
      await stage.held([victim, other, trigger]);
      await stage.release(trigger);
      await stage.until(victim.closed, "the connection of the aborted fetch to be closed");
      await stage.release(other, { body: "kept" });
      const aborted = "AbortError: aborted";
      const expected = { victim: aborted, late: aborted, other: "kept" };
      expectSame(await stage.returned(call), expected, "wrong-category", "how the fetches ended");
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["aborted", "fence"], "wrong-row", "what was committed");
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
      const end = await stage.returned(alice.call("abortBeforeFetch", { url: gate.url }));
      expectSame(end, "no longer wanted", "wrong-value", "what the fetch rejected with");
      await stage.neverArrived([gate]);
    },
  }),
];
