import { expectSame } from "./expect.ts";
import { failures, maxHeld, pipelined, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** Texts that a boundary could change: ASCII, line ends and quotes, letters beyond the basic plane, a combining sequence, a byte order mark. */
const messages = [
  "plain",
  'two\nlines and "quotes" \\ ',
  "𝄞 beyond the basic plane",
  "e\u0301 is not \u00e9",
  "\ufeffafter a byte order mark",
];

/** The kinds of value that no JSON can express and that both guest languages have. */
const unfit = ["nan", "infinity", "lone-surrogate"];

/** The scenarios on what a caller is told of a failure, and on results that cannot be told. */
export const errorShape: readonly Scenario[] = [
  scenario({
    requirement: "errors/error-shape-is-the-same",
    variant: "messages",
    title: "What a guest throws reaches the caller as it was, from reducers, from procedures and after a fetch",
    module: "mishaps",
    probes: [maxHeld(1), failures(4 * messages.length)],
    async play(stage) {
      const alice = await stage.connect("alice");
      for (const [index, text] of messages.entries()) {
        const gate = stage.gate(`fetch ${index}`);
        const held = alice.call("throwAfterFetch", { url: gate.url, text });
        await stage.held([gate]);
        const calls = ["throwInReducer", "throwInProcedure", "throwOnTheBlockingPath"].map((name) =>
          alice.call(name, { text }),
        );
        await stage.release(gate);
        for (const call of [...calls, held]) {
          const expected = { category: "guest-error", message: text, function: call.function };
          expectSame(await stage.failed(call), expected, "wrong-message", `the error of ${call.function}`);
        }
      }
    },
  }),
  scenario({
    requirement: "errors/error-shape-is-the-same",
    variant: "refusals",
    title: "A refusal that ends its call reaches the caller as its category, with the function's name",
    module: "mishaps",
    probes: [failures(4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const refused = [
        { call: alice.call("recordThenFail", { token: "undone", how: "refusal" }), category: "unique-violation" },
        { call: alice.call("recordEachThenFail", { tokens: [], how: "refusal" }), category: "unique-violation" },
        { call: alice.call("giveFromReducer", { token: "undone", what: "nan" }), category: "bad-value" },
        { call: alice.call("giveFromProcedure", { token: "kept", what: "nan" }), category: "bad-value" },
      ];
      for (const { call, category } of refused) {
        const { category: observed, function: name } = await stage.failed(call);
        const expected = { category, function: call.function };
        expectSame({ category: observed, function: name }, expected, "wrong-category", `how ${call.function} failed`);
      }
    },
  }),
  ...unfit.map((what) =>
    scenario({
      requirement: "errors/unserializable-result",
      variant: what,
      title: `A reducer whose result is of the kind ${what} is undone, a procedure keeps what it had committed`,
      module: "mishaps",
      probes: [pipelined(3), failures(2), returns(2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const reducer = alice.call("giveFromReducer", { token: "undone", what });
        const procedure = alice.call("giveFromProcedure", { token: "kept", what });
        const near = alice.call("giveFromReducer", { token: "near miss", what: "number" });
        for (const call of [reducer, procedure]) {
          const { category, function: name } = await stage.failed(call);
          const expected = { category: "bad-value", function: call.function };
          expectSame({ category, function: name }, expected, "wrong-category", `how ${call.function} failed`);
        }
        expectSame(await stage.returned(near), { value: 1.5 }, "wrong-value", "the result that JSON can express");
        const text = alice.call("giveFromProcedure", { token: "text", what: "text" });
        expectSame(await stage.returned(text), { value: "text" }, "wrong-value", "the result that JSON can express");
        expectSame(await stage.tokens(), ["kept", "near miss", "text"], "wrong-row", "what was committed");
        expectSame((await stage.seqs(reducer)).length, 0, "wrong-value", "the transactions that the reducer reports");
        expectSame((await stage.seqs(procedure)).length, 1, "wrong-value", "those that the procedure reports");
      },
    }),
  ),
];
