import { expectCommits } from "./commits.ts";
import { expectSame } from "./expect.ts";
import { LogLines, lineOf } from "./log-lines.ts";
import { failures, maxHeld, pipelined, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** The scenarios on failures that only a guest with promises, exceptions and any value to throw can have. */
export const rejections: readonly Scenario[] = [
  scenario({
    requirement: "errors/unhandled-rejection-is-reported",
    variant: "procedures",
    title: "Rejections that two procedures leave before and after their fetches are logged, each under its own call",
    module: "promises",
    evidence: "self-reported",
    probes: [maxHeld(2), returns(3)],
    async play(stage) {
      await withLog(stage, async (log) => {
        const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
        const gates = [stage.gate("of alice"), stage.gate("of bob")] as const;
        const ofAlice = alice.call("leaveRejection", { url: gates[0].url, token: "alice" });
        const ofBob = bob.call("leaveRejection", { url: gates[1].url, token: "bob" });
        await stage.held(gates);
        await stage.release(gates[1]);
        await stage.returned(ofBob);
        await stage.release(gates[0]);
        await stage.returned(ofAlice);
        await stage.returned(alice.call("record", { token: "fence" }));
        for (const [call, name] of [
          [ofAlice, "alice"],
          [ofBob, "bob"],
        ] as const) {
          for (const which of ["first", "second"]) {
            expectSame(
              log.holding(`left by ${name}, ${which}`),
              [lineOf(call, "warn")],
              "missing-log",
              `the log of the rejection that ${name} left ${which}`,
            );
          }
        }
        expectSame(await stage.tokens(), ["bob", "alice", "fence"], "wrong-row", "what was committed");
      });
    },
  }),
  scenario({
    requirement: "errors/unhandled-rejection-is-reported",
    variant: "reducer",
    title: "A rejection that a reducer leaves is logged under it, and the reducer commits",
    module: "promises",
    evidence: "self-reported",
    probes: [returns(2), rowsSeen("log", 2)],
    async play(stage) {
      await withLog(stage, async (log) => {
        const alice = await stage.connect("alice");
        const call = alice.call("leaveRejectionInReducer", { token: "leaving" });
        await stage.returned(call);
        await stage.returned(alice.call("record", { token: "fence" }));
        expectSame(log.holding("left by leaving"), [lineOf(call, "warn")], "missing-log", "the log of the rejection");
        expectSame(await stage.tokens(), ["leaving", "fence"], "wrong-row", "what was committed");
      });
    },
  }),
  scenario({
    requirement: "errors/unhandled-rejection-is-reported",
    variant: "near-miss",
    title: "A rejection that is handled a few continuations later in the same turn is not logged",
    module: "promises",
    evidence: "self-reported",
    probes: [returns(2), rowsSeen("log", 2)],
    async play(stage) {
      await withLog(stage, async (log) => {
        const alice = await stage.connect("alice");
        await stage.returned(alice.call("handleRejectionLate", { token: "late" }));
        await stage.returned(alice.call("record", { token: "fence" }));
        expectSame(log.holding("handled by late"), [], "unexpected-log", "the log of a rejection that was handled");
        expectSame(await stage.tokens(), ["late", "fence"], "wrong-row", "what was committed");
      });
    },
  }),
  scenario({
    requirement: "errors/never-settling-procedure-is-ended",
    variant: "stalled",
    title: "Procedures that await what nothing can settle end, before and after a fetch, and a held one does not",
    module: "promises",
    probes: [maxHeld(2), failures(2), returns(2), rowsSeen("log", 4)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const [held, stalling] = [stage.gate("held"), stage.gate("stalling")];
      const bystander = bob.call("settleByOwnFetch", { url: held.url, token: "bystander" });
      const later = alice.call("fetchThenNeverSettle", { url: stalling.url, token: "after the fetch" });
      await stage.held([held, stalling]);

      const atOnce = alice.call("neverSettle", { token: "at once" });
      await stage.consequences([], [atOnce]);
      expectSame((await stage.failed(atOnce)).category, "stalled", "wrong-category", "how the first ended");
      await stage.release(stalling);
      await stage.consequences([], [later]);
      expectSame((await stage.failed(later)).category, "stalled", "wrong-category", "how the second ended");
      await expectCommits(stage, later, 1);
      await stage.returned(alice.call("record", { token: "fence" }));

      const value = await stage.answered(held, bystander, { body: "settles it" });
      expectSame(value, "settles it", "wrong-response", "what the held procedure gave");
      expectSame(
        await stage.tokens(),
        ["at once", "after the fetch", "fence", "bystander"],
        "wrong-row",
        "what was committed",
      );
    },
  }),
  scenario({
    requirement: "errors/never-settling-procedure-is-ended",
    variant: "one-of-two",
    title: "A procedure one of whose two fetches has ended waits for the other",
    module: "relay",
    guests: "js",
    probes: [maxHeld(2), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [first, second] = [stage.gate("first"), stage.gate("second")];
      const call = alice.call("fetchAllThenRecord", { urls: [first.url, second.url], token: "call" });
      await stage.held([first, second]);
      await stage.release(first, { body: "one" });
      await stage.quiet();
      expectSame(call.ended, undefined, "call-failed", "the end of the procedure before its second fetch");
      await stage.returned(alice.call("record", { token: "fence" }));
      await stage.release(second, { body: "two" });
      expectSame(await stage.returned(call), ["one", "two"], "wrong-response", "what the procedure gave");
      expectSame(await stage.tokens(), ["call/0", "fence", "call/1"], "wrong-row", "what was committed");
    },
  }),
  ...["throwOtherInReducer", "throwOther"].map((name) =>
    scenario({
      requirement: "errors/error-shape-is-the-same",
      variant: name === "throwOther" ? "no-error-from-procedure" : "no-error-from-reducer",
      title: `What ${name} throws is no Error: its caller is told all the same, and the host lives`,
      module: "promises",
      guests: "js",
      probes: [failures(4), returns(1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        for (const what of ["text", "undefined", "no-prototype", "throwing-getters"]) {
          const error = await stage.failed(alice.call(name, { what }));
          const observed = { category: error.category, function: error.function };
          const expected = { category: "guest-error", function: name };
          expectSame(observed, expected, "wrong-category", `the error where ${what} is thrown`);
          if (what === "text") expectSame(error.message, "a text alone", "wrong-message", "a thrown text's message");
        }
        await stage.returned(alice.call("record", { token: "after" }));
        expectSame(await stage.tokens(), ["after"], "wrong-row", "what was committed");
      },
    }),
  ),
  ...["cycle", "bigint", "function", "symbol"].map((kind) =>
    scenario({
      requirement: "errors/unserializable-result",
      variant: kind,
      title: `A reducer that gives a ${kind} is undone, a procedure keeps what it had committed; giving nothing is null`,
      module: "promises",
      guests: "js",
      probes: [pipelined(4), failures(2), returns(2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const reducer = alice.call("giveOtherFromReducer", { kind, token: "undone" });
        const procedure = alice.call("giveOther", { kind, token: "kept" });
        const nothing = ["giveOtherFromReducer", "giveOther"].map((name) =>
          alice.call(name, { kind: "undefined", token: "nothing" }),
        );
        for (const call of [reducer, procedure]) {
          expectSame((await stage.failed(call)).category, "bad-value", "wrong-category", `how ${call.function} failed`);
        }
        for (const call of nothing)
          expectSame(await stage.returned(call), null, "wrong-value", "what giving nothing is");
        expectSame(await stage.tokens(), ["kept", "nothing", "nothing"], "wrong-row", "what was committed");
      },
    }),
  ),
];

async function withLog(stage: Stage, play: (log: LogLines) => Promise<void>): Promise<void> {
  const log = new LogLines(stage.host, stage.module);
  try {
    await play(log);
  } finally {
    log.stop();
  }
}
