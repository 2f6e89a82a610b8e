import { expectCommits } from "./commits.ts";
import type { Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { Logs } from "./logs.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What a reducer may not do, what needs an open transaction, what must not have one, and what becomes of one that is left open. */
export const withTxRefusals: readonly Scenario[] = [
  scenario({
    requirement: "with-tx/fetch-inside-is-refused",
    variant: "reducer",
    title: "A fetch in a reducer is refused, nothing is sent, and its transaction stays usable",
    module: "transactions",
    probes: [returns(1), rowsSeen("log", 2)],
    play: (stage) => yieldInReducer(stage, "fetch"),
  }),
  scenario({
    requirement: "with-tx/sleep-inside-is-refused",
    variant: "reducer",
    title: "A sleep in a reducer is refused, and its transaction stays usable",
    module: "transactions",
    probes: [returns(1), rowsSeen("log", 2)],
    play: (stage) => yieldInReducer(stage, "sleep"),
  }),
  ...[
    { variant: "inside", when: "a time to come", until: (now: number) => now + 60_000 },
    { variant: "inside-past", when: "a time that has passed", until: (now: number) => now - 60_000 },
  ].map(({ variant, when, until }) =>
    scenario({
      requirement: "with-tx/sleep-inside-is-refused",
      variant,
      title: `A sleep until ${when} inside a transaction is refused, and the transaction stays usable`,
      module: "transactions",
      probes: [returns(1), rowsSeen("log", 2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        expectSame(
          await stage.returned(alice.call("sleepInside", { until: until(stage.now), token: "call" })),
          { refused: "transaction-open" },
          "wrong-category",
          "how the sleep was refused",
        );
        expectSame(await stage.tokens(), ["call", "call/after"], "wrong-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "with-tx/sleep-inside-is-refused",
    variant: "near-miss",
    title: "A sleep between two transactions is accepted, and another's reducer commits meanwhile",
    module: "transactions",
    capabilities: ["clock"],
    probes: [returns(2), rowsSeen("log", 3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const until = stage.now + 60_000;
      const call = alice.call("sleepBetween", { until, token: "call" });
      await stage.returned(bob.call("record", { token: "meanwhile" }));
      expectSame(
        await stage.tokens(),
        ["call/before", "meanwhile"],
        "wrong-row",
        "what was committed during the sleep",
      );
      await stage.advance(until);
      await stage.returned(call);
      expectSame(
        await stage.tokens(),
        ["call/before", "meanwhile", "call/after"],
        "missing-row",
        "what was committed after the sleep",
      );
    },
  }),
  ...["commit", "abort"].map((how) =>
    scenario({
      requirement: `with-tx/${how}-without-begin`,
      variant: "procedure",
      title: `A procedure that asks for ${how === "abort" ? "an abort" : "a commit"} with no transaction open is refused`,
      module: "transactions",
      probes: [returns(1), rowsSeen("log", 2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const call = alice.call("endWithoutBegin", { token: "call", how });
        expectSame(
          await stage.returned(call),
          { before: "no-transaction", after: "no-transaction" },
          "wrong-category",
          `how each ${how} was refused`,
        );
        await expectCommits(stage, call, 2);
        expectSame(await stage.tokens(), ["call", "call/next"], "wrong-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "with-tx/commit-without-begin",
    variant: "reducer",
    title: "A reducer that asks to begin, commit or abort is refused, and its transaction stays whole",
    module: "transactions",
    probes: [returns(1), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const call = alice.call("transactInReducer", { token: "call" });
      expectSame(
        await stage.returned(call),
        { begin: "not-allowed", commit: "not-allowed", abort: "not-allowed" },
        "wrong-category",
        "how the reducer was refused",
      );
      await expectCommits(stage, call, 1);
      expectSame(await stage.tokens(), ["call", "call/after"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "with-tx/table-access-outside",
    title: "Each use of a table, a schedule or a point with no transaction open is refused",
    module: "transactions",
    probes: [returns(1), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const uses = ["get", "insert", "update", "delete", "scan", "schedule", "point"];
      const refused = Object.fromEntries(uses.map((use) => [use, "no-transaction"]));
      expectSame(
        await stage.returned(alice.call("useOutside", { token: "call" })),
        { before: refused, after: refused },
        "wrong-category",
        "how each use was refused",
      );
      await stage.quiet();
      expectSame(await stage.tokens(), ["call", "call/next"], "wrong-row", "what was committed");
    },
  }),
  ...["return", "throw", "trap"].map((how) =>
    scenario({
      requirement: "with-tx/dangling-transaction-is-aborted",
      variant: how,
      title: `A transaction that is open when its procedure ends by ${how} is undone, and others go on`,
      module: "transactions",
      probes: [how === "return" ? returns(2) : failures(1), rowsSeen("log", 2)],
      async play(stage) {
        using logs = new Logs(stage);
        const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
        const call = alice.call("leaveOpen", { token: "call", how });
        if (how === "return") {
          expectSame(await stage.returned(call), "left open", "wrong-value", "what the procedure gave");
        } else {
          const { category, message } = await stage.failed(call);
          expectSame(category, "guest-error", "wrong-category", "how the procedure failed");
          if (how === "throw") expectSame(message, "thrown by leaveOpen", "wrong-message", "the caller's error");
        }
        loggedAsError(logs, call);
        await expectCommits(stage, call, 1);
        await stage.returned(bob.call("record", { token: "fence" }));
        expectSame(await stage.tokens(), ["call", "fence"], "unexpected-row", "what was committed");
        await isThere(stage, false);
      },
    }),
  ),
  scenario({
    requirement: "with-tx/dangling-transaction-is-aborted",
    variant: "yield",
    title: "A transaction that is open when its procedure yields is undone, and others commit while it is held",
    module: "bodies",
    guests: "js",
    probes: [maxHeld(1), returns(2), rowsSeen("log", 2)],
    async play(stage) {
      using logs = new Logs(stage);
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gate = stage.gate("held");
      const call = alice.call("yieldOpen", { url: gate.url, token: "call" });
      await stage.held([gate]);
      await stage.returned(bob.call("record", { token: "meanwhile" }));
      await stage.release(gate);
      expectSame(
        await stage.returned(call),
        { refused: "no-transaction" },
        "wrong-category",
        "how the commit after the yield was refused",
      );
      loggedAsError(logs, call);
      expectSame(await stage.tokens(), ["meanwhile", "call"], "unexpected-row", "what was committed");
      await isThere(stage, false);
    },
  }),
  scenario({
    requirement: "with-tx/dangling-transaction-is-aborted",
    variant: "near-miss",
    title: "A transaction that its procedure commits by the same host call is there, and nothing is logged",
    module: "transactions",
    probes: [returns(1), rowsSeen("meta", 2)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      const call = alice.call("leaveOpen", { token: "call", how: "commit" });
      expectSame(await stage.returned(call), "committed", "wrong-value", "what the procedure gave");
      expectSame(logs.of(call), [], "unexpected-log", "what was logged of the call");
      await isThere(stage, true);
    },
  }),
];

/** Demands that an error was logged of a call that left a transaction open. */
function loggedAsError(logs: Logs, call: Submitted): void {
  const errors = logs.of(call).filter(({ level }) => level === "error");
  expectThat(errors.length > 0, "missing-log", `no error was logged of ${call.call}, which left a transaction open`);
}

/** Demands that the row is there, or not, which a transaction wrote that its procedure left open. */
async function isThere(stage: Stage, there: boolean): Promise<void> {
  const keys = (await stage.rows("meta")).map(([key]) => key);
  const reason = there ? "missing-row" : "unexpected-row";
  expectSame(keys, there ? ["counter", "open"] : ["counter"], reason, "the rows of meta");
}

/** A reducer tries to fetch and to sleep. */
async function yieldInReducer(stage: Stage, what: "fetch" | "sleep"): Promise<void> {
  const alice = await stage.connect("alice");
  const gate = stage.gate("never reached");
  const args = { url: gate.url, until: stage.now + 60_000, token: "call" };
  const refused = await stage.returned<{ fetch: string; sleep: string }>(alice.call("yieldInReducer", args));
  expectSame(refused[what], "not-allowed", "wrong-category", `how the ${what} was refused`);
  expectSame(await stage.tokens(), ["call", "call/after"], "wrong-row", "what was committed");
  await stage.neverArrived([gate]);
}
