import { expectSame } from "./expect.ts";
import { maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** The global names of ECMA-262, up to its edition of 2026, save those that reach outside: `FinalizationRegistry`, `Temporal`. */
const language =
  `AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView
  Date DisposableStack Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array
  Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String
  SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef
  WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt
  undefined unescape`.split(/\s+/);

/** Of these every engine has all. */
const everywhere = [
  "Array",
  "BigInt",
  "Date",
  "JSON",
  "Map",
  "Math",
  "Promise",
  "Proxy",
  "Reflect",
  "Symbol",
  "Uint8Array",
];

/** What hosts have, and a guest may look for by evaluating text. */
const ambient = [
  "fetch",
  "setTimeout",
  "setInterval",
  "queueMicrotask",
  "process",
  "Deno",
  "Bun",
  "require",
  "module",
  "global",
  "self",
  "navigator",
  "performance",
  "console",
  "WebAssembly",
  "Temporal",
  "Intl",
  "FinalizationRegistry",
  "structuredClone",
  "XMLHttpRequest",
  "WebSocket",
  "Worker",
];

/** What `ambient.values` tells of the language's clock and generator. */
interface Values {
  readonly timestamp: number;
  readonly now: number;
  readonly date: number;
  readonly text: number;
  readonly made: readonly number[];
  readonly same: boolean;
}

/** What a JavaScript guest finds besides its context. */
export const contextAmbient: readonly Scenario[] = [
  ...[
    { where: "lane", called: "globals" },
    { where: "blocking", called: "globalsBlocking" },
    { where: "reducer", called: "globalsInReducer" },
  ].map(({ where, called }) =>
    scenario({
      requirement: "context/nothing-but-ctx",
      variant: `globals-${where}`,
      title: `The global scope holds what the language has and nothing else (${where})`,
      module: "ambient",
      guests: "js",
      probes: [returns(2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        expectSame(
          await stage.returned(alice.call(called, { allowed: language })),
          { atLoad: [], now: [] },
          "ambient-name",
          "the names beyond those of the language, when the module was loaded and now",
        );
        const present = await stage.returned(alice.call("present", { names: everywhere }));
        expectSame(present, everywhere, "wrong-value", "the names of the language that are there");
      },
    }),
  ),
  scenario({
    requirement: "context/nothing-but-ctx",
    variant: "evaluated",
    title: "Text that asks for what hosts have finds nothing, and text that asks for nothing is evaluated",
    module: "ambient",
    guests: "js",
    probes: [returns(ambient.length + 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const found: string[] = [];
      for (const name of ambient) {
        const call = alice.call("evaluated", { expression: `typeof ${name}` });
        const each = await stage.returned<string[]>(call);
        if (!each.every((type) => type === "undefined")) found.push(`${name}: ${each.join(", ")}`);
      }
      expectSame(found, [], "ambient-name", "what evaluated text finds");
      const hosts = "Object.keys(this).length + Object.getOwnPropertySymbols(this).length";
      const keys = await stage.returned<string[]>(alice.call("evaluated", { expression: hosts }));
      expectSame(keys, ["0", "0", "0"], "ambient-name", "the enumerable names and the symbols of the global scope");
      const sum = await stage.returned(alice.call("evaluated", { expression: "[1, 2].reduce((a, b) => a + b)" }));
      expectSame(sum, ["3", "3", "3"], "wrong-value", "what text gives that asks for nothing");
    },
  }),
  scenario({
    requirement: "context/nothing-but-ctx",
    variant: "import",
    title: "No module can be imported, by whatever name",
    module: "ambient",
    guests: "js",
    probes: [returns(6)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const specifiers = ["node:fs", "fs", "file:///", "data:text/javascript,export default 1", "./module.js"];
      for (const specifier of specifiers) {
        const became = await stage.returned(
          alice.call("imported", { expression: `import(${JSON.stringify(specifier)})` }),
        );
        expectSame(became, "refused", "ambient-name", `what became of an import of ${specifier}`);
      }
      const settled = await stage.returned(alice.call("imported", { expression: "Promise.resolve()" }));
      expectSame(settled, "imported", "wrong-value", "what became of text that imports nothing");
    },
  }),
  scenario({
    requirement: "context/nothing-but-ctx",
    variant: "values",
    title: "The language's clock and generator are the context's, before and after a fetch",
    module: "ambient",
    guests: "js",
    capabilities: ["clock"],
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("held");
      const began = await wholeSecond(stage);
      const call = alice.call("values", { url: gate.url });
      await stage.held([gate]);
      await stage.advance(began + 7000);
      await stage.release(gate);
      const { before, after } = await stage.returned<{ before: Values; after: Values }>(call);
      shows(before, began, "before the fetch");
      shows(after, began, "after the fetch");
      shows(await stage.returned(alice.call("valuesInReducer")), began + 7000, "in a reducer");
      shows(await stage.returned(alice.call("valuesBlocking")), began + 7000, "on the blocking path");
    },
  }),
  scenario({
    requirement: "context/nothing-but-ctx",
    variant: "waits",
    title: "The lane cannot be made to wait, nor a promise be fulfilled without the host",
    module: "ambient",
    guests: "js",
    probes: [returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      expectSame(
        await stage.returned(alice.call("waits")),
        { wait: "refused", waitAsync: "refused" },
        "ambient-name",
        "what became of Atomics.wait and Atomics.waitAsync",
      );
    },
  }),
];

/** Moves the clock to a whole second, which text shows as it is; gives that time. */
async function wholeSecond(stage: Stage): Promise<number> {
  const time = (Math.floor(stage.now / 1000) + 1) * 1000;
  await stage.advance(time);
  return time;
}

function shows(values: Values, time: number, when: string): void {
  const made = [5, 86_400_000, 1000];
  const expected = { timestamp: time, now: time, date: time, text: time, made, same: true };
  expectSame(values, expected, "wrong-value", `what the language's clock and generator show ${when}`);
}
