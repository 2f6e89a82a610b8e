import type { Gate } from "../origin/gated-origin.ts";
import { expectSame } from "./expect.ts";
import { failures, maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { unwantedAt } from "./unwanted.ts";

/** What becomes of calls when a module gets new code. */
export const lifecycleUpdate: readonly Scenario[] = [
  scenario({
    requirement: "lifecycle/update-while-held",
    title: "A held procedure ends by the code that it began with, while new calls run the new code",
    module: "relay",
    capabilities: ["update"],
    probes: [maxHeld(2), returns(5), failures(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gates = stage.gates("old ", 2);
      const calls = gates.map((gate) => alice.call("recordFetchRecord", { url: gate.url, token: gate.name }));
      await stage.held(gates);
      await stage.returned(alice.call("record", { token: "old reducer" }));

      await stage.update("clockwork");
      await stage.returned(alice.call("record", { token: "new reducer" }));
      const gone = await stage.failed(alice.call("readFetchRead", { url: gates[0]!.url }));
      expectSame(
        gone.category,
        "unknown-function",
        "wrong-category",
        "how a call of a function ended that the new code does not have",
      );
      await stage.release(gates[1]!, { body: "for 1" });
      const { body } = await stage.returned<{ body: string }>(calls[1]!);
      expectSame(body, "for 1", "wrong-response", "the body that the second procedure returned");
      const token = "only in the new code";
      await stage.returned(alice.call("sleepThenRecord", { until: stage.now, token }));
      await stage.release(gates[0]!);
      await stage.returned(calls[0]!);
      await stage.disconnect(alice);
      expectSame(
        await stage.tokens(),
        [
          "old 0/before",
          "old 1/before",
          "old reducer",
          "new reducer",
          "old 1/after",
          token,
          "old 0/after",
          "disconnected",
        ],
        "wrong-row",
        "what was committed, by old code and by new",
      );
    },
  }),
  scenario({
    requirement: "lifecycle/update-while-held",
    variant: "more-tables",
    title: "New code that declares a table more, before the others, finds the rows where they were; so does old code",
    module: "relay",
    capabilities: ["update"],
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("old");
      const call = alice.call("recordFetchRecord", { url: gate.url, token: "old" });
      await stage.held([gate]);
      await stage.update("script");
      await stage.returned(
        alice.call("run", {
          ops: [
            ["put", "cell", 1],
            ["record", "new"],
          ],
        }),
      );
      await stage.release(gate);
      await stage.returned(call);
      await stage.returned(alice.call("run", { ops: [["record", "new again"]] }));
      expectSame(
        await stage.tokens(),
        ["old/before", "new", "old/after", "new again"],
        "wrong-row",
        "what was committed, by old code and by new",
      );
      expectSame(await stage.rows("cells"), [["cell", 1]], "wrong-row", "the rows of the table that only new code has");
    },
  }),
  scenario({
    requirement: "lifecycle/update-while-held",
    variant: "waiting",
    title: "A call that was submitted before the update and begins after it runs the new code",
    module: "relay",
    capabilities: ["update", "stepping", "quiesce"],
    evidence: "stepping",
    probes: [failures(1), returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("never");
      await stage.pause();
      const both = alice.call("record", { token: "waited" });
      const old = alice.call("fetchThenRecord", { url: gate.url, token: "old code" });
      await stage.quiet();
      await stage.update("clockwork");
      await stage.resume();
      await stage.returned(both);
      const came = unwantedAt(gate, "a call sent a request that the new code does not send");
      await Promise.race([stage.consequences([], [old]), came]);
      const what = "how a call ended that waited, of a function that the new code does not have";
      expectSame((await stage.failed(old)).category, "unknown-function", "wrong-category", what);
      await stage.neverArrived([gate]);
      expectSame(await stage.tokens(), ["waited"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "lifecycle/update-while-held",
    variant: "blocking",
    title:
      "A procedure of the blocking path that is held while its module gets new code ends, beside one that begins in it",
    module: "script",
    guests: "js",
    capabilities: ["update"],
    probes: [maxHeld(2), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [old, later] = [stage.gate("old"), stage.gate("new")];
      const begin = ({ name, url }: Gate) => {
        const record = (when: string) => ({ tx: [["record", `${name}/${when}`]] });
        return alice.call("playBlocking", { steps: [record("before"), { fetch: url }, record("after")] });
      };
      const first = begin(old);
      await stage.held([old]);
      await stage.update("script");
      const second = begin(later);
      await stage.held([later]);
      await stage.release(old);
      await stage.returned(first);
      await stage.release(later);
      await stage.returned(second);
      const expected = ["old/before", "new/before", "old/after", "new/after"];
      expectSame(await stage.tokens(), expected, "wrong-row", "what was committed, by old code and by new");
    },
  }),
];
