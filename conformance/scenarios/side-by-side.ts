import { expectSame, expectThat } from "./expect.ts";
import { maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

const levels = 6;

/** The scenarios of the chapter on concurrency that speak of calls which wait for each other, and of what each keeps meanwhile. */
export const sideBySide: readonly Scenario[] = [
  scenario({
    requirement: "concurrency/procedure-opens-the-gate",
    title: "Responses that wait for the request or the result of another procedure let their procedures complete",
    module: "relay",
    probes: [maxHeld(2), returns(8)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const expected: string[] = [];
      for (const [round, second] of [alice, bob, alice, bob].entries()) {
        const [waiting, opening] = [stage.gate(`waiting ${round}`), stage.gate(`opening ${round}`)];
        const a = alice.call("fetchThenRecord", { url: waiting.url, token: `waits ${round}` });
        await stage.held([waiting]);
        const b = second.call("fetchThenRecord", { url: opening.url, token: `opens ${round}` });
        // The request of the second is what the origin answers the first for, and the first's result what it answers the second for.
        await stage.held([opening]);
        await stage.release(waiting);
        await stage.returned(a);
        await stage.release(opening);
        await stage.returned(b);
        expected.push(`waits ${round}`, `opens ${round}`);
      }
      expectSame(await stage.tokens(), expected, "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "concurrency/sync-procedures-run-side-by-side",
    title: "As many synchronous procedures as the host declares are held at once; the next starts when one has ended",
    module: "script",
    capabilities: ["quiesce"],
    probes: [maxHeld(2), returns(3), rowsSeen("log", 3)],
    async play(stage) {
      const places = stage.profile.blockingPool;
      expectThat(places !== null && places >= 2, "wrong-value", `the host declares a blocking pool of ${places}`);
      const alice = await stage.connect("alice");
      const gates = stage.gates("gate ", places + 2);
      const calls = gates.map((gate) =>
        alice.call("playBlocking", { steps: [{ fetch: gate.url }, { tx: [["record", gate.name]] }] }),
      );
      const held = gates.slice(0, places);
      const [next, last] = gates.slice(places) as [(typeof gates)[0], (typeof gates)[0]];
      await stage.held(held);
      await stage.neverArrived([next, last]);
      // Two calls of this connection wait for a place; what else it submits does not.
      await stage.returnedMeanwhile(alice.call("run", { ops: [["record", "reducer"]] }));

      // The second that began ends first: a place is a place.
      const order = [held[1]!, held[0]!, ...held.slice(2)];
      await stage.release(order[0]!);
      await stage.returned(calls[gates.indexOf(order[0]!)]!);
      await stage.held([next]);
      await stage.neverArrived([last]);
      await stage.release(next);
      await stage.returned(calls[places]!);
      await stage.held([last]);
      await stage.release(last);
      await stage.returned(calls[places + 1]!);
      for (const gate of order.slice(1)) {
        await stage.release(gate);
        await stage.returned(calls[gates.indexOf(gate)]!);
      }
      expectSame(
        await stage.tokens(),
        ["reducer", ...[order[0]!, next, last, ...order.slice(1)].map(({ name }) => name)],
        "wrong-order",
        "the commit order",
      );
    },
  }),
  scenario({
    requirement: "concurrency/suspended-wasm-calls-share-no-stack",
    title: "Four calls suspended deep in a recursion, resumed in each of their 24 orders, keep each level's own text",
    module: "toil",
    guests: "wasm",
    probes: [maxHeld(4), returns(96)],
    async play(stage) {
      const alice = await stage.connect("alice");
      for (const [round, order] of permutations([0, 1, 2, 3]).entries()) {
        const gates = stage.gates(`round ${round} call `, 4);
        const calls = gates.map((gate) => alice.call("carry", { url: gate.url, token: gate.name, depth: levels - 1 }));
        await stage.held(gates);
        for (const index of order) {
          const gate = gates[index]!;
          await stage.release(gate, { body: `for ${gate.name}` });
          expectSame(
            await stage.returned(calls[index]!),
            around(gate.name, `for ${gate.name}`),
            "wrong-value",
            `what ${gate.name} had kept while it was suspended`,
          );
        }
      }
    },
  }),
  scenario({
    requirement: "concurrency/suspended-wasm-calls-share-no-stack",
    variant: "together",
    title: "Sixty-four calls suspended so and resumed together keep each level's own text",
    module: "toil",
    guests: "wasm",
    probes: [maxHeld(64), returns(64)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gates = stage.gates("call ", 64);
      const calls = gates.map((gate) => alice.call("carry", { url: gate.url, token: gate.name, depth: levels - 1 }));
      await stage.held(gates);
      await Promise.all(stage.random.shuffled(gates).map((gate) => stage.release(gate, { body: `for ${gate.name}` })));
      for (const [index, gate] of gates.entries()) {
        expectSame(
          await stage.returned(calls[index]!),
          around(gate.name, `for ${gate.name}`),
          "wrong-value",
          `what ${gate.name} had kept while it was suspended`,
        );
      }
    },
  }),
];

/** What `toil.carry` gives: the text of each level around what the level below gave. */
function around(token: string, body: string): string {
  let text = body;
  for (let level = 0; level < levels; level += 1) text = `${token}/${level}(${text})${token}/${level}`;
  return text;
}

/** Every order of the items. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
