import type { Submitted } from "./connection.ts";
import { identityOf, lookOf, looksOf, randomsOf, sameCaller } from "./context-looks.ts";
import { expectSame } from "./expect.ts";
import { Logs } from "./logs.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { releaseInOrder } from "./ready-queue.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Milliseconds by which scenarios move the clock. */
const step = 10_000;

/** What calls find in their contexts. */
export const context: readonly Scenario[] = [
  scenario({
    requirement: "context/timestamp-is-fixed-per-call",
    variant: "fetch",
    title: "A call that is held while the clock moves keeps its timestamp, and a later one has its own",
    module: "contexts",
    capabilities: ["clock"],
    probes: [maxHeld(1), returns(3), rowsSeen("log", 2)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      const gate = stage.gate("held");
      const began = stage.now;
      const call = alice.call("lookAround", { urls: [gate.url], token: "held" });
      await stage.held([gate]);
      await stage.advance(began + step);
      const reducer = alice.call("lookInReducer", { token: "later" });
      await stage.returned(reducer);
      await stage.release(gate);
      await stage.returned(call);
      const procedure = alice.call("look");
      await stage.returned(procedure);
      timestamps(logs, call, [began, began]);
      timestamps(logs, reducer, [began + step, began + step, began + step]);
      timestamps(logs, procedure, [began + step, began + step, began + step]);
      expectSame(await stage.tokens(), ["later", "held"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "context/timestamp-is-fixed-per-call",
    variant: "sleep",
    title: "A call that sleeps keeps its timestamp",
    module: "contexts",
    capabilities: ["clock"],
    probes: [returns(1), rowsSeen("log", 1)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      const began = stage.now;
      const call = alice.call("lookAsleep", { until: began + step, token: "slept" });
      await stage.quiet();
      await stage.advance(began + 2 * step);
      await stage.returned(call);
      timestamps(logs, call, [began, began]);
      expectSame(await stage.tokens(), ["slept"], "missing-row", "what was committed");
    },
  }),
  scenario({
    requirement: "context/timestamp-is-fixed-per-call",
    variant: "first-turn",
    title: "A call that waits for the lane has the time at which its turn begins",
    module: "contexts",
    capabilities: ["clock", "stepping"],
    evidence: "stepping",
    probes: [returns(2), rowsSeen("log", 1)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      const submitted = stage.now;
      await stage.pause();
      const procedure = alice.call("look");
      const reducer = alice.call("lookInReducer", { token: "waited" });
      await stage.quiet();
      await stage.advance(submitted + step);
      await stage.resume();
      await stage.returned(procedure);
      await stage.returned(reducer);
      for (const call of [procedure, reducer]) {
        timestamps(logs, call, [submitted + step, submitted + step, submitted + step]);
      }
      expectSame(await stage.tokens(), ["waited"], "missing-row", "what was committed");
    },
  }),
  scenario({
    requirement: "context/random-is-seeded",
    variant: "one-after-the-other",
    title: "Reducers and procedures have each the numbers of their own seed, from the first",
    module: "contexts",
    probes: [returns(6), rowsSeen("log", 3)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      for (let n = 0; n < 6; n += 1) {
        const call = n % 2 === 0 ? alice.call("lookInReducer", { token: `call ${n}` }) : alice.call("look");
        await stage.returned(call);
        randoms(logs, stage, call, n, 3);
      }
      expectSame(await stage.tokens(), ["call 0", "call 2", "call 4"], "missing-row", "what was committed");
    },
  }),
  scenario({
    requirement: "context/random-is-seeded",
    variant: "interleaved",
    title: "Calls that take turns go on in their own numbers after each yield",
    module: "contexts",
    probes: [maxHeld(3), returns(4), rowsSeen("log", 4)],
    async play(stage) {
      using logs = new Logs(stage);
      const calls = await interleave(stage);
      for (const [n, call] of calls.entries()) randoms(logs, stage, call, n, 3);
    },
  }),
  scenario({
    requirement: "context/caller-is-preserved-across-yields",
    variant: "interleaved",
    title: "Calls of two connections that take turns are each its own caller's, in every turn",
    module: "contexts",
    probes: [maxHeld(3), returns(4), rowsSeen("log", 4)],
    async play(stage) {
      using logs = new Logs(stage);
      for (const call of await interleave(stage)) ownCaller(stage, logs, call, 3);
    },
  }),
  scenario({
    requirement: "context/caller-is-preserved-across-yields",
    variant: "together",
    title: "Fetches that one call awaits together, and another's beside them, go on in their own call's context",
    module: "contexts",
    guests: "js",
    probes: [maxHeld(4), returns(2), rowsSeen("log", 2)],
    async play(stage) {
      using logs = new Logs(stage);
      for (const call of await together(stage)) ownCaller(stage, logs, call, 3);
    },
  }),
  scenario({
    requirement: "context/caller-is-preserved-across-yields",
    variant: "scheduled",
    title: "A scheduled call has no connection and the module's identity, before and after its sleep",
    module: "contexts",
    capabilities: ["clock"],
    probes: [returns(1), rowsSeen("log", 1)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      const at = stage.now + step;
      await stage.returned(alice.call("scheduleLook", { at, until: at + step, token: "scheduled" }));
      await stage.advance(at);
      await stage.advance(at + step);
      await stage.quiet();
      expectSame(await stage.tokens(), ["scheduled"], "missing-row", "what was committed");
      const looks = logs.all.map(({ message }) => lookOf(message));
      expectSame(looks.length, 2, "missing-log", "the number of looks of the scheduled call");
      sameCaller(looks, {
        function: "lookAsleep",
        sender: identityOf(stage.host.seed, "contexts"),
        connection: null,
      });
      const named = new Set([...logs.all.map(({ call }) => call), ...looks.map((look) => look.context.call)]);
      expectSame(named.size, 1, "wrong-value", "the number of names that the scheduled call has");
    },
  }),
  scenario({
    requirement: "context/logs-name-their-call",
    variant: "interleaved",
    title: "Calls that take turns log each under its own name",
    module: "contexts",
    probes: [maxHeld(3), returns(4), rowsSeen("log", 4)],
    async play(stage) {
      using logs = new Logs(stage);
      const calls = await interleave(stage);
      for (const call of calls) linesOf(logs, call, 3);
      expectSame(logs.all.length, 12, "unexpected-log", "the number of lines of the module");
    },
  }),
  scenario({
    requirement: "context/logs-name-their-call",
    variant: "together",
    title: "Fetches that one call awaits together, and another's beside them, log each under its own call",
    module: "contexts",
    guests: "js",
    probes: [maxHeld(4), returns(2), rowsSeen("log", 2)],
    async play(stage) {
      using logs = new Logs(stage);
      for (const call of await together(stage)) {
        const steps = looksOf(logs, call).map((look) => look.step);
        expectSame(steps, ["0", "2", "1"], "wrong-order", `the steps that ${call.call} logged`);
      }
      expectSame(logs.all.length, 6, "unexpected-log", "the number of lines of the module");
    },
  }),
  scenario({
    requirement: "context/logs-name-their-call",
    variant: "levels",
    title: "Every level of a call that fails is there with its result",
    module: "contexts",
    probes: [maxHeld(1), failures(1)],
    async play(stage) {
      using logs = new Logs(stage);
      const alice = await stage.connect("alice");
      const gate = stage.gate("held");
      const call = alice.call("lookThenFail", { url: gate.url });
      await stage.held([gate]);
      await stage.release(gate);
      const { message } = await stage.failed(call);
      expectSame(message, "thrown by lookThenFail", "wrong-message", "the caller's error");
      const written = logs
        .of(call)
        .map((line) => (line.level === "info" ? "a look" : `${line.level}: ${line.message}`));
      expectSame(
        written.slice(0, 4),
        ["debug: debug", "warn: warn", "a look", "error: error"],
        "missing-log",
        "what the call logged",
      );
    },
  }),
];

/**
 * Two calls of one connection and one of another fetch twice each, and take turns; between them a reducer of the other runs. Gives all four, in the
 * order of their submission; the reducer's three steps are in one turn.
 */
async function interleave(stage: Stage): Promise<Submitted[]> {
  const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
  const first = stage.gates("first ", 3);
  const second = stage.gates("second ", 3);
  const procedures = [alice, bob, alice].map((connection, index) =>
    connection.call("lookAround", { urls: [first[index]!.url, second[index]!.url], token: `call ${index}` }),
  );
  await stage.held(first);
  for (const index of [2, 0, 1]) {
    await stage.release(first[index]!);
    await stage.held([second[index]!]);
  }
  const reducer = bob.call("lookInReducer", { token: "reducer" });
  await stage.returned(reducer);
  for (const index of [1, 2, 0]) {
    await stage.release(second[index]!);
    await stage.returned(procedures[index]!);
  }
  expectSame(await stage.tokens(), ["reducer", "call 1", "call 2", "call 0"], "wrong-row", "what was committed");
  return [...procedures, reducer];
}

/** Two calls of two connections await two fetches each at once; their responses are released in turns, the later fetch first. */
async function together(stage: Stage): Promise<Submitted[]> {
  const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
  const gates = [stage.gates("alice's ", 2), stage.gates("bob's ", 2)];
  const calls = [alice, bob].map((connection, index) =>
    connection.call("lookTogether", { urls: gates[index]!.map((gate) => gate.url), token: `call ${index}` }),
  );
  await stage.held(gates.flat());
  const laterFirst = [1, 0].flatMap((fetch) => gates.map((each) => each[fetch]!));
  await releaseInOrder(stage, laterFirst);
  for (const call of calls) await stage.returned(call);
  expectSame(await stage.tokens(), ["call 0", "call 1"], "wrong-row", "what was committed");
  return calls;
}

function timestamps(logs: Logs, call: Submitted, expected: readonly number[]): void {
  const looks = looksOf(logs, call);
  const [bySdk, byHost] = [looks.map((look) => look.timestamp), looks.map((look) => look.context.timestamp)];
  expectSame(bySdk, expected, "wrong-value", `the timestamps of ${call.call} by the SDK`);
  expectSame(byHost, expected, "wrong-value", `the timestamps of ${call.call} by the host`);
}

function randoms(logs: Logs, stage: Stage, call: Submitted, n: number, count: number): void {
  const drawn = looksOf(logs, call).map((look) => look.random);
  expectSame(drawn, randomsOf(stage.host.seed, n, count), "wrong-value", `the random numbers of ${call.call}`);
}

function ownCaller(stage: Stage, logs: Logs, call: Submitted, count: number): void {
  const looks = looksOf(logs, call);
  expectSame(looks.length, count, "missing-log", `the number of looks of ${call.call}`);
  const submit = stage.events.find((event) => event.kind === "submit" && event.call === call.call);
  const connection = submit?.kind === "submit" ? submit.connection : "";
  const sender = identityOf(stage.host.seed, "contexts", connection);
  sameCaller(looks, { call: call.call, function: call.function, sender, connection });
}

function linesOf(logs: Logs, call: Submitted, count: number): void {
  const looks = looksOf(logs, call);
  const steps = Array.from({ length: count }, (_, index) => String(index));
  expectSame(
    looks.map((look) => look.step),
    steps,
    "wrong-order",
    `the steps that ${call.call} logged`,
  );
  const names = looks.map((look) => look.context.call);
  expectSame(
    names,
    steps.map(() => call.call),
    "wrong-value",
    `the call that logged under the name ${call.call}`,
  );
}
