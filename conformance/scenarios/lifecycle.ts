import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

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
      await stage.returned(second!);
      await stage.release(gates[0]!);
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
      expectSame((await stage.seqs(calls[1]!)).length, 1, "wrong-value", "the transactions that it reports");
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
    requirement: "lifecycle/shutdown-drains",
    title: "A host that is shut down fails its held calls as that, says what they had committed, and exits",
    module: "relay",
    ownProcess: true,
    unmodelled: "the model knows no end of a host",
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

      const { code, endedBy, leftBehind } = await stage.until(stage.host.stop(), "the host to end");
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
