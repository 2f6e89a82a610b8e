import { expectSame } from "./expect.ts";
import { failures, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What `values.through` gives: a value as the same transaction, a later one and a scan see it. */
interface Through {
  readonly own: unknown;
  readonly later: unknown;
  readonly scanned: readonly (readonly [string, unknown])[];
}

/** Demands that values come out of rows, results and reads from outside as they went in. */
export async function goThrough(stage: Stage, given: Readonly<Record<string, unknown>>): Promise<void> {
  const alice = await stage.connect("alice");
  for (const [key, value] of Object.entries(given)) {
    const { own, later, scanned } = await stage.returned<Through>(alice.call("through", { key, value }));
    expectSame(own, value, "wrong-value", `the value "${key}" as its own transaction reads it`);
    expectSame(later, value, "wrong-value", `the value "${key}" as a later transaction reads it`);
    expectSame(scanned, [[key, value]], "wrong-value", `the value "${key}" as a scan gives it`);
  }
  const rows = Object.fromEntries(await stage.rows("cells"));
  for (const [key, value] of Object.entries(given)) {
    expectSame(rows[key], value, "wrong-row", `the row "${key}" as it is read from outside`);
  }
}

/** Demands that a call has kept its first transaction, and left nothing of its second. */
export async function onlyTheFirst(stage: Stage): Promise<void> {
  expectSame(await stage.rows("cells"), [["kept", 1]], "unexpected-row", "what was committed");
}

const texts = {
  empty: "",
  ascii: 'quotes " and \\ and / and <>&',
  "a composed letter": "\u00e9",
  "a decomposed letter": "e\u0301",
  "a syllable of letters": "\u1112\u1161\u11ab",
  "zero and controls": "a\u0000b\u0001\u001f\u007f\u0080\u009f",
  "line ends": "\r\n\n\t\b\f\u2028\u2029",
  "a byte order mark": "\ufeffa\ufeff",
  noncharacters: "\ufffe\uffff\u{1fffe}\u{10ffff}",
  "around the surrogates": "\ud7ff\ue000",
  astral: "\u{1f600}\u{1f469}\u200d\u{1f467} \u{10000}",
  "a replacement character": "\ufffd",
  "from right to left": "\u05d0\u200f\u0627\u202e",
};

/** Texts and the order of keys. */
export const values: readonly Scenario[] = [
  scenario({
    requirement: "values/strings-round-trip",
    variant: "kinds",
    title: "Texts of every kind come back as they were",
    module: "values",
    probes: [returns(13), rowsSeen("cells", 13)],
    play: (stage) => goThrough(stage, texts),
  }),
  scenario({
    requirement: "values/strings-round-trip",
    variant: "long",
    title: "A text of 1 MiB comes back whole",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 1)],
    play: (stage) => goThrough(stage, { long: "\u{1f600}\u00e9\u0000x12345678".repeat(1 << 16) }),
  }),
  ...["row", "field", "key", "read", "scan", "schedule", "result"].flatMap((where) =>
    (where === "row" ? ["high", "low", "swapped"] : ["high"]).map((form) =>
      scenario({
        requirement: "values/strings-round-trip",
        variant: form === "high" ? `lone-surrogate-${where}` : `lone-surrogate-${where}-${form}`,
        title: `A lone surrogate (${form}) that a guest hands over (${where}) is refused`,
        module: "values",
        probes: [failures(1), rowsSeen("cells", 1)],
        async play(stage) {
          const alice = await stage.connect("alice");
          const { category } = await stage.failed(alice.call("loneSurrogate", { where, form }));
          expectSame(category, "bad-value", "wrong-category", "how the lone surrogate was refused");
          await onlyTheFirst(stage);
        },
      }),
    ),
  ),
  scenario({
    requirement: "values/strings-round-trip",
    variant: "lone-surrogate-past-the-sdk",
    title: "A lone surrogate that a guest hands over past its SDK is refused by the host itself",
    module: "values",
    probes: [returns(2), rowsSeen("cells", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const refused = { row: "bad-value", key: "bad-value" };
      expectSame(
        await stage.returned(alice.call("rawSurrogates")),
        [refused, refused, refused],
        "wrong-category",
        "how the rows and the keys were refused",
      );
      await stage.returned(alice.call("put", { key: "fence", value: 1 }));
      expectSame(await stage.rows("cells"), [["fence", 1]], "unexpected-row", "what was committed");
    },
  }),
  scenario({
    requirement: "values/strings-round-trip",
    variant: "near-miss",
    title: "Two halves of a pair that a guest joins are one code point",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const joined = await stage.returned(alice.call("joinedSurrogates", { key: "joined" }));
      expectSame(joined, "\u{1f600}", "wrong-value", "the joined text");
      expectSame(await stage.rows("cells"), [["joined", "\u{1f600}"]], "wrong-row", "the stored text");
    },
  }),
  scenario({
    requirement: "values/keys-in-code-point-order",
    title: "Scans, ranges and prefixes follow the order of code points",
    module: "values",
    probes: [returns(30), rowsSeen("cells", 19)],
    async play(stage) {
      const alice = await stage.connect("alice");
      for (const key of stage.random.shuffled(keys)) await stage.returned(alice.call("put", { key, value: key }));
      for (const [from, to] of ranges) {
        const expected = keys.slice(keys.indexOf(from), to === "" ? undefined : keys.indexOf(to));
        await scanned(stage, alice.call("keys", { from, to }), expected, `from ${show(from)} to ${show(to)}`);
      }
      await scanned(stage, alice.call("keys", { from: "aaa", to: "c" }), ["b", "b\u{10ffff}"], "from aaa to c");
      await scanned(stage, alice.call("keys", { from: "b", to: "a" }), [], "from b to a");
      for (const prefix of ["", "a", "b", "\u0000", "\ud7ff", "\uffff", "\u{1f600}", "\u{10ffff}", "none"]) {
        const expected = keys.filter((key) => key.startsWith(prefix));
        await scanned(stage, alice.call("keysWithPrefix", { prefix }), expected, `with the prefix ${show(prefix)}`);
      }
      const outside = (await stage.rows("cells")).map(([key]) => key);
      expectSame(outside, keys, "wrong-order", "the keys as they are read from outside");
    },
  }),
  scenario({
    requirement: "values/keys-in-code-point-order",
    variant: "own-writes",
    title: "A scan has what its own transaction has written in its place among what was there before",
    module: "script",
    probes: [returns(2), rowsSeen("cells", 18)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [gone, ...drawn] = stage.random.shuffled(keys);
      const put = (each: readonly (string | undefined)[]) => each.map((key) => ["put", key, 1]);
      const half = drawn.length >> 1;
      await stage.returned(alice.call("run", { ops: put([gone, ...drawn.slice(0, half)]) }));
      const ops = [...put(drawn.slice(half)), ["delete", gone], ["scan", "", ""]];
      const rows = (await stage.returned<[string, number][][]>(alice.call("run", { ops }))).at(-1)!;
      const left = keys.filter((key) => key !== gone);
      expectSame(
        rows.map(([key]) => key),
        left,
        "wrong-order",
        "the keys as the transaction that wrote some of them scans them",
      );
      const outside = (await stage.rows("cells")).map(([key]) => key);
      expectSame(outside, left, "wrong-order", "the keys as they are read from outside");
    },
  }),
];

/** Keys in the order of their code points. By code units those from U+10000 on would stand before U+E000. */
const keys = [
  "",
  "\u0000",
  "\u0000\u0000",
  "A",
  "a",
  "a\u0000",
  "aa",
  "b",
  "b\u{10ffff}",
  "\u007f",
  "\u0080",
  "\ud7ff",
  "\ue000",
  "\ufeffz",
  "\uffff",
  "\u{10000}",
  "\u{1f600}",
  "\u{1f600}\u{1f600}",
  "\u{10ffff}",
];

const ranges: readonly (readonly [from: string, to: string])[] = [
  ["", ""],
  ["\u0000", "a"],
  ["a", "b"],
  ["\u007f", "\ue000"],
  ["\ue000", ""],
  ["\uffff", "\u{1f600}"],
  ["\u{10000}", "\u{10ffff}"],
  ["\u{10ffff}", ""],
];

async function scanned(
  stage: Stage,
  call: Parameters<Stage["result"]>[0],
  expected: readonly string[],
  which: string,
): Promise<void> {
  expectSame(await stage.returned(call), expected, "wrong-order", `the keys ${which}`);
}

function show(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
