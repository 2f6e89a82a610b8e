import { expectCommits } from "./commits.ts";
import { expectSame } from "./expect.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { Unmeasured } from "./violation.ts";

/** What a function gives that looks for what another call has left. */
interface Found {
  readonly found: boolean;
  readonly refused?: Readonly<Record<string, string>>;
}

/** What belongs to a transaction or a call, and is used after it. */
export const withTxHandles: readonly Scenario[] = [
  ...[
    { variant: "after-return", called: "useAfterReturn", title: "A handle used after its transaction is refused" },
    {
      variant: "in-next-transaction",
      called: "useInNext",
      title: "A handle used within the next transaction of its call is refused, and writes nothing there",
    },
  ].map(({ variant, called, title }) =>
    scenario({
      requirement: "with-tx/leaked-handle-is-refused",
      variant,
      title,
      module: "transactions",
      probes: [failures(1), returns(1), rowsSeen("log", 2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const call = alice.call(called, { token: "call" });
        const { category } = await stage.failed(call);
        expectSame(category, "handle-closed", "wrong-category", "how the use of the handle was refused");
        await expectCommits(stage, call, 1);
        await stage.returned(alice.call("record", { token: "fence" }));
        expectSame(await stage.tokens(), ["call", "fence"], "unexpected-row", "what was committed");
      },
    }),
  ),
  ...[
    {
      variant: "in-another-call",
      keeps: "keepTransaction",
      title: "A transaction's handle used by a later call is refused",
    },
    { variant: "reducer-context", keeps: "keepContext", title: "A reducer's context used by a later call is refused" },
  ].map(({ variant, keeps, title }) =>
    scenario({
      requirement: "with-tx/leaked-handle-is-refused",
      variant,
      title,
      module: "transactions",
      guests: "js",
      probes: [failures(1), returns(2), rowsSeen("log", 2)],
      async play(stage) {
        const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
        await stage.returned(alice.call(keeps, { token: "first" }));
        const later = bob.call("useKept", { token: "later" });
        const result = await stage.result(later);
        if (result.outcome === "returned" && !(result.value as unknown as Found).found) throw notShared;
        const { category } = await stage.failed(later);
        expectSame(category, "handle-closed", "wrong-category", "how the use of the handle was refused");
        await stage.returned(alice.call("record", { token: "fence" }));
        expectSame(await stage.tokens(), ["first", "fence"], "unexpected-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "with-tx/leaked-handle-is-refused",
    variant: "host-of-a-held-call",
    title: "The host object of a held call, used within the transaction of another, has no part in it",
    module: "bodies",
    guests: "js",
    probes: [maxHeld(1), returns(3), rowsSeen("log", 4)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gate = stage.gate("held");
      const holder = alice.call("keepHost", { url: gate.url, token: "holder" });
      await stage.held([gate]);
      const user = bob.call("useKeptHost", { token: "user" });
      const { found, refused } = await stage.returned<Found>(user);
      if (!found) throw notShared;
      expectSame(
        refused,
        {
          begin: "transaction-open",
          get: "no-transaction",
          insert: "no-transaction",
          commit: "no-transaction",
          abort: "no-transaction",
        },
        "wrong-category",
        "how the uses of the other call's host were refused",
      );
      await stage.release(gate);
      await stage.returned(holder);
      for (const call of [holder, user]) await expectCommits(stage, call, 1);
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["holder", "user", "user/after", "fence"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "with-tx/leaked-handle-is-refused",
    variant: "host-of-an-ended-call",
    title: "The host object of a call that has ended, used within the transaction of another, is closed",
    module: "bodies",
    guests: "js",
    probes: [maxHeld(1), returns(3), rowsSeen("log", 4)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gate = stage.gate("held");
      const holder = alice.call("keepHost", { url: gate.url, token: "holder" });
      await stage.held([gate]);
      await stage.release(gate);
      await stage.returned(holder);
      const { found, refused } = await stage.returned<Found>(bob.call("useKeptHost", { token: "user" }));
      if (!found) throw notShared;
      const closed = "handle-closed";
      expectSame(
        refused,
        { begin: closed, get: closed, insert: closed, commit: closed, abort: closed },
        "wrong-category",
        "how the uses of the other call's host were refused",
      );
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["holder", "user", "user/after", "fence"], "wrong-row", "what was committed");
    },
  }),
];

const notShared = new Unmeasured("the two calls ran in different instances of the module, so that nothing could leak");
