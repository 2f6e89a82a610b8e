import type { Connection } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { untilRecorded, withTurnBudget } from "./turn-budget.ts";

/** The scenarios of the chapter on priority in which a host has as much to do as it can have. */
export const saturation: readonly Scenario[] = [
  scenario({
    requirement: "priority/control-while-saturated",
    variant: "slots-held",
    title:
      "While every place is taken by a held call, and more wait, tables are read and connections opened and closed",
    module: "script",
    capabilities: ["quiesce"],
    probes: [maxHeld(66), returns(69), rowsSeen("log", 3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const { calls, release } = await saturated(stage, alice);

      const { modules } = await stage.until(stage.host.request("stats", {}), "the host's own numbers");
      const own = modules.find(({ module }) => module === stage.module);
      expectSame(own?.fetchesInFlight, calls.held, "wrong-value", "the fetches in flight by the host's own count");
      expectSame(await stage.tokens(), [], "unexpected-row", "what was recorded while all are held");
      await stage.returned(bob.call("run", { ops: [["record", "reducer"]] }));
      const carol = await stage.connect("carol");
      await stage.returned(carol.call("run", { ops: [["record", "of a new client"]] }));
      await stage.disconnect(carol);
      await stage.disconnect(alice);
      await stage.returned(bob.call("run", { ops: [["record", "after the closing"]] }));
      const tokens = ["reducer", "of a new client", "after the closing"];
      expectSame(await stage.tokens(), tokens, "wrong-row", "what was recorded while all are held");

      await release();
      expectSame(
        (await stage.recorded()).length,
        calls.all + 3,
        "missing-row",
        "the number of recorded rows at the end",
      );
    },
  }),
  scenario({
    requirement: "priority/control-while-saturated",
    variant: "lane-busy",
    title: "While a turn loops without end, tables are read and the host answers for itself",
    module: "toil",
    probes: [failures(1), returns(2), rowsSeen("log", 1)],
    async play(stage) {
      const busy = await stage.another("toil", withTurnBudget(stage, 3000));
      const mallory = await busy.connect("mallory");
      const endless = mallory.call("loop", { token: "about to loop" });
      await untilRecorded(busy, 1);
      await stage.until(stage.host.request("stats", {}), "the host's own numbers");
      expectSame(await busy.tokens(), ["about to loop"], "wrong-row", "what was read while the turn ran");
      expectThat(endless.ended === undefined, "starved", "the answers came only when the loop had been stopped");
      expectSame((await busy.failed(endless)).category, "budget", "wrong-category", "how the loop ended");
      const alice = await busy.connect("alice");
      for (const token of ["next", "and next"]) await busy.returned(alice.call("record", { token }));
      expectSame(await busy.tokens(), ["about to loop", "next", "and next"], "wrong-row", "the rows at the end");
    },
  }),
  scenario({
    requirement: "priority/control-while-saturated",
    variant: "shutdown",
    title:
      "While every place is taken by a held call, the host shuts down: each call ends as shutdown, and so does the process",
    module: "script",
    ownProcess: true,
    capabilities: ["quiesce"],
    probes: [maxHeld(66), failures(66)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const { submitted, held } = await saturated(stage, alice);
      const ending = stage.shutDown();
      // Where a result is not what it has to be, nobody asks for the end.
      ending.catch(() => {});
      for (const call of submitted) {
        expectSame((await stage.failed(call)).category, "shutdown", "wrong-category", `how ${call.call} ended`);
      }
      const { code, endedBy } = await ending;
      expectSame({ code, endedBy }, { code: 0, endedBy: "itself" }, "wrong-value", "how the process ended");
      await stage.givenUp(held);
    },
  }),
];

/** Takes every place: 64 calls that the lane holds, as many as the blocking path has places for, and two more that wait for one. */
async function saturated(stage: Stage, connection: Connection) {
  const blocking = stage.js ? (stage.profile.blockingPool ?? 0) : 2;
  const waiting = stage.js ? 2 : 0;
  const gates = stage.gates("place ", 64 + blocking + waiting);
  const submitted = gates.map((gate, index) =>
    connection.call(index < 64 ? "play" : "playBlocking", {
      steps: [{ fetch: gate.url }, { tx: [["record", gate.name]] }],
    }),
  );
  const held = gates.slice(0, 64 + blocking);
  await stage.held(held);
  const release = async () => {
    for (const gate of held) await stage.release(gate);
    for (const gate of gates.slice(held.length)) {
      await stage.held([gate]);
      await stage.release(gate);
    }
    for (const one of submitted) await stage.returned(one);
  };
  return { submitted, held, release, calls: { held: held.length, all: gates.length } };
}
