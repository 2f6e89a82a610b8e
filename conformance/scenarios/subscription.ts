import type { HostProcess } from "../protocol/host-process.ts";
import type { Connection, Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, pipelined, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What each of the four accounts holds at first, and all of them together at any time. */
const each = 100;
const sum = 4 * each;
const accounts = ["a", "b", "c", "d"];

type Row = readonly [string, { readonly balance: number } | null];

/** What somebody outside sees of commits: all rows of each, or none. */
export const atomicVisibility: readonly Scenario[] = [
  scenario({
    requirement: "isolation/atomic-visibility",
    variant: "readers",
    title: "Each read from outside sees four accounts and the sum that there was, while transfers commit",
    module: "ledger",
    probes: [maxHeld(4), pipelined(8), rowsSeen("accounts", 4), failures(1)],
    async play(stage) {
      const { alice, gates, procedures } = await transfersHeld(stage);
      const reads: Promise<Row[]>[] = [];
      const reducers: Submitted[] = [];
      for (const [index, gate] of gates.entries()) {
        reads.push(stage.rows("accounts"));
        const released = stage.release(gate);
        reducers.push(transfer(alice, index, 2), transfer(alice, index + 1, 3), transfer(alice, index, sum));
        reads.push(stage.rows("accounts"));
        await released;
      }
      // One read after the other as long as there is anything to commit: whatever is half there is seen. A host that commits nothing more is found below.
      const calls = [...procedures, ...reducers];
      while (reads.length < mostReads && !calls.every((call) => call.ended !== undefined)) {
        const read: Promise<Row[]> = stage.rows("accounts");
        reads.push(read);
        await read;
      }
      for (const call of procedures) await stage.returned(call);
      for (const call of reducers) await stage.result(call);
      reads.push(stage.rows("accounts"));
      for (const [index, read] of (await Promise.all(reads)).entries()) whole(read, `read ${index + 1}`);
    },
  }),
  scenario({
    requirement: "isolation/atomic-visibility",
    variant: "parked",
    title: "A reader from outside sees nothing of a transaction that stands still after it has written",
    module: "script",
    guests: "js",
    capabilities: ["txPoints", "quiesce"],
    probes: [returns(2), rowsSeen("cells", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const before = { x: 50, y: 50 };
      await stage.returned(alice.call("run", { ops: Object.entries(before).map(([key, n]) => ["put", key, n]) }));
      const steps = [
        {
          tx: [
            ["put", "x", 20],
            ["point", "half"],
            ["put", "y", 80],
            ["point", "whole"],
          ],
        },
      ];
      const call = alice.call("playBlocking", { steps }, { park: true });
      for (const point of ["half", "whole"]) {
        await stage.quiet();
        expectThat(stage.isParked(call), "missing-result", `the call has not come to its point ${point}`);
        const seen = Object.fromEntries(await stage.rows<number>("cells"));
        expectSame(seen, before, "intermediate-read", `what a reader saw while the transaction stood at ${point}`);
        await stage.goOn(call);
      }
      await stage.returned(call);
      const after = Object.fromEntries(await stage.rows<number>("cells"));
      expectSame(after, { x: 20, y: 80 }, "wrong-row", "what a reader saw after the commit");
    },
  }),
  scenario({
    requirement: "isolation/atomic-visibility",
    variant: "subscribers",
    title: "A subscriber is told of each commit once, whole, in order, and before the call's result",
    module: "ledger",
    capabilities: ["subscriptions"],
    probes: [maxHeld(4), failures(1), returns(12)],
    async play(stage) {
      const { alice, gates, procedures } = await transfersHeld(stage);
      const subscriber = await subscribe(stage, "accounts");
      try {
        const expected: number[] = [];
        for (const [index, gate] of gates.entries()) {
          const reducer = transfer(alice, index, 2);
          await stage.returned(reducer);
          toldBefore(stage.host, await stage.seqs(reducer));
          expected.push(...(await stage.seqs(reducer)));
          const refused = await stage.failed(transfer(alice, index, sum));
          expectSame(refused.category, "guest-error", "wrong-category", "how a transfer of too much ended");
          await stage.release(gate);
          await stage.returned(procedures[index]!);
          toldBefore(stage.host, await stage.seqs(procedures[index]!));
          expected.push(...(await stage.seqs(procedures[index]!)));
        }
        expectSame(subscriber.seqs, expected, "wrong-order", "the commits that the subscriber was told of");
        expectSame(subscriber.rows(), await stage.rows("accounts"), "wrong-row", "the rows as it was told of them");

        await stage.until(stage.host.request("table/unsubscribe", { subscription: subscriber.name }), "the end of it");
        await stage.returned(transfer(alice, 0, 1));
        expectSame(subscriber.seqs, expected, "unexpected-row", "what it was told after it had unsubscribed");
      } finally {
        subscriber.end();
      }
    },
  }),
];

/** Far more than the commits of a scenario take. */
const mostReads = 500;

/** Four accounts, and as many procedures that are held before each transfers from one to the next. */
async function transfersHeld(stage: Stage) {
  const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
  for (const account of accounts) await stage.returned(alice.call("open", { account, amount: each }));
  const gates = stage.gates("transfer ", 4);
  const procedures = gates.map(({ url }, index) =>
    bob.call("transferAfterFetch", { url, ...fromTo(index), amount: index + 1 }),
  );
  await stage.held(gates);
  return { alice, gates, procedures };
}

const fromTo = (index: number) => ({ from: accounts[index % 4]!, to: accounts[(index + 1) % 4]! });

function transfer(connection: Connection, index: number, amount: number): Submitted {
  return connection.call("transfer", { ...fromTo(index), amount });
}

/** Demands of rows that they are those of a moment between two transfers. */
function whole(rows: readonly Row[], what: string): void {
  const total = rows.reduce((total, [, row]) => total + (row?.balance ?? 0), 0);
  expectSame(
    [rows.length, total],
    [accounts.length, sum],
    "intermediate-read",
    `the accounts of ${what} and their sum`,
  );
}

/** Subscribes to a table of accounts, and demands of every commit that it leave the sum as it was. */
async function subscribe(stage: Stage, table: string) {
  const name = stage.freshName("subscription");
  const rows = new Map<string, Row[1]>();
  const seqs: number[] = [];
  const faults: unknown[] = [];
  const sorted = (): Row[] => [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const end = stage.host.onChanged(({ subscription, seq, changes }) => {
    if (subscription !== name) return;
    seqs.push(seq);
    for (const [key, row] of changes as unknown as Row[]) {
      if (row === null) rows.delete(key);
      else rows.set(key, row);
    }
    try {
      whole(sorted(), `the commit ${seq}, as the subscriber knows them`);
    } catch (error) {
      faults.push(error);
    }
  });
  const params = { module: stage.module, table, subscription: name };
  const begun = await stage.until(stage.host.request("table/subscribe", params), `the subscription to ${table}`);
  for (const [key, row] of begun.rows as unknown as Row[]) rows.set(key, row);
  const checked = () => {
    if (faults.length > 0) throw faults[0];
  };
  return {
    name,
    end,
    get seqs(): readonly number[] {
      checked();
      return seqs;
    },
    rows: () => {
      checked();
      return sorted();
    },
  };
}

/** Demands that the host has written the news of these commits before the result that names them. */
function toldBefore(host: HostProcess, seqs: readonly number[]): void {
  const lines = host.frames.filter(({ direction }) => direction === "received").map(({ text }) => JSON.parse(text));
  const result = lines.findLastIndex((line) => JSON.stringify(line.result?.seqs) === JSON.stringify(seqs));
  for (const seq of seqs) {
    const told = lines.findLastIndex((line) => line.method === "table/changed" && line.params.seq === seq);
    expectThat(
      told !== -1 && told < result,
      "wrong-order",
      `the result of a call came before the subscriber was told of its commit ${seq}`,
    );
  }
}
