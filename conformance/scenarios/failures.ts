import { expectCommits } from "./commits.ts";
import { expectSame } from "./expect.ts";
import { failures, maxHeld, pipelined, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** The ways in which `mishaps` fails, and the category that the caller reads. */
const ways = [
  { how: "throw", category: "guest-error" },
  { how: "refusal", category: "unique-violation" },
  { how: "trap", category: "guest-error" },
  { how: "overflow", category: "guest-error" },
] as const;

/** The scenarios on what a failure leaves behind. */
export const afterFailures: readonly Scenario[] = [
  ...[
    { how: "throw", caught: "thrown by mishaps" },
    { how: "refusal", caught: "unique-violation" },
  ].map(({ how, caught }) =>
    scenario({
      requirement: "errors/catch-then-new-transaction-commits",
      variant: how,
      title: `After a transaction that ended by a ${how} which the procedure handles, the next one commits`,
      module: "mishaps",
      probes: [returns(3), rowsSeen("log", 3)],
      async play(stage) {
        const alice = await stage.connect("alice");
        await stage.returned(alice.call("record", { token: "before" }));
        const call = alice.call("failTransactionThenRecord", { token: "call", how });
        expectSame(
          await stage.returned(call),
          { caught, n: 2 },
          "wrong-value",
          "what was handled, and the number that the next transaction took",
        );
        await expectCommits(stage, call, 1);
        await stage.returned(alice.call("record", { token: "after" }));
        expectSame(await stage.tokens(), ["before", "call/next", "after"], "unexpected-row", "what was committed");
      },
    }),
  ),
  ...ways.map(({ how, category }) =>
    scenario({
      requirement: "errors/failure-keeps-earlier-commits",
      variant: how,
      title: `A procedure whose fourth transaction ends it by ${how} keeps the first three`,
      module: "mishaps",
      probes: [failures(1), returns(1), rowsSeen("log", 4)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const call = alice.call("recordEachThenFail", { tokens: ["first", "second", "third"], how });
        const error = await stage.failed(call);
        expectSame(error.category, category, "wrong-category", "how the procedure failed");
        expectSame(await stage.tokens(), ["first", "second", "third"], "missing-row", "what was committed");
        await expectCommits(stage, call, 3);
        await stage.returned(alice.call("record", { token: "after" }));
        expectSame(await stage.tokens(), ["first", "second", "third", "after"], "wrong-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "errors/failure-keeps-earlier-commits",
    variant: "transport",
    title: "A procedure that ends because its fetch was cut off keeps what it had committed before",
    module: "relay",
    probes: [maxHeld(2), failures(1), returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [lost, answered] = [stage.gate("cut off"), stage.gate("answered")];
      const failing = alice.call("recordFetchRecord", { url: lost.url, token: "failing" });
      const near = alice.call("recordFetchRecord", { url: answered.url, token: "near miss" });
      await stage.held([lost, answered]);
      await stage.breakOff(lost, "reset");
      const error = await stage.failed(failing);
      expectSame(error.category, "transport", "wrong-category", "how the procedure failed");
      await stage.release(answered);
      await stage.returned(near);
      expectSame(
        await stage.tokens(),
        ["failing/before", "near miss/before", "near miss/after"],
        "missing-row",
        "what was committed",
      );
    },
  }),
  ...ways.map(({ how, category }) =>
    scenario({
      requirement: "errors/failing-reducer-leaves-lane-usable",
      variant: how,
      title: `Reducers that fail by ${how} leave the reducers between and after them, and a held procedure, as they were`,
      module: "mishaps",
      probes: [maxHeld(1), pipelined(5), failures(2), returns(4)],
      async play(stage) {
        const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
        const gate = stage.gate("held");
        const held = bob.call("fetchThenRecord", { url: gate.url, token: "held" });
        await stage.held([gate]);

        const good = (token: string) => alice.call("record", { token });
        const bad = (token: string) => alice.call("recordThenFail", { token, how });
        const calls = [good("first"), bad("undone"), good("second"), bad("undone again"), good("third")];
        for (const [index, call] of calls.entries()) {
          if (index % 2 === 0) await stage.returned(call);
          else expectSame((await stage.failed(call)).category, category, "wrong-category", `how ${call.call} failed`);
        }
        const value = await stage.answered(gate, held, { body: "for the held one" });
        expectSame(value, "for the held one", "wrong-response", "what the held procedure gave");
        expectSame(await stage.tokens(), ["first", "second", "third", "held"], "unexpected-row", "what was committed");
      },
    }),
  ),
];
