import { expectSame } from "./expect.ts";
import { failures, pipelined, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { goThrough } from "./values.ts";

/** Rows that do not change by themselves, and objects that keep what they hold. */
export const valuesRows: readonly Scenario[] = [
  scenario({
    requirement: "values/rows-are-values",
    variant: "changed-around",
    title: "An object changed after an insert, a read and a scan changes nothing stored",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const value = ["as inserted"];
      const read = await stage.returned(alice.call("changeAround", { key: "row", value }));
      expectSame(read, value, "wrong-value", "the row as its transaction reads it last");
      expectSame(await stage.rows("cells"), [["row", value]], "wrong-row", "the row as it is read from outside");
    },
  }),
  scenario({
    requirement: "values/rows-are-values",
    variant: "changed-by-a-later-call",
    title: "The object of a row that a call kept and a later one changes changes nothing stored",
    module: "values",
    probes: [returns(3), rowsSeen("cells", 2)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const value = ["as inserted"];
      await stage.returned(alice.call("putAndKeep", { key: "row", value }));
      await stage.returned(bob.call("changeKept"));
      await stage.returned(alice.call("put", { key: "fence", value: 1 }));
      expectSame(
        await stage.rows("cells"),
        [
          ["fence", 1],
          ["row", value],
        ],
        "wrong-row",
        "the rows as they are read from outside",
      );
    },
  }),
  scenario({
    requirement: "values/rows-are-values",
    variant: "arguments",
    title: "Calls that are given the same arguments and change them have each their own",
    module: "values",
    probes: [pipelined(4), returns(4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const value = ["as given"];
      const calls = [0, 1, 2, 3].map(() => alice.call("changeArgument", { value }));
      for (const call of calls) {
        expectSame(await stage.returned(call), ["as given", "changed"], "wrong-value", `what ${call.call} was given`);
      }
    },
  }),
  scenario({
    requirement: "values/rows-are-values",
    variant: "scan-left",
    title: "A scan that is left in the middle, and whose table changes under it, is what it was when it began",
    module: "values",
    probes: [returns(5), rowsSeen("cells", 4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      for (const key of ["a", "b", "c", "d"]) await stage.returned(alice.call("put", { key, value: 0 }));
      const left = ["a/next", "b/next", "c", "d"];
      expectSame(
        await stage.returned(alice.call("leaveScan")),
        { seen: ["a", "b"], scanned: ["a", "b", "c", "d"], left },
        "wrong-value",
        "what the scan gave, and what was left",
      );
      expectSame(
        (await stage.rows("cells")).map(([key]) => key),
        left,
        "wrong-row",
        "the rows afterwards",
      );
    },
  }),
  scenario({
    requirement: "values/objects-keep-their-fields",
    variant: "kinds",
    title: "Objects come back with the fields that they had",
    module: "values",
    probes: [returns(12), rowsSeen("cells", 12)],
    play: (stage) =>
      goThrough(stage, {
        "an empty object": {},
        "an empty array": [],
        "a truth": true,
        "nested fields": { a: { b: [{ c: {} }, [[]], [null, false, 0, ""]] } },
        "null and absent": [{ here: null }, {}, { here: null, other: null }],
        "the empty name": { "": { "": 1 } },
        "names of digits": { 10: "a", 9: "b", "-1": "c", "01": "d" },
        "names with controls": { "\u0000": 1, "\n": 2, '"': 3, "\\": 4, "\u{1f600}": 5, "\ufb33": 6 },
        "names that JavaScript knows": {
          constructor: 1,
          toString: 2,
          hasOwnProperty: 3,
          length: 4,
          // biome-ignore lint/suspicious/noThenProperty: a name like any other, and no function.
          then: 5,
          toJSON: 6,
        },
        // As a literal it would set the prototype.
        "the name of the prototype": JSON.parse('{"__proto__":{"a":1},"nested":[{"__proto__":null}]}'),
        "what looks like an integer": [{ $i64: 1 }, { $i64: "one" }, { $i64: "1", more: 1 }, { $other: "1" }],
        "many fields": Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field ${index}`, index])),
      }),
  }),
  scenario({
    requirement: "values/objects-keep-their-fields",
    variant: "order",
    title: "Text that a guest reads has its fields in canonical order, whatever the order in which they were written",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const rows = [
        '{"b": 1, "a": {"d": null, "c": [ ]}}',
        '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}',
        '"\\u00e9\\/\\u001f\\u007f\\ud83d\\ude00\\"\\\\"',
        '{"a":1,}',
        "[1] 2",
        "{'a':1}",
        '"a\nb"',
        '{"\\ud800":1}',
      ];
      const texts = [
        '{"a":{"c":[],"d":null},"b":1}',
        '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
        '"\u00e9/\\u001f\u007f\u{1f600}\\"\\\\"',
      ];
      expectSame(
        await stage.returned(alice.call("texts", { rows })),
        [
          ...texts.map((text) => ({ refused: "none", text })),
          ...rows.slice(texts.length).map(() => ({ refused: "bad-value", text: null })),
        ],
        "wrong-value",
        "what became of each text",
      );
      expectSame((await stage.rows("cells")).length, texts.length, "unexpected-row", "the number of rows");
    },
  }),
  scenario({
    requirement: "values/objects-keep-their-fields",
    variant: "depth",
    title: "JSON nested 128 deep is kept, and deeper JSON is refused",
    module: "values",
    probes: [returns(4), failures(1), rowsSeen("cells", 3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      for (const depth of [1, 64, 128]) {
        const call = alice.call("nest", { key: `depth ${depth}`, depth });
        expectSame(await stage.returned(call), depth, "wrong-value", "the depth that is read back");
      }
      const { category } = await stage.failed(alice.call("nest", { key: "depth 129", depth: 129 }));
      expectSame(category, "bad-value", "wrong-category", "how JSON nested 129 deep was refused");
      const rows = ["[".repeat(100_000), `${"[".repeat(100_000)}${"]".repeat(100_000)}`];
      const refused = { refused: "bad-value", text: null };
      const texts = alice.call("texts", { rows });
      expectSame(await stage.returned(texts), [refused, refused], "wrong-value", "what became of much deeper text");
      const found = (await stage.rows("cells")).map(([key]) => key);
      expectSame(found, ["depth 1", "depth 128", "depth 64"], "unexpected-row", "the keys of what was committed");
    },
  }),
];
