import { expectSame, expectThat } from "./expect.ts";
import { failures, pipelined, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** Names that no module of the kit gives a function: near misses of those it has, and those that a lookup in an object would find. */
const unknown = ["noSuchFunction", "Record", "record ", "", "$init", "toString", "constructor", "__proto__"];

/** Arguments that fit `mishaps.takeInReducer` and its twin. */
const fitting = { string: "text", number: 1, boolean: true, strings: ["a", "b"], json: null };

/** What does not fit, by the parameter at fault. */
const illTyped: readonly (readonly [param: keyof typeof fitting, value: unknown])[] = [
  ["string", 1],
  ["string", null],
  ["string", ["text"]],
  ["number", "1"],
  ["number", true],
  ["number", null],
  ["boolean", 0],
  ["boolean", "true"],
  ["strings", "a"],
  ["strings", ["a", 1]],
  ["strings", { 0: "a" }],
];

/** What fits although it is near to what does not. */
const nearMisses: readonly { readonly [param: string]: unknown; readonly string?: string }[] = [
  { string: "" },
  { number: -0.5 },
  { boolean: false },
  { strings: [] },
  { json: { nested: [1, "two", null] } },
];

/** The scenarios on calls that are refused before any guest code runs. */
export const callChecks: readonly Scenario[] = [
  scenario({
    requirement: "errors/unknown-procedure",
    title: "Calls of functions that the module does not have fail as such, and leave the others alone",
    module: "mishaps",
    probes: [pipelined(unknown.length), failures(unknown.length), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const first = alice.call("record", { token: "first" });
      const calls = unknown.map((name) => alice.call(name, { token: "nothing" }));
      const last = alice.call("record", { token: "last" });
      await stage.returned(first);
      for (const call of calls) {
        const { category, function: name } = await stage.failed(call);
        const expected = { category: "unknown-function", function: call.function };
        expectSame({ category, function: name }, expected, "wrong-category", `the error of ${call.call}`);
      }
      await stage.returned(last);
      expectSame(await stage.tokens(), ["first", "last"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "errors/unknown-procedure",
    variant: "hooks",
    title: "A hook of the module cannot be called",
    module: "clockwork",
    probes: [failures(3), rowsSeen("log", 3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      for (const hook of ["$init", "$connected", "$disconnected"]) {
        const { category } = await stage.failed(alice.call(hook));
        expectSame(category, "unknown-function", "wrong-category", `how a call of ${hook} failed`);
      }
      await stage.returned(alice.call("record", { token: "fence" }));
      expectSame(await stage.tokens(), ["init", "connected", "fence"], "unexpected-row", "what was committed");
    },
  }),
  ...["takeInReducer", "takeInProcedure"].map((name) =>
    scenario({
      requirement: "errors/bad-arguments",
      variant: name === "takeInReducer" ? "reducer" : "procedure",
      title: `Missing, superfluous and ill-typed arguments are refused before ${name} runs; those that fit are taken`,
      module: "mishaps",
      probes: [failures(17), returns(nearMisses.length), rowsSeen("log", nearMisses.length)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const missing = Object.keys(fitting).map((param) => {
          const args = Object.fromEntries(Object.entries(fitting).filter(([key]) => key !== param));
          return { param, call: alice.call(name, args) };
        });
        const superfluous = { param: "extra", call: alice.call(name, { ...fitting, extra: 1 }) };
        const wrong = illTyped.map(([param, value]) => ({
          param,
          call: alice.call(name, { ...fitting, [param]: value }),
        }));
        for (const { param, call } of [...missing, superfluous, ...wrong]) {
          const error = await stage.failed(call);
          const observed = { category: error.category, function: error.function };
          expectSame(
            observed,
            { category: "bad-arguments", function: name },
            "wrong-category",
            `how ${call.call} failed`,
          );
          expectThat(
            error.message.includes(param),
            "wrong-message",
            `the message does not name the parameter ${param}: ${error.message}`,
          );
          expectSame(await stage.seqs(call), [], "unexpected-row", `the transactions that ${call.call} reports`);
        }
        for (const args of nearMisses) await stage.returned(alice.call(name, { ...fitting, ...args }));
        expectSame(
          await stage.tokens(),
          nearMisses.map((args) => args.string ?? fitting.string),
          "wrong-row",
          "what was committed",
        );
      },
    }),
  ),
];
