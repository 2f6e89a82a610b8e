import type { Connection, Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { maxHeld, pipelined, returns, rowsSeen } from "./probes.ts";
import { expectTurn, releaseInOrder } from "./ready-queue.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** The scenarios of the chapter on priority that a host can be led through turn by turn. */
export const priority: readonly Scenario[] = [
  scenario({
    requirement: "priority/requests-first",
    title: "Of requests and completions that are ready together, the requests run first, though they came in last",
    module: "relay",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(2), returns(4), rowsSeen("log", 4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const { procedures } = await completionsReady(stage, alice, 2);
      const reducers = [0, 1].map((index) => alice.call("record", { token: `reducer ${index}` }));
      const expected = [...reducers, ...procedures];
      for (const [index, call] of expected.entries()) {
        await expectTurn(stage, index < reducers.length ? "request" : "completion", call, `turn ${index + 1}`);
      }
      await stage.resume();
      for (const call of expected) await stage.returned(call);
      const tokens = ["reducer 0", "reducer 1", "completion 0", "completion 1"];
      expectSame(await stage.tokens(), tokens, "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "priority/requests-first",
    variant: "near-miss",
    title: "A completion that is ready while no request is runs in the next turn",
    module: "relay",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(1), returns(2), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const { procedures } = await completionsReady(stage, alice, 1);
      await expectTurn(stage, "completion", procedures[0]!, "the first turn");
      const reducer = alice.call("record", { token: "reducer" });
      await expectTurn(stage, "request", reducer, "the second turn");
      await stage.resume();
      for (const call of [...procedures, reducer]) await stage.returned(call);
      expectSame(await stage.tokens(), ["completion 0", "reducer"], "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "priority/ready-completions-do-not-starve-requests",
    title: "Among a hundred ready completions, each reducer that is submitted runs in the next turn or the one after",
    module: "relay",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(100), returns(120), rowsSeen("log", 120)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const { procedures } = await completionsReady(stage, alice, 100);
      const reducers: Submitted[] = [];
      for (let index = 0; index < 20; index += 1) {
        const reducer = bob.call("record", { token: `reducer ${index}` });
        reducers.push(reducer);
        const turns = [await stage.step(), await stage.step()];
        expectThat(
          turns.some((turn) => turn?.call === reducer.call),
          "starved",
          `with ${100 - 2 * index} completions ready, reducer ${index} did not run in two turns`,
        );
      }
      await stage.resume();
      for (const call of [...procedures, ...reducers]) await stage.returned(call);
      expectSame((await stage.tokens()).length, 120, "missing-row", "the number of recorded rows");
    },
  }),
  scenario({
    requirement: "priority/requests-do-not-starve-completions",
    title: "Among requests without end, each ready completion runs after as many of them as the host declares",
    module: "relay",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(3), pipelined(100), rowsSeen("log", 100)],
    async play(stage) {
      const { requestBurst } = stage.profile;
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const { procedures } = await completionsReady(stage, alice, 3);
      const count = Math.max(100, 3 * requestBurst + 8);
      const reducers = Array.from({ length: count }, (_, index) => bob.call("record", { token: `reducer ${index}` }));
      for (const [index, procedure] of procedures.entries()) {
        let passed = 0;
        while ((await stage.step())?.call !== procedure.call) {
          passed += 1;
          expectThat(
            passed <= requestBurst,
            "starved",
            `completion ${index} was ready while ${passed} requests ran in a row; the host declares ${requestBurst}`,
          );
        }
      }
      await stage.resume();
      for (const call of [...procedures, ...reducers]) await stage.returned(call);
      expectSame((await stage.tokens()).length, count + 3, "missing-row", "the number of recorded rows");
    },
  }),
  scenario({
    requirement: "priority/fair-between-connections",
    title: "A reducer of one client runs before all that another client, which floods the host, submits after it",
    module: "relay",
    probes: [pipelined(257), returns(257), rowsSeen("log", 257)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const flood = (from: number) =>
        Array.from({ length: 128 }, (_, index) => alice.call("record", { token: `flood ${from + index}` }));
      const calls = stage.host.together(() => [
        ...flood(0),
        bob.call("record", { token: "the other client" }),
        ...flood(128),
      ]);
      for (const call of calls) await stage.returned(call);
      const tokens = await stage.tokens();
      const place = tokens.indexOf("the other client");
      const overtook = tokens.slice(0, place).filter((token) => Number(token.replace("flood ", "")) >= 128);
      expectSame(tokens.length, 257, "missing-row", "the number of recorded rows");
      expectSame(overtook, [], "starved", "the later calls of the flooding client that ran before the other's");
    },
  }),
];

/** Procedures whose responses are ready, in the order of their numbers, on a lane that stands still. */
async function completionsReady(
  stage: Stage,
  connection: Connection,
  count: number,
): Promise<{ procedures: Submitted[] }> {
  const gates = stage.gates("completion ", count);
  const procedures = gates.map((gate) => connection.call("fetchThenRecord", { url: gate.url, token: gate.name }));
  await stage.held(gates);
  await stage.pause();
  await releaseInOrder(stage, gates);
  return { procedures };
}
