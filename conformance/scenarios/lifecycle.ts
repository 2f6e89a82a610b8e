import type { Gate } from "../origin/gated-origin.ts";
import { expectCommits } from "./commits.ts";
import type { Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { withTurnBudget } from "./turn-budget.ts";

/** The scenarios of the chapter on lifecycle. */
export const lifecycle: readonly Scenario[] = [
  scenario({
    requirement: "lifecycle/disconnect-while-held",
    title: "A procedure whose client has gone fetches on, commits, and is answered",
    module: "relay",
    probes: [maxHeld(2), returns(3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gates = stage.gates("held ", 2);
      const [first, second] = gates.map((gate) => alice.call("recordFetchRecord", { url: gate.url, token: gate.name }));
      await stage.held(gates);
      await stage.disconnect(alice);
      for (const gate of gates) expectSame(gate.state, "held", "wrong-response", `the request at ${gate.name}`);
      await stage.returned(bob.call("record", { token: "meanwhile" }));

      await stage.release(gates[1]!);
      await stage.consequences([], [second!]);
      await stage.returned(second!);
      await stage.release(gates[0]!);
      await stage.consequences([], [first!]);
      await stage.returned(first!);
      expectSame(
        await stage.tokens(),
        ["held 0/before", "held 1/before", "meanwhile", "held 1/after", "held 0/after"],
        "wrong-row",
        "what was committed",
      );
    },
  }),
  scenario({
    requirement: "lifecycle/cancel-while-held",
    title: "A cancelled procedure goes on nowhere: its connection is closed, what it had committed stays",
    module: "relay",
    capabilities: ["cancel", "quiesce"],
    probes: [maxHeld(3), failures(1), returns(3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gates = stage.gates("call ", 3);
      const calls = gates.map((gate) => alice.call("recordFetchRecord", { url: gate.url, token: gate.name }));
      await stage.held(gates);

      await stage.cancel(calls[1]!, [gates[1]!]);
      const error = await stage.failed(calls[1]!);
      expectSame(error.category, "cancelled", "wrong-category", "how the cancelled call ended");
      await expectCommits(stage, calls[1]!, 1);
      await stage.returned(bob.call("record", { token: "fence" }));

      for (const index of [2, 0]) {
        await stage.release(gates[index]!);
        await stage.returned(calls[index]!);
      }
      await stage.quiet();
      expectSame(
        await stage.tokens(),
        ["call 0/before", "call 1/before", "call 2/before", "fence", "call 2/after", "call 0/after"],
        "unexpected-row",
        "what was committed",
      );
    },
  }),
  scenario({
    requirement: "lifecycle/cancel-while-held",
    variant: "blocking",
    title: "A cancelled procedure of the blocking path goes on nowhere either, and the one beside it does",
    module: "script",
    guests: "js",
    capabilities: ["cancel", "quiesce"],
    probes: [maxHeld(2), failures(1), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gates = stage.gates("call ", 2);
      const calls = gates.map(({ name, url }) => {
        const record = (when: string) => ({ tx: [["record", `${name}/${when}`]] });
        return alice.call("playBlocking", { steps: [record("before"), { fetch: url }, record("after")] });
      });
      await stage.held(gates);
      await stage.cancel(calls[0]!, [gates[0]!]);
      const { category } = await stage.failed(calls[0]!);
      expectSame(category, "cancelled", "wrong-category", "how the cancelled call ended");
      expectSame((await stage.seqs(calls[0]!)).length, 1, "wrong-value", "the transactions that it reports");
      await stage.returned(alice.call("run", { ops: [["record", "fence"]] }));
      await stage.release(gates[1]!);
      await stage.returned(calls[1]!);
      await stage.quiet();
      const tokens = (await stage.tokens()).toSorted();
      const expected = ["call 0/before", "call 1/after", "call 1/before", "fence"];
      expectSame(tokens, expected, "unexpected-row", "what was committed");
    },
  }),
  scenario({
    requirement: "lifecycle/cancel-before-arrival",
    title: "A procedure that is cancelled while its request is on its way goes on nowhere",
    module: "relay",
    capabilities: ["cancel"],
    // A connection of an earlier scenario would be used again, and nothing would be accepted.
    ownProcess: true,
    probes: [failures(1), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("on its way");
      const call = alice.call("recordFetchRecord", { url: stage.door.through(gate.url), token: "call" });
      await stage.until(stage.door.accepted, "a connection to be accepted");
      await stage.cancel(call);
      const { category } = await stage.failed(call);
      expectSame(category, "cancelled", "wrong-category", "how the call ended");
      await stage.until(stage.door.read(), "the connection to be closed once it is read");
      expectThat(
        gate.state === "waiting" || gate.state === "closed",
        "unexpected-arrival",
        `the request of the cancelled call is ${gate.state}; it was to be closed, or never to arrive`,
      );
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["call/before", "fence"], "unexpected-row", "what was committed");

      // The same way without a cancellation: the door is one that leads in.
      const open = stage.gate("let in");
      const next = alice.call("fetchThenRecord", { url: stage.door.through(open.url), token: "next" });
      await stage.until(stage.door.accepted, "a second connection to be accepted");
      const read = stage.door.read();
      await stage.held([open]);
      await stage.release(open, { headers: [["connection", "close"]] });
      await stage.returned(next);
      await stage.until(read, "the second connection to be closed");
    },
  }),
  scenario({
    requirement: "lifecycle/lost-calls-say-what-they-did",
    title: "A call that is lost with its lane says which of its transactions were committed; one that is not goes on",
    module: "toil",
    ownProcess: true,
    probes: [maxHeld(4), failures(1), returns(2), rowsSeen("log", 4)],
    async play(stage) {
      const toil = await stage.another("toil", withTurnBudget(stage, 1000));
      const [alice, mallory] = [await toil.connect("alice"), await toil.connect("mallory")];
      await toil.returned(alice.call("record", { token: "first" }));
      const functions = ["recordFetchRecord", "fetchThenRecord", "recordFetchRecord"];
      const gates = toil.gates("held ", functions.length);
      const calls = functions.map((name, index) => alice.call(name, { url: gates[index]!.url, token: `${index}` }));
      const culprit = toil.gate("culprit");
      const looping = mallory.call("loopAfterFetch", { url: culprit.url, token: "looping" });
      await toil.held([...gates, culprit]);
      await toil.release(culprit);
      expectSame((await toil.failed(looping)).category, "budget", "wrong-category", "how the looping call ended");
      await toil.returned(alice.call("record", { token: "fence" }));

      // What each had committed when the lane was lost, as the rows tell it from outside.
      const seqOf = new Map((await toil.recorded()).map(({ token, n }) => [token, n]));
      const completed: string[] = [];
      for (const [index, call] of calls.entries()) {
        const before = seqOf.get(`${index}/before`);
        if (!(await endedByItself(toil, call, gates[index]!))) {
          await toil.release(gates[index]!);
          await toil.returned(call);
          completed.push(`${index}${functions[index] === "recordFetchRecord" ? "/after" : ""}`);
          continue;
        }
        expectSame((await toil.failed(call)).category, "lane-lost", "wrong-category", `how ${call.call} was lost`);
        const reported = await toil.seqs(call);
        expectSame(
          reported,
          before === undefined ? [] : [before],
          "wrong-value",
          `what ${call.call} says it committed`,
        );
      }
      expectSame(
        (await toil.tokens()).toSorted(),
        ["first", "0/before", "2/before", "looping", "fence", ...completed].toSorted(),
        "wrong-row",
        "what was committed",
      );
    },
  }),
  scenario({
    requirement: "lifecycle/shutdown-drains",
    title: "A host that is shut down fails its held calls as that, says what they had committed, and exits",
    module: "relay",
    ownProcess: true,
    probes: [maxHeld(2), failures(2), returns(1)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gates = stage.gates("held ", 2);
      const calls = gates.map((gate) => alice.call("recordFetchRecord", { url: gate.url, token: gate.name }));
      await stage.held(gates);
      await stage.returned(bob.call("record", { token: "kept" }));
      expectSame(
        await stage.tokens(),
        ["held 0/before", "held 1/before", "kept"],
        "missing-row",
        "what was committed before the end",
      );

      const { code, endedBy, leftBehind } = await stage.shutDown();
      for (const [index, call] of calls.entries()) {
        const { category } = await stage.failed(call);
        expectSame(category, "shutdown", "wrong-category", `how ${call.call} ended`);
        expectSame(await stage.seqs(call), [index + 1], "wrong-value", `the transactions that ${call.call} reports`);
      }
      expectThat(
        endedBy === "itself" && code === 0,
        "wrong-value",
        `the host was to exit by itself with 0; it ended by ${endedBy} with ${code ?? "a signal"}`,
      );
      expectSame(leftBehind, [], "wrong-value", "the processes that it left behind");
    },
  }),
];

/** Whether a held call was lost; false where the host is quiet and it is held still. */
async function endedByItself(stage: Stage, call: Submitted, gate: Gate): Promise<boolean> {
  const lost = Promise.race([call.result.then(() => true), gate.closed.then(() => true)]);
  return stage.until(
    Promise.race([lost, stage.quiet().then(() => call.ended !== undefined)]),
    `${call.call} to be lost`,
  );
}
