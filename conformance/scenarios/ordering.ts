import type { Gate } from "../origin/gated-origin.ts";
import { expectSame, expectThat } from "./expect.ts";
import { maxHeld, pipelined, returns, rowsSeen } from "./probes.ts";
import { releaseInOrder } from "./ready-queue.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What `relay.fetchThenRecord` gives. */
interface Fetched {
  status: number;
  body: string;
  n: number;
}

/** The scenarios of the chapter on ordering. */
export const ordering: readonly Scenario[] = [
  scenario({
    requirement: "ordering/reducers-in-submission-order",
    variant: "one-connection",
    title: "Sixty-four reducers pipelined on one connection commit in the order in which they were submitted",
    module: "relay",
    probes: [pipelined(64), returns(64)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const tokens = Array.from({ length: 64 }, (_, index) => `reducer ${index}`);
      await commitsInOrder(
        stage,
        stage.host.together(() => tokens.map((token) => ({ token, call: alice.call("record", { token }) }))),
      );
    },
  }),
  scenario({
    requirement: "ordering/reducers-in-submission-order",
    variant: "two-connections",
    title: "Reducers submitted alternately on two connections commit in the order in which they were submitted",
    module: "relay",
    probes: [pipelined(64), returns(64)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const tokens = Array.from({ length: 64 }, (_, index) => `reducer ${index}`);
      await commitsInOrder(
        stage,
        stage.host.together(() =>
          tokens.map((token, index) => ({ token, call: (index % 2 === 0 ? alice : bob).call("record", { token }) })),
        ),
      );
    },
  }),
  scenario({
    requirement: "ordering/reducer-overtakes-held-procedure",
    title: "Reducers on the same and on another connection give their results while a procedure is held",
    module: "relay",
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gate = stage.gate("held");
      const procedure = alice.call("fetchThenRecord", { url: gate.url, token: "procedure" });
      await stage.held([gate]);

      await stage.returnedMeanwhile(alice.call("record", { token: "same connection" }));
      await stage.returnedMeanwhile(bob.call("record", { token: "another connection" }));
      expectSame(procedure.ended, undefined, "wrong-order", "the held procedure's result before its release");
      expectSame(
        await stage.tokens(),
        ["same connection", "another connection"],
        "wrong-order",
        "what was committed while the procedure was held",
      );

      await stage.release(gate);
      await stage.returned(procedure);
      expectSame(
        await stage.tokens(),
        ["same connection", "another connection", "procedure"],
        "wrong-order",
        "the commit order",
      );
    },
  }),
  scenario({
    requirement: "ordering/resume-in-release-order",
    variant: "one-by-one",
    title: "Three held procedures go on in the order of release, in each of its six orders",
    module: "relay",
    probes: [maxHeld(3), returns(18)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const expected: string[] = [];
      for (const [round, order] of ["012", "021", "102", "120", "201", "210"].entries()) {
        const gates = stage.gates(`round ${round} gate `, 3);
        const calls = gates.map((gate, index) =>
          alice.call("fetchThenRecord", { url: gate.url, token: `round ${round} procedure ${index}` }),
        );
        await stage.held(gates);
        for (const index of [...order].map(Number)) {
          await stage.release(gates[index]!);
          await stage.returnedMeanwhile(calls[index]!);
          expected.push(`round ${round} procedure ${index}`);
        }
      }
      expectSame(await stage.tokens(), expected, "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "ordering/resume-in-release-order",
    variant: "all-ready",
    title: "Three held procedures whose responses are all ready before any goes on do so in the order of release",
    module: "relay",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(3), returns(18)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const expected: string[] = [];
      for (const [round, order] of ["012", "021", "102", "120", "201", "210"].entries()) {
        const gates = stage.gates(`round ${round} gate `, 3);
        const calls = gates.map((gate, index) =>
          alice.call("fetchThenRecord", { url: gate.url, token: `round ${round} procedure ${index}` }),
        );
        await stage.held(gates);
        await stage.pause();
        const released = [...order].map(Number);
        await releaseInOrder(
          stage,
          released.map((index) => gates[index]!),
        );
        expected.push(...released.map((index) => `round ${round} procedure ${index}`));
        expectSame(
          calls.map((call) => call.ended),
          [undefined, undefined, undefined],
          "wrong-order",
          "the results while the lane was paused",
        );
        await stage.resume();
        for (const call of calls) await stage.returned(call);
      }
      expectSame(await stage.tokens(), expected, "wrong-order", "the commit order");
    },
  }),
  scenario({
    requirement: "ordering/program-order-across-yields",
    title:
      "What was committed before a fetch is visible when the request arrives; what comes after it follows the release",
    module: "relay",
    probes: [maxHeld(2), rowsSeen("log", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const first = { gate: stage.gate("first"), token: "first" };
      const second = { gate: stage.gate("second"), token: "second" };
      const call = ({ gate, token }: { gate: Gate; token: string }) =>
        alice.call("recordFetchRecord", { url: gate.url, token });
      const calls = [call(first), call(second)] as const;

      await stage.held([first.gate]);
      expectThat((await stage.tokens()).includes("first/before"), "missing-row", "first arrived before its own commit");
      await stage.held([second.gate]);
      expectSame(
        await stage.tokens(),
        ["first/before", "second/before"],
        "wrong-order",
        "what was committed while both were held",
      );

      await stage.release(second.gate, { body: "for the second" });
      await stage.returned(calls[1]);
      await stage.release(first.gate, { body: "for the first" });
      await stage.returned(calls[0]);

      const rows = await stage.recorded();
      expectSame(
        rows.map((row) => row.token),
        ["first/before", "second/before", "second/after", "first/after"],
        "wrong-order",
        "the commit order",
      );
      expectSame(rows[2]?.body, "for the second", "wrong-response", "the body that second recorded");
      expectSame(rows[3]?.body, "for the first", "wrong-response", "the body that first recorded");
      for (const one of calls) {
        const [before, after, ...more] = await stage.seqs(one);
        expectThat(
          before !== undefined && after !== undefined && before < after && more.length === 0,
          "wrong-order",
          `${one.call} reports the seqs ${(await stage.seqs(one)).join(", ")} for two transactions, one after the other`,
        );
      }
    },
  }),
  scenario({
    requirement: "ordering/response-reaches-its-caller",
    title: "Sixteen fetches answered together, in another order than they were issued, each reach their own caller",
    module: "relay",
    probes: [maxHeld(16), returns(16), rowsSeen("log", 16)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gates = stage.gates("gate", 16);
      const calls = gates.map((gate) => alice.call("fetchThenRecord", { url: gate.url, token: gate.name }));
      await stage.held(gates);

      // Unassigned statuses: those that the standards know may mean that there is no body.
      const replies = new Map(
        gates.map((gate, index) => [gate, { status: 240 + index, body: `only for ${gate.name}` }]),
      );
      await Promise.all(stage.random.shuffled(gates).map((gate) => stage.release(gate, replies.get(gate)!)));
      for (const [index, gate] of gates.entries()) {
        const { status, body } = await stage.returned<Fetched>(calls[index]!);
        expectSame({ status, body }, replies.get(gate), "wrong-response", `what ${gate.name}'s procedure returned`);
      }
      const rows = await stage.recorded();
      expectSame(rows.length, 16, "wrong-row", "the number of recorded rows");
      for (const gate of gates) {
        const own = rows.filter((row) => row.token === gate.name);
        expectSame(own.length, 1, "wrong-row", `the number of rows that ${gate.name}'s procedure recorded`);
        expectSame(
          { status: own[0]?.status, body: own[0]?.body },
          replies.get(gate),
          "wrong-response",
          `what ${gate.name}'s procedure recorded`,
        );
      }
    },
  }),
  scenario({
    requirement: "ordering/settle-in-release-order",
    variant: "one-by-one",
    title:
      "Continuations of four parallel fetches run in the order of release, and Promise.all keeps the order of issue",
    module: "relay",
    probes: [maxHeld(4), rowsSeen("log", 4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gates = stage.gates("gate", 4);
      const call = alice.call("fetchAllThenRecord", { urls: gates.map((gate) => gate.url), token: "all" });
      await stage.held(gates);

      const expected: string[] = [];
      for (const index of [3, 2, 1, 0]) {
        await stage.release(gates[index]!, { body: `body ${index}` });
        await stage.quiet();
        expected.push(`all/${index}`);
        expectSame(await stage.tokens(), expected, "wrong-order", `the continuations after the release of ${index}`);
      }
      expectSame(
        await stage.returned(call),
        ["body 0", "body 1", "body 2", "body 3"],
        "wrong-order",
        "what Promise.all gave",
      );
    },
  }),
  scenario({
    requirement: "ordering/settle-in-release-order",
    variant: "all-ready",
    title: "Continuations of four parallel fetches that are all ready before any runs do so in the order of release",
    module: "relay",
    capabilities: ["quiesce", "stepping"],
    evidence: "stepping",
    probes: [maxHeld(4), rowsSeen("log", 4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gates = stage.gates("gate ", 4);
      const call = alice.call("fetchAllThenRecord", { urls: gates.map((gate) => gate.url), token: "all" });
      await stage.held(gates);
      await stage.pause();
      const order = [2, 0, 3, 1];
      const released = order.map((index) => gates[index]!);
      await releaseInOrder(stage, released, (gate) => ({ body: `body of ${gate.name}` }));
      await stage.resume();
      expectSame(
        await stage.returned(call),
        gates.map((gate) => `body of ${gate.name}`),
        "wrong-order",
        "what Promise.all gave",
      );
      expectSame(
        await stage.tokens(),
        order.map((index) => `all/${index}`),
        "wrong-order",
        "the order of the continuations",
      );
    },
  }),
  scenario({
    requirement: "ordering/commit-before-result",
    title: "Whenever a result is there, the rows of its call can be read, from outside and from inside",
    module: "relay",
    probes: [maxHeld(1), rowsSeen("log", 20)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const expected: string[] = [];
      for (let round = 0; round < 10; round += 1) {
        const gate = stage.gate(`gate ${round}`);
        const procedure = alice.call("fetchThenRecord", { url: gate.url, token: `procedure ${round}` });
        await stage.held([gate]);

        await stage.returned(alice.call("record", { token: `reducer ${round}` }));
        expected.push(`reducer ${round}`);
        expectSame(await stage.tokens(), expected, "missing-row", "the table, read from outside on a reducer's result");

        await stage.release(gate);
        await stage.returned(procedure);
        expected.push(`procedure ${round}`);
        expectSame(
          await stage.tokens(),
          expected,
          "missing-row",
          "the table, read from outside on a procedure's result",
        );
        expectSame(
          await stage.returned(bob.call("tokens")),
          expected,
          "missing-row",
          "the table, read by another connection's procedure",
        );
      }
    },
  }),
];

async function commitsInOrder(
  stage: Stage,
  submitted: readonly { token: string; call: ReturnType<Awaited<ReturnType<Stage["connect"]>>["call"]> }[],
): Promise<void> {
  let last = 0;
  for (const { token, call } of submitted) {
    await stage.returned(call);
    const seqs = await stage.seqs(call);
    expectThat(
      seqs.length === 1 && seqs[0]! > last,
      "wrong-order",
      `${token} reports seq ${seqs.join(", ") || "none"} after ${last}`,
    );
    last = seqs[0]!;
  }
  expectSame(
    await stage.tokens(),
    submitted.map(({ token }) => token),
    "wrong-order",
    "the commit order",
  );
}
