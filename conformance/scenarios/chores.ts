import { withDataFile } from "./data-file.ts";
import { expectSame, expectThat } from "./expect.ts";
import { maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

const module = "chores";
const uuidOfVersion7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The scenarios on reducers that procedures submit, on UUIDs, and on the time of a transaction. */
export const chores: readonly Scenario[] = [
  scenario({
    requirement: "ordering/nested-calls-stay-ordered",
    title: "Reducers that a procedure submits before and after a fetch run in that order, among those of clients",
    module,
    capabilities: ["quiesce"],
    probes: [maxHeld(1), returns(3), rowsSeen("log", 5)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gate = stage.gate("between");
      const procedure = alice.call("submitAroundFetch", { url: gate.url, token: "nested" });
      await stage.held([gate]);
      await stage.returned(bob.call("record", { token: "client" }));
      await stage.release(gate);
      await stage.returned(procedure);
      await stage.returned(bob.call("record", { token: "fence" }));
      const expected = ["nested/1", "nested/2", "client", "nested/3", "fence"];
      expectSame(await stage.tokens(), expected, "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "context/uuids-are-ordered-and-unique",
    title: "UUIDs of reducers and of held procedures sort in the order in which they were made",
    module,
    // What a UUID says of the time is compared between columns, whose clocks other scenarios have moved.
    ownProcess: true,
    capabilities: ["clock"],
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("between");
      const first = await stage.returned<string[]>(alice.call("uuids"));
      const procedure = alice.call("uuidsAroundFetch", { url: gate.url });
      await stage.held([gate]);
      const amid = await stage.returned<string[]>(alice.call("uuids"));
      await stage.release(gate);
      const [before, after] = await stage.returned<string[]>(procedure);
      const made = [...first, String(before), ...amid, String(after)];
      const strange = made.filter((uuid) => !uuidOfVersion7.test(uuid));
      expectSame(strange, [], "wrong-value", "what is no UUID of version 7 in lower case");
      expectSame(made.toSorted(), made, "wrong-order", "the UUIDs as they were made, against the same sorted");
      expectSame(new Set(made).size, made.length, "wrong-value", "how many of the UUIDs differ");
      const times = made.map((uuid) => Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16));
      expectSame(
        times,
        made.map(() => Math.floor(stage.now)),
        "wrong-value",
        "the times in the UUIDs",
      );
    },
  }),
  scenario({
    requirement: "context/uuids-are-ordered-and-unique",
    variant: "after-a-kill",
    title: "UUIDs that a module makes after its host was killed are none that it made before",
    module,
    ownProcess: true,
    capabilities: ["durable", "clock"],
    probes: [returns(2)],
    async play(stage) {
      await withDataFile(async (data) => {
        const first = await stage.another(module, { data });
        const before = await first.returned<string[]>((await first.connect("before")).call("uuids"));
        const second = await first.afterDeath(module, { data });
        const after = await second.returned<string[]>((await second.connect("after")).call("uuids"));
        const made = [...before, ...after];
        expectSame(new Set(made).size, made.length, "wrong-value", "how many of the UUIDs differ");
        expectSame(made.toSorted(), made, "wrong-order", "the UUIDs as they were made, against the same sorted");
      });
    },
  }),
  scenario({
    requirement: "context/transaction-timestamp-not-before-call",
    title: "A transaction's time is the clock's when it began, while the call's stays as it was",
    module,
    capabilities: ["clock", "quiesce"],
    probes: [returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const zero = stage.now;
      const call = alice.call("transactionTimes", { until: zero + 5000 });
      await stage.quiet();
      await stage.advance(zero + 5000);
      const times = await stage.returned<{ before: number; after: number; call: number }>(call);
      expectThat(times.before >= times.call, "wrong-value", "the first transaction began before its call");
      const expected = { before: zero, after: zero + 5000, call: zero };
      expectSame(times, expected, "wrong-value", "the times of the call and of its two transactions");
    },
  }),
];
