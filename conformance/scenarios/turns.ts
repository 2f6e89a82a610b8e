import { expectCommits } from "./commits.ts";
import type { Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { interleaved, maxHeld, returns, rowsSeen } from "./probes.ts";
import { expectTurn, releaseInOrder } from "./ready-queue.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

const recordAs = (token: string) => ({ tx: [["record", token]] });

/** The scenarios of the chapter on ordering that speak of turns, completions and timers. */
export const turns: readonly Scenario[] = [
  scenario({
    requirement: "ordering/burst-release-in-allowed-set",
    title: "Two rounds of responses released together, among reducers, give one of the histories that the model allows",
    module: "script",
    probes: [maxHeld(6), returns(19), interleaved("play", "run")],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const [first, second] = [stage.gates("first ", 6), stage.gates("second ", 6)];
      const procedures = first.map((gate, index) => {
        const token = `procedure ${index}`;
        return alice.call("play", {
          steps: [{ fetch: gate.url }, recordAs(`${token}/1`), { fetch: second[index]!.url }, recordAs(`${token}/2`)],
        });
      });
      const reducers: Submitted[] = [];
      for (const gates of [first, second]) {
        await stage.held(gates);
        // One reducer between the two rounds for certain: where the others come is left to the host.
        if (gates === second) await stage.returned(bob.call("run", { ops: [["record", "between"]] }));
        await Promise.all(
          stage.random.shuffled(gates).map((gate) => {
            reducers.push(bob.call("run", { ops: [["record", `beside ${gate.name}`]] }));
            return stage.release(gate, { body: `only for ${gate.name}` });
          }),
        );
      }
      for (const [index, call] of procedures.entries()) {
        const seen = await stage.returned<readonly { body?: string }[]>(call);
        expectSame(
          [seen[0]?.body, seen[2]?.body],
          [`only for ${first[index]!.name}`, `only for ${second[index]!.name}`],
          "wrong-response",
          `the bodies that ${call.call} was given`,
        );
      }
      for (const call of reducers) await stage.returned(call);
      const tokens = await stage.tokens();
      expectSame(tokens.length, 25, "wrong-row", "the number of recorded rows");
      for (const index of first.keys()) {
        const [one, two] = [tokens.indexOf(`procedure ${index}/1`), tokens.indexOf(`procedure ${index}/2`)];
        expectThat(
          one >= 0 && one < two,
          "wrong-order",
          `procedure ${index} recorded itself at ${one} and then ${two}`,
        );
      }
    },
  }),
  scenario({
    requirement: "ordering/turns-never-overlap",
    variant: "within-a-turn",
    title: "Between the transactions of one turn no other turn of the lane commits, whatever is ready",
    module: "script",
    probes: [maxHeld(8), returns(25), interleaved("play", "run")],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gates = stage.gates("gate ", 8);
      // In one piece: else a host that is quicker than the kit has each call's turn alone, and nothing could come between.
      const procedures = stage.host.together(() =>
        gates.map((gate) =>
          alice.call("play", {
            steps: [
              recordAs(`${gate.name}/starts`),
              recordAs(`${gate.name}/fetches`),
              { fetch: gate.url },
              recordAs(`${gate.name}/enters`),
              recordAs(`${gate.name}/goes on`),
              recordAs(`${gate.name}/exits`),
            ],
          }),
        ),
      );
      await stage.held(gates);
      // One reducer between the two turns of each for certain: where the others come is left to the host.
      await stage.returned(bob.call("run", { ops: [["record", "between"]] }));
      const reducers: Submitted[] = [];
      const beside = (name: string) => reducers.push(bob.call("run", { ops: [["record", `beside ${name}`]] }));
      await Promise.all(
        stage.random.shuffled(gates).map((gate) => {
          beside(gate.name);
          const released = stage.release(gate);
          beside(`${gate.name} again`);
          return released;
        }),
      );
      for (const call of [...procedures, ...reducers]) await stage.returned(call);
      for (const call of procedures) {
        const seqs = await expectCommits(stage, call, 5);
        const [starts, fetches, enters, goesOn, exits] = seqs as [number, number, number, number, number];
        expectThat(
          fetches === starts + 1 && goesOn === enters + 1 && exits === goesOn + 1,
          "foreign-turn",
          `another turn committed within one of ${call.call}: its two turns committed as ${seqs.join(", ")}`,
        );
      }
      expectSame((await stage.tokens()).length, 57, "wrong-row", "the number of recorded rows");
    },
  }),
  scenario({
    requirement: "ordering/turns-never-overlap",
    variant: "near-miss",
    title: "Between the transactions of two turns of one procedure another turn may commit",
    module: "script",
    probes: [maxHeld(1), interleaved("play", "run"), rowsSeen("log", 3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gate = stage.gate("between");
      const steps = [recordAs("enters"), { fetch: gate.url }, recordAs("exits")];
      const procedure = alice.call("play", { steps });
      await stage.held([gate]);
      await stage.returned(bob.call("run", { ops: [["record", "between"]] }));
      await stage.release(gate);
      await stage.returned(procedure);
      expectSame(await stage.tokens(), ["enters", "between", "exits"], "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "ordering/one-completion-one-turn",
    variant: "stepped",
    title: "One step of the lane takes one of two ready completions and drains every microtask that follows from it",
    module: "shapes",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(2), rowsSeen("log", 10)],
    async play(stage) {
      const { calls, rounds } = await bothReady(stage);
      for (const [index, call] of calls.entries()) {
        await expectTurn(stage, "completion", call, `turn ${index + 1}`);
        expectSame(
          await stage.tokens(),
          rounds.slice(0, index + 1).flat(),
          "foreign-turn",
          `what was recorded after turn ${index + 1}`,
        );
      }
      expectSame(await stage.step(), null, "foreign-turn", "the turn after the last completion");
      await stage.resume();
      for (const call of calls) await stage.returned(call);
    },
  }),
  scenario({
    requirement: "ordering/one-completion-one-turn",
    variant: "running",
    title: "A lane with two ready completions drains the microtasks of the first before it resolves the second",
    module: "shapes",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(2), rowsSeen("log", 10)],
    async play(stage) {
      const { calls, rounds } = await bothReady(stage);
      await stage.resume();
      for (const call of calls) await stage.returned(call);
      expectSame(await stage.tokens(), rounds.flat(), "foreign-turn", "the commit order");
    },
  }),
  scenario({
    requirement: "ordering/timers-by-due-time",
    variant: "one-advance",
    title: "Seven sleeps set in another order than they are due end by due time, equal ones in order of creation",
    module: "script",
    capabilities: ["quiesce", "clock"],
    probes: [returns(7), rowsSeen("log", 7)],
    async play(stage) {
      const { start, calls } = await sleepers(stage, [30, 10, 20, 10, 30, 20, 5]);
      await stage.advance(start + 30);
      for (const call of calls) await stage.returned(call);
      expectSame(
        await stage.tokens(),
        ["6 at 5", "1 at 10", "3 at 10", "2 at 20", "5 at 20", "0 at 30", "4 at 30"],
        "wrong-order",
        "the commit order",
      );
    },
  }),
  scenario({
    requirement: "ordering/timers-by-due-time",
    variant: "only-what-is-due",
    title: "The clock ends the sleeps that are due, and not the one that is due a millisecond later",
    module: "script",
    capabilities: ["quiesce", "clock"],
    probes: [returns(4), rowsSeen("log", 4)],
    async play(stage) {
      const { start, calls } = await sleepers(stage, [21, 20, 10, 20]);
      await stage.advance(start + 20);
      await stage.quiet();
      expectSame(await stage.tokens(), ["2 at 10", "1 at 20", "3 at 20"], "wrong-order", "what ended by then");
      expectSame(calls[0]?.ended, undefined, "wrong-order", "the result of the sleep that was not due");
      await stage.advance(start + 21);
      for (const call of calls) await stage.returned(call);
      expectSame((await stage.tokens()).at(-1), "0 at 21", "wrong-order", "what ended last");
    },
  }),
  scenario({
    requirement: "ordering/timers-by-due-time",
    variant: "set-meanwhile",
    title: "A sleep that begins while the clock is being moved ends in its place among the others",
    module: "script",
    capabilities: ["quiesce", "clock"],
    probes: [returns(3), rowsSeen("log", 5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const start = stage.now;
      const sleep = (ms: number) => ({ sleep: start + ms });
      const calls = [
        alice.call("play", { steps: [sleep(20), recordAs("late")] }),
        alice.call("play", { steps: [sleep(10), recordAs("first"), sleep(15), recordAs("second")] }),
        alice.call("play", { steps: [sleep(10), recordAs("beside"), sleep(20), recordAs("latest")] }),
      ];
      await stage.quiet();
      await stage.advance(start + 40);
      for (const call of calls) await stage.returned(call);
      expectSame(
        await stage.tokens(),
        ["first", "beside", "second", "late", "latest"],
        "wrong-order",
        "the commit order",
      );
    },
  }),
];

/** Two procedures whose responses are ready on a lane that stands still; each records itself in five rounds of microtasks. */
async function bothReady(stage: Stage): Promise<{ calls: readonly Submitted[]; rounds: readonly string[][] }> {
  const alice = await stage.connect("alice");
  const gates = stage.gates("gate ", 2);
  const calls = gates.map((gate) => alice.call("recordInRounds", { url: gate.url, rounds: 5, token: gate.name }));
  await stage.held(gates);
  await stage.pause();
  await releaseInOrder(stage, gates);
  const rounds = gates.map((gate) => Array.from({ length: 5 }, (_, round) => `${gate.name}/${round}`));
  return { calls, rounds };
}

/** Procedures that sleep so many milliseconds from now, each named by its number, and then record themselves. */
async function sleepers(stage: Stage, times: readonly number[]): Promise<{ start: number; calls: Submitted[] }> {
  const alice = await stage.connect("alice");
  const start = stage.now;
  const calls = times.map((ms, index) =>
    alice.call("play", { steps: [{ sleep: start + ms }, recordAs(`${index} at ${ms}`)] }),
  );
  await stage.quiet();
  return { start, calls };
}
