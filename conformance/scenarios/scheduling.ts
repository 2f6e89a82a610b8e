import type { Gate } from "../origin/gated-origin.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What `errands.noteContext` records. */
interface Note {
  readonly token: string;
  readonly connection: string | null;
  readonly sender: string;
  readonly timestamp: number;
}

const virtual = { capabilities: ["clock", "quiesce"] } as const;

const recordAs = (token: string) => ({ tx: [["record", token]] });

/** The scenarios of the chapter on scheduling. */
export const scheduling: readonly Scenario[] = [
  ...[
    { name: "play", path: "lane", guests: "any" },
    { name: "playBlocking", path: "blocking", guests: "js" },
  ].map(({ name, path, guests }) =>
    scenario({
      requirement: "scheduling/sleep-until-yields",
      variant: path,
      title: `While a procedure of the ${path} path sleeps others run; it wakes when its time has come, not a millisecond before`,
      module: "script",
      guests: guests as "any" | "js",
      capabilities: ["clock", "quiesce"],
      probes: [maxHeld(1), returns(4), rowsSeen("log", 5)],
      async play(stage) {
        const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
        const due = stage.now + 1000;
        const sleeper = alice.call(name, { steps: [recordAs("before"), { sleep: due }, recordAs("after")] });
        await stage.quiet();
        expectSame(await stage.tokens(), ["before"], "wrong-row", "what was committed before the sleep");

        const gate = stage.gate("meanwhile");
        const fetching = bob.call("play", { steps: [{ fetch: gate.url }, recordAs("procedure")] });
        await stage.held([gate]);
        await stage.returned(alice.call("run", { ops: [["record", "same connection"]] }));
        await stage.release(gate);
        await stage.returned(fetching);
        await stage.advance(due - 1);
        await stage.quiet();
        await stage.returned(bob.call("run", { ops: [["record", "just before"]] }));
        expectSame(sleeper.ended, undefined, "wrong-order", "the sleeper's result before its time");

        await stage.advance(due);
        await stage.returned(sleeper);
        expectSame(
          await stage.tokens(),
          ["before", "same connection", "procedure", "just before", "after"],
          "wrong-order",
          "the commit order",
        );
      },
    }),
  ),
  ...[
    { name: "play", path: "lane", guests: "any" },
    { name: "playBlocking", path: "blocking", guests: "js" },
  ].map(({ name, path, guests }) =>
    scenario({
      requirement: "scheduling/sleep-in-the-past-returns",
      variant: path,
      title: `Sleeps on the ${path} path until times that have passed end although the clock stands still`,
      module: "script",
      guests: guests as "any" | "js",
      capabilities: ["clock", "quiesce"],
      probes: [returns(2), rowsSeen("log", 5)],
      async play(stage) {
        const alice = await stage.connect("alice");
        await stage.advance(stage.now + 10);
        const { now } = stage;
        const passed = [now, now - 0.5, now - 10, 0, -1];
        const call = alice.call(name, {
          steps: passed.flatMap((at) => [{ sleep: at }, recordAs(`until ${at - now}`)]),
        });
        await stage.consequences([], [call]);
        await stage.returned(call);
        expectSame(
          await stage.tokens(),
          passed.map((at) => `until ${at - now}`),
          "missing-row",
          "what was committed after each sleep",
        );
        const near = alice.call(name, { steps: [{ sleep: now + 1 }] });
        await stage.quiet();
        expectSame(near.ended, undefined, "wrong-order", "the result of a sleep whose time has not come");
        await stage.advance(now + 1);
        await stage.returned(near);
      },
    }),
  ),
  scenario({
    requirement: "scheduling/one-shot-runs-at-most-once",
    variant: "in-time",
    title: "Each scheduled call runs once, when its time has come, and never again",
    module: "errands",
    ...virtual,
    probes: [returns(3), rowsSeen("log", 7)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const start = stage.now;
      await stage.returned(alice.call("scheduleEach", { at: start + 20, apart: 0, tokens: ["late"] }));
      await stage.returned(alice.call("scheduleEach", { at: start + 10, apart: 0, tokens: ["one", "two", "two"] }));
      const scheduled = ["scheduling 1", "scheduling 3"];
      await stage.advance(start + 9);
      expectSame(await settled(stage), scheduled, "unexpected-row", "what was committed before the time has come");
      await stage.advance(start + 10);
      const early = [...scheduled, "one", "two", "two"];
      expectSame(await settled(stage), early, "wrong-row", "what was committed when the first time had come");
      await stage.advance(start + 20);
      expectSame(await settled(stage), [...early, "late"], "wrong-row", "what was committed at the second time");
      await stage.advance(start + 1_000_000);
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await settled(stage), [...early, "late", "fence"], "unexpected-row", "what was committed in the end");
    },
  }),
  scenario({
    requirement: "scheduling/one-shot-runs-at-most-once",
    variant: "in-the-past",
    title:
      "Calls scheduled for times that have passed run once, behind their scheduler's commit and as it scheduled them, while the clock stands",
    module: "errands",
    ...virtual,
    probes: [returns(2), rowsSeen("log", 4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await stage.advance(stage.now + 10);
      await stage.returned(alice.call("scheduleEach", { at: stage.now - 5, apart: -1, tokens: ["past", "long past"] }));
      await stage.quiet();
      await stage.returned(alice.call("record", { token: "fence" }));
      const expected = ["scheduling 2", "past", "long past", "fence"];
      expectSame(await settled(stage), expected, "wrong-row", "what was committed");
      await stage.advance(stage.now + 1_000_000);
      expectSame(await settled(stage), expected, "unexpected-row", "what was committed in the end");
    },
  }),
  scenario({
    requirement: "scheduling/one-shot-runs-at-most-once",
    variant: "failing",
    title: "A scheduled procedure that fails is not tried again, and keeps what it had committed",
    module: "errands",
    ...virtual,
    probes: [maxHeld(1), returns(2), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("scheduled");
      const at = stage.now + 10;
      await stage.returned(alice.call("scheduleFailure", { at, url: gate.url, token: "kept" }));
      await arrivesAt(stage, at, gate);
      await stage.release(gate);
      expectSame(await settled(stage), ["kept"], "wrong-row", "what was committed");
      await stage.advance(at + 1_000_000);
      await stage.quiet();
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await settled(stage), ["kept", "fence"], "unexpected-row", "what was committed in the end");
    },
  }),
  scenario({
    requirement: "scheduling/schedule-commits-with-its-transaction",
    variant: "reducer",
    title: "What a reducer scheduled before it threw never runs; what others scheduled around it does",
    module: "errands",
    ...virtual,
    probes: [failures(1), returns(3), rowsSeen("log", 5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const at = stage.now + 10;
      const calls = [
        alice.call("scheduleEach", { at, apart: 0, tokens: ["first"] }),
        alice.call("scheduleThenThrow", { at, token: "undone" }),
        alice.call("scheduleEach", { at, apart: 0, tokens: ["second"] }),
      ];
      await stage.returned(calls[0]!);
      expectSame((await stage.failed(calls[1]!)).category, "guest-error", "wrong-category", "how the reducer failed");
      await stage.returned(calls[2]!);
      await stage.advance(at + 1000);
      await stage.quiet();
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(
        await settled(stage),
        ["scheduling 1", "scheduling 1", "first", "second", "fence"],
        "unexpected-row",
        "what was committed",
      );
    },
  }),
  scenario({
    requirement: "scheduling/schedule-commits-with-its-transaction",
    variant: "procedure",
    title: "Of a procedure that fails, what its committed transaction scheduled runs, and not what its undone one did",
    module: "errands",
    ...virtual,
    probes: [failures(1), returns(1), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const at = stage.now + 10;
      await stage.failed(alice.call("scheduleTwiceThenThrow", { at, token: "call" }));
      await stage.advance(at + 1000);
      await stage.quiet();
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await settled(stage), ["call/kept", "fence"], "unexpected-row", "what was committed");
    },
  }),
  scenario({
    requirement: "scheduling/scheduled-call-has-no-connection",
    title:
      "Scheduled calls have no connection and the module's own identity, also when the client that scheduled them has gone",
    module: "errands",
    ...virtual,
    probes: [returns(4), rowsSeen("log", 4)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const at = stage.now + 10;
      await stage.returned(alice.call("noteContext", { token: "client's reducer" }));
      await stage.returned(bob.call("noteContextInProcedure", { token: "client's procedure" }));
      await stage.returned(alice.call("scheduleNotes", { at }));
      await stage.disconnect(alice);
      await stage.advance(at + 5);
      await stage.quiet();
      await stage.returned(bob.call("record", { token: "fence" }));
      const notes = (await stage.recorded()) as unknown as Note[];
      const [ofAlice, ofBob, reducer, procedure] = notes;
      expectSame(
        notes.slice(0, 4).map(({ token, connection }) => ({ token, connection })),
        [
          { token: "client's reducer", connection: alice.name },
          { token: "client's procedure", connection: bob.name },
          { token: "scheduled reducer", connection: null },
          { token: "scheduled procedure", connection: null },
        ],
        "wrong-value",
        "the connections that the calls had",
      );
      const module = reducer!.sender;
      expectSame(procedure!.sender, module, "wrong-value", "the identity of the scheduled procedure's caller");
      for (const client of [ofAlice!, ofBob!]) {
        expectThat(client.sender !== module, "wrong-value", "a scheduled call has the identity of a client");
      }
      for (const { token, timestamp } of [reducer!, procedure!]) {
        const inTime = timestamp >= at && timestamp <= at + 5;
        expectThat(inTime, "wrong-value", `the ${token} began at ${timestamp}, not from ${at} to ${at + 5}`);
      }
    },
  }),
  scenario({
    requirement: "concurrency/scheduled-procedure-blocks-no-schedule",
    title:
      "While a scheduled procedure is held, scheduled reducers fire and another scheduled procedure is held beside it",
    module: "errands",
    ...virtual,
    probes: [maxHeld(2), returns(5), rowsSeen("log", 5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const start = stage.now;
      const [first, second] = [stage.gate("first"), stage.gate("second")];
      await stage.returned(alice.call("scheduleFetch", { at: start + 10, url: first.url, token: "first" }));
      await stage.returned(alice.call("scheduleEach", { at: start + 20, apart: 0, tokens: ["reducer"] }));
      await stage.returned(alice.call("scheduleFetch", { at: start + 30, url: second.url, token: "second" }));
      await stage.returned(alice.call("scheduleEach", { at: start + 40, apart: 0, tokens: ["last reducer"] }));
      await arrivesAt(stage, start + 10, first);
      await stage.advance(start + 20);
      const scheduled = ["scheduling 1", "scheduling 1"];
      expectSame(await settled(stage), [...scheduled, "reducer"], "wrong-row", "what fired while the first was held");
      await arrivesAt(stage, start + 30, second);
      await stage.advance(start + 40);
      const fired = [...scheduled, "reducer", "last reducer"];
      expectSame(await settled(stage), fired, "wrong-row", "what fired while both were held");
      await stage.release(second);
      expectSame(
        await settled(stage),
        [...fired, "second"],
        "wrong-order",
        "what was committed after the first release",
      );
      await stage.release(first);
      expectSame(await settled(stage), [...fired, "second", "first"], "wrong-order", "what was committed in the end");
      await stage.returned(alice.call("record", { token: "after" }));
    },
  }),
];

/** What was recorded once nothing can run any more. */
async function settled(stage: Stage): Promise<string[]> {
  await stage.quiet();
  return stage.tokens();
}

/** Moves the clock and waits for the request that a scheduled procedure then sends. */
async function arrivesAt(stage: Stage, at: number, gate: Gate): Promise<void> {
  await stage.advance(at);
  await stage.held([gate]);
}
