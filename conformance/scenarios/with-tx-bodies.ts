import { expectCommits } from "./commits.ts";
import { expectSame } from "./expect.ts";
import { Logs } from "./logs.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** What `transactions.count` gives. */
interface Counted {
  readonly runs: number;
  readonly refused: string;
}

/** How often bodies run, which are refused, what goes on after them, and what comes out of them. */
export const withTxBodies: readonly Scenario[] = [
  ...[
    { how: "well", title: "A body that ends well runs once", refused: "none" },
    { how: "refusal", title: "A body that handles a refusal runs once", refused: "unique-violation" },
  ].map(({ how, title, refused }) =>
    scenario({
      requirement: "with-tx/body-runs-once",
      variant: how,
      title,
      module: "transactions",
      probes: [returns(1), rowsSeen("log", 1)],
      async play(stage) {
        using logs = new Logs(stage);
        const alice = await stage.connect("alice");
        const call = alice.call("count", { token: "body", how });
        expectSame(await stage.returned<Counted>(call), { runs: 1, refused }, "wrong-value", "what the body counted");
        expectSame(logs.of(call).length, 1, "wrong-value", "the lines that the body logged");
        expectSame(await stage.tokens(), ["body"], "wrong-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "with-tx/body-runs-once",
    variant: "throw",
    title: "A body that throws runs once, and leaves nothing",
    module: "transactions",
    probes: [failures(1), rowsSeen("log", 1)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      const call = alice.call("count", { token: "body", how: "throw" });
      const { message } = await stage.failed(call);
      expectSame(message, "thrown by count", "wrong-message", "the caller's error");
      const runs = logs.of(call).filter(({ level }) => level === "info");
      expectSame(runs.length, 1, "wrong-value", "the lines that the body logged");
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["fence"], "unexpected-row", "what was committed");
    },
  }),
  scenario({
    requirement: "with-tx/body-runs-once",
    variant: "conflict",
    title: "A body whose commit conflicts runs again where the host replays it, and its effects are there once",
    module: "transactions",
    capabilities: ["failpoints"],
    probes: [returns(2), rowsSeen("log", 1)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      const replays = stage.profile.retry === "replay";
      const name = await stage.failCommits(1);
      const call = alice.call("count", { token: "body", how: "well" }, { name });
      const expected = replays ? { runs: 2, refused: "none" } : { runs: 1, refused: "conflict" };
      expectSame(await stage.returned<Counted>(call), expected, "wrong-value", "what the body counted");
      const lines = logs.of(call).filter(({ level }) => level === "info");
      expectSame(lines.length, expected.runs, "wrong-value", "the lines that the body logged");
      await stage.returned(alice.call("record", { token: "fence" }));
      const rows = await stage.recorded();
      const committed = replays ? [{ n: 1, token: "body", runs: 2 }] : [];
      expectSame(
        rows,
        [...committed, { n: committed.length + 1, token: "fence" }],
        "wrong-row",
        "the rows of the body and the fence",
      );
    },
  }),
  ...["arrow", "declared", "method", "bound", "plain", "plain-bound"].map((kind) => {
    const plain = kind.startsWith("plain");
    return scenario({
      requirement: "with-tx/async-body-is-a-type-error",
      variant: plain ? `near-miss-${kind}` : kind,
      title: plain
        ? `A body of the kind ${kind} is accepted, and runs`
        : `An async body of the kind ${kind} is refused before any of it runs`,
      module: "bodies",
      guests: "js",
      probes: [returns(2), rowsSeen("log", 2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        expectSame(
          await stage.returned(alice.call("asyncBody", { kind, token: "body" })),
          { refused: plain ? "none" : "thenable-body", ran: plain },
          "wrong-category",
          "how the body was taken, and whether any of it ran",
        );
        await stage.returned(alice.call("record", { token: "fence" }));
        const rows = [...(plain ? ["body"] : []), "body/next", "fence"];
        expectSame(await stage.tokens(), rows, plain ? "missing-row" : "unexpected-row", "what was committed");
      },
    });
  }),
  ...[
    { kind: "given", refused: "thenable-body", first: [] },
    { kind: "dropped", refused: "none", first: ["body"] },
  ].map(({ kind, refused, first }) =>
    scenario({
      requirement: "with-tx/nothing-written-after-the-callback",
      variant: kind,
      title: `Work that a body started, its promise ${kind}, writes nothing through the transaction`,
      module: "bodies",
      guests: "js",
      probes: [maxHeld(1), returns(2), rowsSeen("log", 2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const gate = stage.gate("late work");
        const call = alice.call("leaveWork", { url: gate.url, kind, token: "body" });
        await stage.held([gate]);
        await stage.release(gate);
        expectSame(
          await stage.returned(call),
          { refused, late: ["handle-closed", "no-transaction", "handle-closed", "no-transaction"] },
          "wrong-category",
          "how the body and its late work were refused",
        );
        await stage.returned(alice.call("record", { token: "fence" }));
        expectSame(await stage.tokens(), [...first, "body/next", "fence"], "unexpected-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "with-tx/nothing-written-after-the-callback",
    variant: "near-miss",
    title: "Work that a body started and that opens transactions of its own commits them",
    module: "bodies",
    guests: "js",
    probes: [maxHeld(1), rowsSeen("log", 4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("late work");
      const call = alice.call("leaveWork", { url: gate.url, kind: "own", token: "body" });
      await stage.held([gate]);
      await stage.release(gate);
      await stage.returned(call);
      expectSame(
        await stage.tokens(),
        ["body", "body/next", "body/anew", "body/anew-after-fetch"],
        "missing-row",
        "what was committed",
      );
    },
  }),
  scenario({
    requirement: "with-tx/value-is-returned",
    variant: "json",
    title: "Bodies give a text, null, a row and keys, and the procedure has them",
    module: "transactions",
    probes: [returns(1), rowsSeen("log", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const call = alice.call("value", { token: "body" });
      expectSame(
        await stage.returned(call),
        { text: "body/1", nothing: null, row: { n: 1, token: "body" }, keys: ["000001"] },
        "wrong-value",
        "what the bodies gave",
      );
      await expectCommits(stage, call, 4);
      expectSame(await stage.tokens(), ["body"], "wrong-row", "what was committed");
    },
  }),
  ...["error", "frozen", "instance", "function", "symbol", "not-a-number", "undefined"].map((kind) =>
    scenario({
      requirement: "with-tx/value-is-returned",
      variant: kind,
      title: `A body gives a value of the kind ${kind}, and the procedure has the very same`,
      module: "bodies",
      guests: "js",
      probes: [returns(1), rowsSeen("log", 1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const call = alice.call("valueOf", { kind, token: "body" });
        expectSame(await stage.returned(call), { same: true }, "wrong-value", "whether the value is the same");
        expectSame(await stage.tokens(), ["body"], "missing-row", "what was committed");
      },
    }),
  ),
  ...["error", "refusal", "frozen", "text", "null", "undefined"].map((kind) =>
    scenario({
      requirement: "with-tx/exception-is-rethrown-unchanged",
      variant: kind,
      title: `A body throws a value of the kind ${kind}, and the procedure catches the very same`,
      module: "bodies",
      guests: "js",
      probes: [returns(1), rowsSeen("log", 1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const call = alice.call("exceptionOf", { kind, token: "body" });
        expectSame(await stage.returned(call), { same: true }, "wrong-value", "whether the exception is the same");
        expectSame(await stage.tokens(), ["body/next"], "unexpected-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "with-tx/exception-is-rethrown-unchanged",
    variant: "uncaught",
    title: "What a body throws and nobody catches is the caller's error",
    module: "bodies",
    guests: "js",
    probes: [failures(1), rowsSeen("log", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const call = alice.call("throwUncaught", { token: "body" });
      expectSame(
        await stage.failed(call),
        { category: "guest-error", message: "of the guest, uncaught", function: "throwUncaught" },
        "wrong-message",
        "the caller's error",
      );
      await expectCommits(stage, call, 0);
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["fence"], "unexpected-row", "what was committed");
    },
  }),
];
