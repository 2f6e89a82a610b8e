import type { Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** The scenarios of the chapter on registration. */
export const registration: readonly Scenario[] = [
  scenario({
    requirement: "registration/async-function-runs-on-the-lane",
    variant: "held",
    title: "Async procedures of every form, more than the blocking path has places, are held at once in one isolate",
    module: "shapes",
    probes: [maxHeld(8), returns(8)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const forms = ["asyncArrow", "asyncMethod", "asyncBound", "asyncDeclared"];
      const rounds = Math.ceil(((stage.profile.blockingPool ?? 0) + 4) / forms.length);
      const functions = Array.from({ length: rounds }, () => forms).flat();
      const gates = stage.gates("gate ", functions.length);
      const calls = functions.map((name, index) => alice.call(name, { url: gates[index]!.url, token: name }));
      await stage.held(gates);
      await Promise.all(gates.map((gate) => stage.release(gate)));
      const visits: number[] = [];
      for (const call of calls) {
        const value = await stage.returned<{ mode: string; visits: number }>(call);
        expectSame(value.mode, "lane", "wrong-value", `the path that ${call.function} was given`);
        visits.push(value.visits);
      }
      expectSame(
        visits.toSorted((a, b) => a - b),
        functions.map((_, index) => index + 1),
        "isolates-grew",
        "the values of one module variable, raised by each call before its fetch",
      );
    },
  }),
  scenario({
    requirement: "registration/async-function-runs-on-the-lane",
    variant: "without-await",
    title: "An async procedure without await completes",
    module: "shapes",
    probes: [returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await stage.returned(alice.call("asyncWithoutAwait", { token: "no await" }));
      expectSame(await stage.tokens(), ["no await"], "missing-row", "what was committed");
    },
  }),
  ...["promise", "thenable", "async-call"].map((kind) =>
    scenario({
      requirement: "registration/promise-from-sync-procedure-is-refused",
      variant: kind,
      title: `A synchronous procedure that gives a result of the kind ${kind} fails with its name`,
      module: "shapes",
      probes: [failures(1), returns(1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        await isRefused(stage, alice.call("promiseFromSync", { kind, token: "first" }));
        await stage.returned(alice.call("record", { token: "fence" }));
        await stage.quiet();
        expectSame(await stage.tokens(), ["first", "fence"], "unexpected-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "registration/promise-from-sync-procedure-is-refused",
    variant: "down-levelled",
    title: "Async procedures that were compiled to plain functions fail with their names, and synchronous ones work",
    module: "shapes.es2016",
    probes: [failures(2), returns(1), maxHeld(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await isRefused(stage, alice.call("asyncWithoutAwait", { token: "asyncWithoutAwait" }));
      const lowered = stage.gate("lowered");
      const fetching = alice.call("asyncArrow", { url: lowered.url, token: "asyncArrow" });
      await stage.held([lowered]);
      await stage.release(lowered);
      await isRefused(stage, fetching);

      const gate = stage.gate("near miss");
      const call = alice.call("syncArrow", { url: gate.url, token: "synchronous" });
      await stage.held([gate]);
      await stage.release(gate);
      await stage.returned(call);
      expectThat(
        (await stage.tokens()).includes("synchronous"),
        "missing-row",
        "the synchronous procedure left no row",
      );
    },
  }),
];

async function isRefused(stage: Stage, call: Submitted): Promise<void> {
  const error = await stage.failed(call);
  expectSame(error.category, "promise-from-sync", "wrong-category", `how ${call.function} failed`);
  expectSame(error.function, call.function, "wrong-message", "the function that the error names");
  const named = error.message.includes(call.function);
  expectThat(named, "wrong-message", `the message does not name ${call.function}: ${error.message}`);
}
