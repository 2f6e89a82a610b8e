import { expectCommits } from "./commits.ts";
import type { Connection, Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, interleaved, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { Violation } from "./violation.ts";

const sentinel = 101;

/** The scenarios of the chapter on isolation. */
export const isolation: readonly Scenario[] = [
  scenario({
    requirement: "isolation/no-aborted-read",
    title: "Readers among failing writers never see what the writers wrote",
    module: "ledger",
    probes: [maxHeld(6), failures(6), returns(7)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      await stage.returned(alice.call("open", { account: "a", amount: 10 }));
      const gates = stage.gates("reader ", 6);
      const readers = gates.map((gate) => bob.call("balanceAfterFetch", { url: gate.url, account: "a" }));
      await stage.held(gates);

      const writers: Submitted[] = [];
      for (const gate of gates) {
        writers.push(alice.call("setThenThrow", { account: "a", amount: sentinel }));
        const released = stage.release(gate);
        const rows = await stage.rows<{ balance: number }>("accounts");
        expectThat(
          rows.every(([, row]) => row.balance !== sentinel),
          "aborted-read",
          "an outside reader saw the balance of a writer that failed",
        );
        await released;
      }
      for (const writer of writers) {
        expectSame((await stage.failed(writer)).category, "guest-error", "wrong-category", "how the writer failed");
      }
      for (const reader of readers) {
        const balance = await stage.returned<number | null>(reader);
        expectThat(balance !== sentinel, "aborted-read", `${reader.call} read ${sentinel}, which was undone`);
        expectSame(balance, 10, "wrong-value", `the balance that ${reader.call} read`);
      }
      expectSame(await stage.rows("accounts"), [["a", { balance: 10 }]], "aborted-read", "the accounts at the end");
    },
  }),
  scenario({
    requirement: "isolation/no-lost-update",
    title: "Increments released together, and more from reducers and blocking procedures, all count",
    module: "ledger",
    probes: [maxHeld(10), rowsSeen("log", 18)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      await stage.returned(alice.call("open", { account: "a", amount: 0 }));
      await stage.returned(alice.call("open", { account: "b", amount: 100 }));
      const asyncGates = stage.gates("add ", 8);
      const blockingGates = stage.gates("blocking ", 2);
      const adds = [
        ...asyncGates.map((gate) => alice.call("addAfterFetch", { url: gate.url, account: "a", amount: 1 })),
        ...blockingGates.map((gate) => bob.call("addBlocking", { url: gate.url, account: "a", amount: 1 })),
      ];
      await stage.held([...asyncGates, ...blockingGates]);

      const transfers: Submitted[] = [];
      const releases = stage.random.shuffled([...asyncGates, ...blockingGates]).map((gate, index) => {
        if (index < 8) transfers.push(bob.call("transfer", { from: "b", to: "a", amount: 1 }));
        return stage.release(gate);
      });
      await Promise.all(releases);
      for (const transfer of transfers) await stage.returned(transfer);
      const balances: number[] = [];
      for (const add of adds) balances.push(await stage.returned<number>(add));
      expectSame(new Set(balances).size, adds.length, "lost-update", "the number of different balances returned");
      expectSame(
        await stage.rows("accounts"),
        [
          ["a", { balance: adds.length + transfers.length }],
          ["b", { balance: 100 - transfers.length }],
        ],
        "lost-update",
        "the accounts at the end",
      );
      expectSame((await stage.recorded()).length, 18, "lost-update", "the number of recorded transactions");
    },
  }),
  scenario({
    requirement: "isolation/no-read-skew",
    title: "Audits released among transfers always add up to the same sum",
    module: "ledger",
    probes: [maxHeld(24), interleaved("transferAfterFetch", "auditAfterFetch")],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const accounts = ["a", "b", "c", "d"];
      for (const account of accounts) await stage.returned(alice.call("open", { account, amount: 100 }));

      const transferGates = stage.gates("transfer ", 12);
      const auditGates = stage.gates("audit ", 12);
      const transfers = transferGates.map((gate, index) =>
        alice.call("transferAfterFetch", { url: gate.url, ...pair(accounts, index), amount: 1 + index }),
      );
      const audits = auditGates.map((gate) => bob.call("auditAfterFetch", { url: gate.url }));
      await stage.held([...transferGates, ...auditGates]);

      // One audit between two transfers for certain, each released on the consequence of the one before; the rest together.
      for (const gate of [transferGates[0]!, auditGates[0]!, transferGates[1]!]) {
        await stage.release(gate);
        await stage.returned([...transfers, ...audits][[...transferGates, ...auditGates].indexOf(gate)]!);
      }
      const rest = stage.random.shuffled([...transferGates.slice(2), ...auditGates.slice(1)]);
      const reducers: Submitted[] = [];
      await Promise.all(
        rest.map((gate, index) => {
          reducers.push(alice.call("transfer", { ...pair(accounts, index), amount: 1 }));
          return stage.release(gate);
        }),
      );
      for (const call of [...transfers, ...reducers]) await stage.returned(call);
      for (const audit of audits) {
        expectSame(await stage.returned(audit), { sum: 400, count: 4 }, "read-skew", `what ${audit.call} added up`);
      }
      expectSame(
        await stage.returned(bob.call("audit")),
        { sum: 400, count: 4 },
        "read-skew",
        "the sum of all accounts at the end",
      );
    },
  }),
  scenario({
    requirement: "isolation/conflicting-commit-is-retried-or-reported",
    variant: "reducer",
    title: "A reducer whose commit conflicts leaves nothing and says so, or counts once",
    module: "script",
    capabilities: ["failpoints"],
    probes: [returns(2)],
    async play(stage) {
      const { alice, name, replayed } = await withConflictAhead(stage);
      const conflicting = alice.call("run", { ops: [["add", "number", 1]] }, { name });
      if (replayed) expectSame(await stage.returned(conflicting), [11], "wrong-value", "what the reducer gave");
      else {
        const { category } = await stage.failed(conflicting);
        expectSame(category, "conflict", "wrong-category", "how the reducer failed");
        expectSame(await stage.rows("cells"), [["number", 10]], "aborted-read", "the rows after the conflict");
      }
      const next = replayed ? 12 : 11;
      const added = alice.call("run", { ops: [["add", "number", 1]] });
      expectSame(await stage.returned(added), [next], "wrong-value", "what the next reducer gave");
      expectSame(await stage.rows("cells"), [["number", next]], "wrong-row", "the rows at the end");
    },
  }),
  scenario({
    requirement: "isolation/conflicting-commit-is-retried-or-reported",
    variant: "procedure",
    title: "A procedure's transaction whose commit conflicts leaves nothing and says so, or counts once",
    module: "script",
    capabilities: ["failpoints"],
    probes: [returns(2)],
    async play(stage) {
      const { alice, name, replayed } = await withConflictAhead(stage);
      const add = { tx: [["add", "number", 1]] };
      const seen = await stage.returned(alice.call("play", { steps: [add, add] }, { name }));
      const expected = replayed ? [{ tx: [11] }, { tx: [12] }] : [{ undone: "conflict" }, { tx: [11] }];
      expectSame(seen, expected, "wrong-value", "what the two transactions gave");
      expectSame(await stage.rows("cells"), [["number", replayed ? 12 : 11]], "wrong-row", "the rows at the end");
    },
  }),
  scenario({
    requirement: "isolation/fresh-snapshot-after-yield",
    title: "What a reducer writes while a procedure is held is there in the procedure's next transaction",
    module: "relay",
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      await stage.returned(bob.call("record", { token: "before the fetch" }));
      const gate = stage.gate("held");
      const reader = alice.call("readFetchRead", { url: gate.url });
      await stage.held([gate]);
      await stage.returned(bob.call("record", { token: "during the fetch" }));
      await stage.release(gate);
      const { before, after } = await stage.returned<{ before: string[]; after: string[] }>(reader);
      expectSame(before, ["before the fetch"], "wrong-value", "what the first transaction read");
      expectSame(after, ["before the fetch", "during the fetch"], "stale-read", "what the second transaction read");
    },
  }),
  scenario({
    requirement: "isolation/no-isolation-across-transactions",
    title: "What a procedure read before its fetch is overwritten meanwhile, and it writes all the same",
    module: "ledger",
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      await stage.returned(alice.call("open", { account: "a", amount: 10 }));
      const gate = stage.gate("held");
      const carrying = alice.call("readFetchWrite", { url: gate.url, account: "a", amount: 1 });
      await stage.held([gate]);
      await stage.returned(bob.call("set", { account: "a", amount: 11 }));
      await stage.release(gate);
      expectSame(await stage.returned(carrying), 11, "wrong-value", "what the procedure wrote");
      await expectCommits(stage, carrying, 2);
      expectSame(await stage.rows("accounts"), [["a", { balance: 11 }]], "wrong-row", "the account at the end");
    },
  }),
  scenario({
    requirement: "isolation/no-isolation-across-transactions",
    variant: "checked",
    title: "The same on rows whose transactions the checkers of isolation see: a lost increment that is no anomaly",
    module: "script",
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      await stage.returned(alice.call("run", { ops: [["put", "number", 10]] }));
      const gate = stage.gate("held");
      const steps = [{ tx: [["get", "number"]] }, { fetch: gate.url }, { tx: [["put", "number", 21]] }];
      const carrying = alice.call("play", { steps });
      await stage.held([gate]);
      expectSame(
        await stage.returned(bob.call("run", { ops: [["add", "number", 1]] })),
        [11],
        "wrong-value",
        "the sum",
      );
      await stage.release(gate);
      await stage.returned(carrying);
      expectSame(await stage.rows("cells"), [["number", 21]], "wrong-row", "the number at the end");
    },
  }),
  scenario({
    requirement: "isolation/no-foreign-turn-inside-transaction",
    title: "While a transaction rewrites account after account, the commit counter does not move",
    module: "ledger",
    probes: [maxHeld(10), rowsSeen("log", 20)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      for (let index = 0; index < 16; index += 1) {
        await stage.returned(alice.call("open", { account: `account ${index}`, amount: 1 }));
      }
      const asyncGates = stage.gates("sweep ", 8);
      const blockingGates = stage.gates("blocking ", 2);
      const sweeps = [
        ...asyncGates.map((gate) => alice.call("sweepAfterFetch", { url: gate.url, token: gate.name })),
        ...blockingGates.map((gate) => bob.call("sweepBlocking", { url: gate.url, token: gate.name })),
      ];
      await stage.held([...asyncGates, ...blockingGates]);
      const reducers: Submitted[] = [];
      await Promise.all(
        stage.random.shuffled([...asyncGates, ...blockingGates]).map((gate, index) => {
          reducers.push(alice.call("sweep", { token: `reducer ${index}` }));
          return stage.release(gate);
        }),
      );
      // First what the requirement is about: where turns overlap, calls may fail of it as well.
      for (const sweep of sweeps) if ((await stage.result(sweep)).outcome === "returned") await staysAt(stage, sweep);
      for (const call of [...sweeps, ...reducers]) await stage.returned(call);
      for (const row of await stage.recorded()) {
        if (row.enter !== row.exit || row.n !== Number(row.enter) + 1) {
          throw new Violation(
            "foreign-turn",
            `${row.token} began at commit ${row.enter}, read ${row.exit} at its end and committed as ${row.n}`,
          );
        }
      }
    },
  }),
];

/** A number that is 10, and the name of a call whose next commit will conflict. */
async function withConflictAhead(stage: Stage): Promise<{ alice: Connection; name: string; replayed: boolean }> {
  const alice = await stage.connect("alice");
  await stage.returned(alice.call("run", { ops: [["put", "number", 10]] }));
  return { alice, name: await stage.failCommits(1), replayed: stage.profile.retry === "replay" };
}

/** Demands that a sweep read the commit counter at one value throughout. */
async function staysAt(stage: Stage, sweep: Submitted): Promise<void> {
  const { enter, exit, seen } = await stage.returned<{ enter: number; exit: number; seen: number[] }>(sweep);
  const moved = seen.find((count) => count !== enter) ?? (exit === enter ? undefined : exit);
  expectSame(seen.length, 16, "wrong-value", `the number of accounts that ${sweep.call} rewrote`);
  if (moved !== undefined) {
    throw new Violation(
      "foreign-turn",
      `${sweep.call} began at commit ${enter} and read ${moved} before its own commit`,
      [`readings: ${seen.join(", ")}`],
    );
  }
}

function pair(accounts: readonly string[], index: number): { from: string; to: string } {
  return { from: accounts[index % 4]!, to: accounts[(index + 1 + (index % 3)) % 4]! };
}
