import type { Gate } from "../origin/gated-origin.ts";
import type { Connection, Submitted } from "./connection.ts";
import { expectSame } from "./expect.ts";
import { shareOneIsolate } from "./isolates.ts";
import { maxHeld, pipelined, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { buysNoThreads } from "./thread-rounds.ts";
import { countThreads } from "./threads.ts";

/** The scenarios of the chapter on concurrency. */
export const concurrency: readonly Scenario[] = [
  ...[2, 8, 64, 1000].map((n) =>
    scenario({
      requirement: "concurrency/n-procedures-held-at-once",
      variant: `n=${n}`,
      title: `${n} procedures are held at once, and each completes with its own response`,
      module: "relay",
      probes: [maxHeld(n), pipelined(n), returns(n)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const gates = stage.gates("gate ", n);
        const calls = gates.map((gate) => alice.call("fetchThenRecord", { url: gate.url, token: gate.name }));
        await stage.held(gates);
        await completeWithTheirOwn(stage, calls, gates);
        expectSame((await stage.recorded()).length, n, "missing-row", "the number of recorded rows");
      },
    }),
  ),
  scenario({
    requirement: "concurrency/reducer-opens-the-gate",
    title: "Responses that are released by the result of a later reducer let their procedures complete",
    module: "relay",
    probes: [maxHeld(8), returns(16)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gates = stage.gates("gate ", 8);
      const calls = gates.map((gate) => alice.call("fetchThenRecord", { url: gate.url, token: `${gate.name} opened` }));
      await stage.held(gates);
      const expected: string[] = [];
      for (const [index, gate] of gates.entries()) {
        await stage.returnedMeanwhile(alice.call("record", { token: `opens ${gate.name}` }));
        await stage.release(gate);
        await stage.returned(calls[index]!);
        expected.push(`opens ${gate.name}`, `${gate.name} opened`);
      }
      expectSame(await stage.tokens(), expected, "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "concurrency/parallel-fetches-in-one-procedure",
    title: "Eight fetches of one procedure are held at once",
    module: "relay",
    probes: [maxHeld(8)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gates = stage.gates("gate ", 8);
      const call = alice.call("fetchAllThenRecord", { urls: gates.map((gate) => gate.url), token: "all" });
      await stage.held(gates);
      for (const gate of gates) await stage.release(gate, { body: `only for ${gate.name}` });
      expectSame(
        await stage.returned(call),
        gates.map((gate) => `only for ${gate.name}`),
        "wrong-response",
        "the bodies in order of issue",
      );
    },
  }),
  scenario({
    requirement: "concurrency/sync-procedure-blocks-nobody",
    title: "While a synchronous procedure is held, a reducer and an asynchronous procedure complete",
    module: "shapes",
    probes: [maxHeld(2), returns(3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const [blocking, other] = [stage.gate("blocking"), stage.gate("asynchronous")];
      const sync = alice.call("syncArrow", { url: blocking.url, token: "synchronous" });
      await stage.held([blocking]);

      await stage.returnedMeanwhile(alice.call("record", { token: "reducer" }));
      const asynchronous = bob.call("asyncArrow", { url: other.url, token: "asynchronous" });
      await stage.held([other]);
      await stage.release(other);
      await stage.returnedMeanwhile(asynchronous);
      expectSame(sync.ended, undefined, "wrong-order", "the synchronous procedure's result before its release");

      await stage.release(blocking);
      await stage.returned(sync);
      expectSame(await stage.tokens(), ["reducer", "asynchronous", "synchronous"], "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "concurrency/lanes-are-constant",
    variant: "threads",
    measures: true,
    title: "Holding 1, 10, 100 and 1,000 procedures takes no threads and leaves none",
    module: "relay",
    ownProcess: true,
    probes: [maxHeld(1000)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await warmUp(stage, alice);
      const threads = () => countThreads(stage.pid);
      const baseline = threads();
      for (const n of [1, 10, 100, 1000]) {
        await buysNoThreads(threads, baseline, n, async (round) => {
          const gates = stage.gates(`one of ${n}, round ${round}: `, n);
          const calls = gates.map((gate) => alice.call("fetchThenRecord", { url: gate.url, token: gate.name }));
          await stage.held(gates);
          return () => completeWithTheirOwn(stage, calls, gates);
        });
      }
    },
  }),
  scenario({
    requirement: "concurrency/lanes-are-constant",
    variant: "isolates",
    title: "A thousand held calls of a JavaScript module share one isolate",
    module: "shapes",
    guests: "js",
    probes: [maxHeld(1000), returns(1000)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await shareOneIsolate(stage, alice, stage.gates("gate ", 1000), 0);
    },
  }),
];

/** Releases all together and demands each call's own response. */
async function completeWithTheirOwn(stage: Stage, calls: readonly Submitted[], gates: readonly Gate[]): Promise<void> {
  await Promise.all(gates.map((gate) => stage.release(gate, { body: `only for ${gate.name}` })));
  for (const [index, gate] of gates.entries()) {
    const { body } = await stage.returned<{ body: string }>(calls[index]!);
    expectSame(body, `only for ${gate.name}`, "wrong-response", `the body that ${gate.name}'s procedure returned`);
  }
}

/** Lets the host start what it starts once: helper threads of name resolution and of the HTTP library. */
async function warmUp(stage: Stage, alice: Connection): Promise<void> {
  const gates = stage.gates("warm-up ", 32);
  const calls = gates.map((gate, index) => {
    const url = new URL(gate.url);
    if (index % 2 === 0) url.hostname = "localhost";
    return alice.call("fetchThenRecord", { url: url.href, token: gate.name });
  });
  await stage.held(gates);
  await completeWithTheirOwn(stage, calls, gates);
}
