import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, pipelined, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** The forms of a function that is no native async function. */
const forms = ["syncArrow", "syncMethod", "syncDeclared", "syncBound"];

/** What a registration is tried with, and the words that its refusal must hold. */
const refusals: readonly (readonly [tried: string, words: readonly string[]])[] = [
  ["asyncArrow", ["late", "async"]],
  ["asyncDeclared", ["late", "async"]],
  ["asyncBound", ["late", "async"]],
  ["asyncHook", ["init", "async"]],
  ["generator", ["late", "generator"]],
  ["asyncGenerator", ["late", "async generator"]],
  ["generatorReducer", ["late", "generator"]],
  ["twice", ["late", "twice"]],
];

/** The scenarios on what the form of a JavaScript function decides. */
export const functionShapes: readonly Scenario[] = [
  ...forms.map((form) =>
    scenario({
      requirement: "registration/sync-function-runs-blocking",
      variant: form,
      title: `A procedure written as ${form} is held outside of the lane, which goes on meanwhile`,
      module: "promises",
      probes: [maxHeld(2), returns(5)],
      async play(stage) {
        const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
        expectSame(await stage.returned(alice.call("visitLane")), 1, "isolates-grew", "the lane's first visit");
        const [blocking, lane] = [stage.gate("blocking"), stage.gate("lane")];
        const held = bob.call(form, { url: blocking.url, token: form });
        await stage.held([blocking]);

        const beside = alice.call("fetchThenRecord", { url: lane.url, token: "async" });
        await stage.held([blocking, lane]);
        await stage.returned(alice.call("record", { token: "reducer" }));
        await stage.release(lane);
        await stage.returned(beside);
        expectSame(held.ended, undefined, "wrong-order", "the result of the held procedure before its release");
        await stage.release(blocking, { body: "for the blocking one" });
        const { body } = await stage.returned<{ body: string; visits: number }>(held);
        expectSame(body, "for the blocking one", "wrong-response", "what the procedure was given");
        expectSame(await stage.tokens(), ["reducer", "async", form], "wrong-row", "what was committed");
        expectSame(
          await stage.returned(alice.call("visitLane")),
          2,
          "wrong-value",
          "the lane's second visit: a call of the blocking path counts in an instance of its own",
        );
      },
    }),
  ),
  ...[
    { requirement: "async-ctx-gives-promises", name: "giftsOfAsync", fetch: "promise", sleep: "promise" },
    { requirement: "sync-ctx-gives-values", name: "giftsOfSync", fetch: "object", sleep: "undefined" },
  ].map(({ requirement, name, fetch, sleep }) =>
    scenario({
      requirement: `registration/${requirement}`,
      title: `The context of ${name} gives what its form asks for, and the response comes through`,
      module: "promises",
      probes: [maxHeld(1), returns(1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const gate = stage.gate("held");
        const call = alice.call(name, { url: gate.url, until: stage.now });
        await stage.held([gate]);
        await stage.release(gate, { status: 203 });
        expectSame(
          await stage.returned(call),
          { fetch, sleep, tx: "number", status: 203, slept: "undefined" },
          "wrong-value",
          "what the host calls gave",
        );
      },
    }),
  ),
  ...["promise", "thenable", "async-call"].map((kind) =>
    scenario({
      requirement: "registration/async-reducer-is-refused",
      variant: kind,
      title: `A reducer that gives a result of the kind ${kind} fails, is undone and writes nothing later`,
      module: "promises",
      guests: "js",
      probes: [pipelined(2), failures(1), returns(2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const call = alice.call("promiseFromReducer", { kind, token: "undone" });
        const next = alice.call("record", { token: "next" });
        const error = await stage.failed(call);
        const observed = { category: error.category, function: error.function };
        const expected = { category: "async-reducer", function: "promiseFromReducer" };
        expectSame(observed, expected, "wrong-category", "how the reducer failed");
        await stage.returned(next);
        await stage.returned(alice.call("record", { token: "fence" }));
        expectSame(await stage.tokens(), ["next", "fence"], "unexpected-row", "what was committed");
      },
    }),
  ),
  scenario({
    requirement: "registration/async-reducer-is-refused",
    variant: "near-miss",
    title: "A reducer that gives an object whose then is a number commits and gives it",
    module: "promises",
    guests: "js",
    probes: [returns(1), rowsSeen("log", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const call = alice.call("promiseFromReducer", { kind: "object", token: "near miss" });
      // biome-ignore lint/suspicious/noThenProperty: the near miss of a thenable.
      expectSame(await stage.returned(call), { then: 1 }, "wrong-value", "what the reducer gave");
      expectSame(await stage.tokens(), ["near miss"], "missing-row", "what was committed");
    },
  }),
  ...[
    { requirement: "async-reducer-is-refused", tried: /^async(Arrow|Declared|Bound|Hook)$/ },
    { requirement: "generator-procedures-are-refused", tried: /generator/i },
    { requirement: "duplicate-names-are-refused", tried: /^twice$/ },
  ].map(({ requirement, tried }) =>
    scenario({
      requirement: `registration/${requirement}`,
      variant: "at-registration",
      title: "The registration itself is refused, by name, where the function's form tells; the near miss is accepted",
      module: "promises",
      guests: "js",
      probes: [returns(1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const said = await stage.returned<Record<string, string>>(alice.call("registrationRefusals"));
        for (const [name, words] of refusals.filter(([one]) => tried.test(one))) {
          const message = said[name] ?? "";
          for (const word of words) {
            expectThat(
              message.includes(word),
              "wrong-message",
              `the refusal of ${name} does not hold ${word}: ${message}`,
            );
          }
        }
        expectSame(said.nearMiss, "none", "wrong-message", "what the registration of a plain reducer met");
      },
    }),
  ),
  scenario({
    requirement: "registration/generator-procedures-are-refused",
    variant: "given",
    title: "A generator that a plain function gives is no result",
    module: "promises",
    guests: "js",
    probes: [failures(2), returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      for (const name of ["giveOtherFromReducer", "giveOther"]) {
        const error = await stage.failed(alice.call(name, { kind: "generator", token: name }));
        expectSame(error.category, "bad-value", "wrong-category", `how ${name} failed`);
      }
      await stage.returned(alice.call("record", { token: "after" }));
      expectSame(await stage.tokens(), ["giveOther", "after"], "wrong-row", "what was committed");
    },
  }),
];
