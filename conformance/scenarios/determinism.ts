import type { Gate } from "../origin/gated-origin.ts";
import type { Submitted } from "./connection.ts";
import { withDataFile } from "./data-file.ts";
import { expectSame } from "./expect.ts";
import { interleaved, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { drawPlan, expectSameTelling, type Names, plainNames, tell } from "./story.ts";

/** Names that sort the other way round, and that no program would choose. */
const strangeNames: Names = {
  client: 'zoë, with "quotes" ',
  gate: (procedure, fetch) => `${9 - procedure}${9 - fetch} ältere Pforte`,
  call: (index) => `${String.fromCodePoint(0x1f700 - index)} `,
};

/** What a burst must have been: all held at once, mixed with reducers, and all there. */
const probes = [maxHeld(6), interleaved("play", "run"), rowsSeen("log", 18)];

/** The scenarios of the chapter on determinism. */
export const determinism: readonly Scenario[] = [
  ...[false, true].map((stepped) =>
    scenario({
      requirement: "determinism/same-schedule-same-history",
      variant: stepped ? "stepped" : "lockstep",
      title: `One schedule drawn from the seed, played twice${stepped ? " turn by turn" : ""}, gives the same results, commits and rows`,
      module: "script",
      ...(stepped && { capabilities: ["quiesce", "stepping"] as const, evidence: "stepping" as const }),
      probes: [maxHeld(4), returns(16), interleaved("play", "run"), rowsSeen("log", 12)],
      async play(stage) {
        const plan = drawPlan(stage.random);
        const first = await tell(stage, plan, plainNames("first"), stepped);
        const second = await tell(await stage.another("script"), plan, plainNames("second"), stepped);
        expectSameTelling(second, first);
      },
    }),
  ),
  scenario({
    requirement: "determinism/same-schedule-same-history",
    variant: "random",
    title: "The same call in the same place of two loads draws the same random numbers; the next call draws others",
    module: "clockwork",
    // What the clock shows stands in the results: it is the same on every host in a process that has done nothing else.
    ownProcess: true,
    probes: [returns(6)],
    async play(stage) {
      const drawn: number[][] = [];
      for (const one of [stage, await stage.another("clockwork")]) {
        const alice = await one.connect("alice");
        for (let call = 0; call < 3; call += 1) {
          drawn.push((await one.returned<{ random: number[] }>(alice.call("context"))).random);
        }
      }
      expectSame(drawn.slice(3), drawn.slice(0, 3), "not-deterministic", "what the calls of the second load drew");
      expectSame(new Set(drawn.flat()).size, 9, "wrong-value", "how many different numbers three calls drew");
    },
  }),
  // In lockstep names are told apart; turn by turn several calls are ready together, and a name could decide which goes first.
  ...[false, true].map((stepped) =>
    scenario({
      requirement: "determinism/renamed-is-isomorphic",
      ...(stepped && { variant: "stepped" }),
      title: `One schedule under other names of gates, client and calls${stepped ? ", played turn by turn," : ""} gives the same results, commits and rows`,
      module: "script",
      ...(stepped && { capabilities: ["quiesce", "stepping"] as const, evidence: "stepping" as const }),
      probes: [maxHeld(4), returns(16), interleaved("play", "run"), rowsSeen("log", 12)],
      async play(stage) {
        const plan = drawPlan(stage.random);
        const first = await tell(stage, plan, plainNames("first"), stepped);
        const second = await tell(await stage.another("script"), plan, strangeNames, stepped);
        expectSameTelling(second, first);
      },
    }),
  ),
  scenario({
    requirement: "determinism/replayed-log-same-state",
    title:
      "Transactions of a burst, run again as reducers in the order of their commits, give the same values and rows",
    module: "script",
    probes,
    play: async (stage) => replay(await burst(stage), stage),
  }),
  scenario({
    requirement: "determinism/replayed-log-same-state",
    variant: "durable",
    title:
      "What is in a file when the host was killed after a burst is what the commits give, run again in their order",
    module: "script",
    ownProcess: true,
    capabilities: ["durable"],
    probes,
    play: (stage) =>
      withDataFile(async (data) => {
        const first = await stage.another("script", { data });
        const log = await burst(first);
        await replay(log, await first.afterDeath("script", { data }));
      }),
  }),
];

/** A transaction as its call tells of it. */
interface Logged {
  readonly seq: number;
  readonly ops: readonly unknown[];
  readonly seen: unknown;
}

/** Procedures of two transactions each, released together with reducers beside them; gives their transactions in the order of their commits. */
async function burst(stage: Stage): Promise<Logged[]> {
  const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
  const ops = (token: string) => [
    ["append", "list", token],
    ["add", `sum ${token.length % 3}`, token.length],
    ["deleteWhere", 40],
    ["addAll", 1],
    ["scan", "", ""],
    ["record", token],
  ];
  const gates = stage.gates("gate ", 6);
  const plans = gates.map(({ name }) => [ops(`${name} one`), ops(`${name} and two`)]);
  const calls: { call: Submitted; plan: readonly unknown[][] }[] = gates.map((gate, index) => {
    const plan = plans[index]!;
    return { call: alice.call("play", { steps: [{ fetch: gate.url }, ...plan.map((tx) => ({ tx }))] }), plan };
  });
  await stage.held(gates);
  const beside = (gate: Gate): Submitted => {
    const plan = [ops(`beside ${gate.name}`)];
    const call = bob.call("run", { ops: plan[0] });
    calls.push({ call, plan });
    return call;
  };
  const [foremost, ...others] = stage.random.shuffled(gates) as [Gate, ...Gate[]];
  // One reducer between two procedures for certain: where the others come is left to the host.
  await stage.release(foremost);
  await stage.returned(calls[gates.indexOf(foremost)]!.call);
  await stage.returned(beside(foremost));
  await Promise.all(
    others.map((gate) => {
      beside(gate);
      return stage.release(gate);
    }),
  );
  const log: Logged[] = [];
  for (const { call, plan } of calls) {
    const value = await stage.returned<readonly { tx?: unknown }[]>(call);
    const seen = call.function === "run" ? [value] : value.slice(1).map(({ tx }) => tx);
    for (const [index, seq] of (await stage.seqs(call)).entries()) {
      log.push({ seq, ops: plan[index]!, seen: seen[index] });
    }
  }
  log.sort((a, b) => a.seq - b.seq);
  const numbers = Array.from({ length: 18 }, (_, index) => index + 1);
  expectSame(
    log.map(({ seq }) => seq),
    numbers,
    "wrong-value",
    "the numbers of the commits",
  );
  return log;
}

/** Runs the transactions again, one after the other, on an empty module: it must come to the state that `stage` shows. */
async function replay(log: readonly Logged[], stage: Stage): Promise<void> {
  const again = await stage.another("script");
  const carol = await again.connect("carol");
  for (const { seq, ops, seen } of log) {
    const call = carol.call("run", { ops });
    expectSame(await again.returned(call), seen, "not-deterministic", `what commit ${seq} observed when run again`);
    expectSame(await again.seqs(call), [seq], "wrong-value", "the number of that commit");
  }
  for (const table of ["cells", "log", "meta"]) {
    expectSame(await again.rows(table), await stage.rows(table), "not-deterministic", `the rows of ${table}`);
  }
}
