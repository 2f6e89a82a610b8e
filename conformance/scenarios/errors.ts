import { expectCommits } from "./commits.ts";
import { expectSame } from "./expect.ts";
import { failures, maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** The scenarios of the chapter on errors. */
export const errors: readonly Scenario[] = [
  scenario({
    requirement: "errors/throw-rolls-back-and-reaches-the-caller",
    variant: "reducer",
    title: "A reducer that throws leaves nothing, and its caller gets its message",
    module: "relay",
    probes: [failures(1), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await stage.returned(alice.call("record", { token: "before" }));
      expectSame(
        await stage.failed(alice.call("recordThenThrow", { token: "undone" })),
        { category: "guest-error", message: "thrown by recordThenThrow", function: "recordThenThrow" },
        "wrong-message",
        "the caller's error",
      );
      expectSame(await stage.tokens(), ["before"], "unexpected-row", "the rows after the failure");
      await stage.returned(alice.call("record", { token: "after" }));
      expectSame(await stage.tokens(), ["before", "after"], "wrong-row", "the rows after the next reducer");
    },
  }),
  scenario({
    requirement: "errors/throw-rolls-back-and-reaches-the-caller",
    variant: "procedure",
    title: "A procedure whose second transaction throws keeps the first, and its caller gets the message",
    module: "relay",
    probes: [maxHeld(1), failures(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("held");
      const call = alice.call("fetchThenFail", { url: gate.url, token: "call", how: "throw-in-transaction" });
      await stage.held([gate]);
      await stage.release(gate);
      expectSame(
        await stage.failed(call),
        { category: "guest-error", message: "thrown by fetchThenFail", function: "fetchThenFail" },
        "wrong-message",
        "the caller's error",
      );
      expectSame(await stage.tokens(), ["call/kept"], "unexpected-row", "the rows after the failure");
      await expectCommits(stage, call, 1);
      await stage.returned(alice.call("record", { token: "after" }));
      expectSame(await stage.tokens(), ["call/kept", "after"], "wrong-row", "the rows after the next reducer");
    },
  }),
  ...["throw", "throw-in-transaction", "reject", "trap", "overflow"].map((how) =>
    scenario({
      requirement: "errors/failing-procedure-leaves-others-held-unharmed",
      variant: how,
      title: `A procedure that fails by ${how} leaves three held ones as they were`,
      module: "relay",
      probes: [maxHeld(4), failures(1), returns(4)],
      async play(stage) {
        const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
        const victims = stage.gates("bystander ", 3);
        const culprit = stage.gate("culprit");
        const bystanders = victims.map((gate) => alice.call("fetchThenRecord", { url: gate.url, token: gate.name }));
        const failing = bob.call("fetchThenFail", { url: culprit.url, token: "culprit", how });
        await stage.held([...victims, culprit]);

        await stage.release(culprit);
        const error = await stage.failed(failing);
        expectSame(error.category, "guest-error", "wrong-category", "how the culprit failed");
        expectSame(error.function, "fetchThenFail", "wrong-message", "the function that the error names");
        await stage.returned(alice.call("record", { token: "reducer" }));

        for (const [index, gate] of victims.entries()) {
          const reply = { body: `only for ${gate.name}` };
          const { body } = await stage.answered<{ body: string }>(gate, bystanders[index]!, reply);
          expectSame(body, `only for ${gate.name}`, "wrong-response", `the body that ${gate.name} returned`);
        }
        expectSame(
          await stage.tokens(),
          ["culprit/kept", "reducer", ...victims.map((gate) => gate.name)],
          "wrong-row",
          "what was committed",
        );
      },
    }),
  ),
];
