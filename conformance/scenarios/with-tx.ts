import { expectSame } from "./expect.ts";
import { maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What `shapes.thenableBody` gives. */
interface Refusal {
  refused: string;
  message?: string;
}

/** The scenarios of the chapter on transactions of procedures. */
export const withTx: readonly Scenario[] = [
  ...["async", "promise", "thenable"].map((kind) =>
    scenario({
      requirement: "with-tx/thenable-body-is-refused",
      variant: kind,
      title: `A body that gives a result of the kind ${kind} is undone and refused, and writes nothing later`,
      module: "shapes",
      probes: [returns(2), rowsSeen("log", 2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const { refused } = await stage.returned<Refusal>(alice.call("thenableBody", { kind, token: "body" }));
        expectSame(refused, "thenable-body", "wrong-category", "how the body was refused");
        await stage.returned(alice.call("record", { token: "fence" }));
        expectSame(await stage.tokens(), ["body/next", "fence"], "unexpected-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "with-tx/thenable-body-is-refused",
    variant: "throwing-getter",
    title: "A body whose result throws when its then is read is undone, and the exception goes on",
    module: "shapes",
    probes: [returns(2), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      expectSame(
        await stage.returned<Refusal>(alice.call("thenableBody", { kind: "throwing-getter", token: "body" })),
        { refused: "threw", message: "then was read" },
        "wrong-category",
        "what the procedure caught",
      );
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["body/next", "fence"], "unexpected-row", "what was committed");
    },
  }),
  scenario({
    requirement: "with-tx/thenable-body-is-refused",
    variant: "near-miss",
    title: "A body that gives an object whose then is a number is accepted",
    module: "shapes",
    probes: [returns(1), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const { refused } = await stage.returned<Refusal>(alice.call("thenableBody", { kind: "object", token: "body" }));
      expectSame(refused, "none", "wrong-category", "how the near miss was taken");
      expectSame(await stage.tokens(), ["body", "body/next"], "missing-row", "what was committed");
    },
  }),
  scenario({
    requirement: "with-tx/nested-is-refused",
    variant: "nested",
    title: "A second transaction inside the first is refused, and the first stays usable",
    module: "relay",
    probes: [returns(1), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      expectSame(
        await stage.returned(alice.call("nestedTransaction", { token: "call" })),
        { refused: "transaction-open" },
        "wrong-category",
        "what the procedure caught",
      );
      expectSame(await stage.tokens(), ["call/outer", "call/outer-again"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "with-tx/nested-is-refused",
    variant: "near-miss",
    title: "Two transactions one after the other are accepted",
    module: "relay",
    probes: [maxHeld(1), rowsSeen("log", 2)],
    play: fetchesBetweenTwoTransactions,
  }),
  scenario({
    requirement: "with-tx/fetch-inside-is-refused",
    variant: "inside",
    title: "A fetch inside a transaction is refused, nothing is sent, and the transaction stays usable",
    module: "relay",
    probes: [maxHeld(1), returns(1), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [gate, afterwards] = [stage.gate("never reached"), stage.gate("afterwards")];
      const urls = { url: gate.url, next: afterwards.url };
      const call = alice.call("fetchInsideTransaction", { ...urls, token: "call" });
      // A call that ends takes with it what it has sent: this one is held while what it sent before would arrive.
      await stage.held([afterwards]);
      await stage.release(afterwards);
      expectSame(
        await stage.returned(call),
        { refused: "transaction-open" },
        "wrong-category",
        "what the procedure caught",
      );
      expectSame(await stage.tokens(), ["call", "call/after"], "wrong-row", "what was committed");
      await stage.neverArrived([gate]);
    },
  }),
  scenario({
    requirement: "with-tx/fetch-inside-is-refused",
    variant: "near-miss",
    title: "A fetch between two transactions is accepted",
    module: "relay",
    probes: [maxHeld(1), rowsSeen("log", 2)],
    play: fetchesBetweenTwoTransactions,
  }),
];

/** What is allowed where nesting and fetching inside are not: one transaction, a fetch, another transaction. */
async function fetchesBetweenTwoTransactions(stage: Stage): Promise<void> {
  const alice = await stage.connect("alice");
  const gate = stage.gate("between");
  const call = alice.call("recordFetchRecord", { url: gate.url, token: "call" });
  await stage.held([gate]);
  await stage.release(gate);
  await stage.returned(call);
  expectSame(await stage.tokens(), ["call/before", "call/after"], "missing-row", "what was committed");
}
