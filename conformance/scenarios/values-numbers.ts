import { expectSame } from "./expect.ts";
import { failures, returns, rowsSeen } from "./probes.ts";
import type { Randomness } from "./randomness.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { goThrough, onlyTheFirst } from "./values.ts";

/** The table of RFC 8785, appendix B: the bits of a double, and its text. */
const rfc8785: readonly (readonly [bits: string, text: string])[] = [
  ["0000000000000000", "0"],
  ["8000000000000000", "0"],
  ["0000000000000001", "5e-324"],
  ["8000000000000001", "-5e-324"],
  ["7fefffffffffffff", "1.7976931348623157e+308"],
  ["ffefffffffffffff", "-1.7976931348623157e+308"],
  ["4340000000000000", "9007199254740992"],
  ["c340000000000000", "-9007199254740992"],
  ["4430000000000000", "295147905179352830000"],
  ["44b52d02c7e14af5", "9.999999999999997e+22"],
  ["44b52d02c7e14af6", "1e+23"],
  ["44b52d02c7e14af7", "1.0000000000000001e+23"],
  ["444b1ae4d6e2ef4e", "999999999999999700000"],
  ["444b1ae4d6e2ef4f", "999999999999999900000"],
  ["444b1ae4d6e2ef50", "1e+21"],
  ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
  ["3eb0c6f7a0b5ed8d", "0.000001"],
  ["41b3de4355555553", "333333333.3333332"],
  ["41b3de4355555554", "333333333.33333325"],
  ["41b3de4355555555", "333333333.3333333"],
  ["41b3de4355555556", "333333333.3333334"],
  ["41b3de4355555557", "333333333.33333343"],
  ["becbf647612f3696", "-0.0000033333333333333333"],
  ["43143ff3c1cb0959", "1424953923781206.2"],
];

/** JSON text that a guest may hand over, and the text that stands for it. */
const otherForms: readonly (readonly [given: string, text: string])[] = [
  [" \t\r\n1.0 ", "1"],
  ["-0", "0"],
  ["-0.0e5", "0"],
  ["1E2", "100"],
  ["1e+2", "100"],
  ["0.1e-6", "1e-7"],
  ["100000000000000000000", "100000000000000000000"],
  ["1000000000000000000000", "1e+21"],
  ["9007199254740993", "9007199254740992"],
  ["-9223372036854775808", "-9223372036854776000"],
  ["18446744073709551615", "18446744073709552000"],
  ["0.1000000000000000055511151231257827021181583404541015625", "0.1"],
  ["2.4703282292062328e-324", "5e-324"],
  ["2.4703282292062327e-324", "0"],
  ["1.7976931348623158e308", "1.7976931348623157e+308"],
];

/** What is no JSON, or a number that no double holds. */
const noForms = ["", "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "01", "1.", ".5", "+1", "0x10", "1_000", "--1"];

/** Bits of finite doubles other than -0. */
function drawn(random: Randomness, count: number): string[] {
  const bits = new Set<string>();
  while (bits.size < count) {
    const half = () =>
      random
        .below(2 ** 16)
        .toString(16)
        .padStart(4, "0");
    const each = half() + half() + half() + half();
    if (Number.isFinite(numberOf(each))) bits.add(each);
  }
  return [...bits];
}

function numberOf(bits: string): number {
  return Buffer.from(bits, "hex").readDoubleBE(0);
}

/** Numbers, in rows, results and as text. */
export const valuesNumbers: readonly Scenario[] = [
  scenario({
    requirement: "values/numbers-round-trip",
    variant: "table",
    title: "The numbers of RFC 8785's table have its texts, and come back to the last bit",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 24)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const bits = rfc8785.map(([each]) => each);
      const expected = rfc8785.map(([each, text]) => ({ text, bits: each === "8000000000000000" ? zero : each }));
      expectSame(
        await stage.returned(alice.call("numbers", { bits })),
        expected,
        "wrong-value",
        "the texts and the bits of the numbers",
      );
      const rows = new Map(await stage.rows<number>("cells"));
      for (const [each, text] of rfc8785) {
        expectSame(rows.get(`n${each}`), Number(text), "wrong-row", `the number ${text} as it is read from outside`);
      }
    },
  }),
  scenario({
    requirement: "values/numbers-round-trip",
    variant: "drawn",
    title: "256 doubles drawn bit by bit have the texts of ECMAScript, and come back to the last bit",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 256)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const bits = drawn(stage.random, 256);
      expectSame(
        await stage.returned(alice.call("numbers", { bits })),
        bits.map((each) => ({ text: String(numberOf(each)), bits: each })),
        "wrong-value",
        "the texts and the bits of the numbers",
      );
      const rows = new Map(await stage.rows<number>("cells"));
      for (const each of bits) {
        expectSame(rows.get(`n${each}`), numberOf(each), "wrong-row", `the number ${each} as it is read from outside`);
      }
    },
  }),
  scenario({
    requirement: "values/numbers-round-trip",
    variant: "handed-over",
    title: "Numbers that a caller hands over come back as they were",
    module: "values",
    probes: [returns(3), rowsSeen("cells", 3)],
    play: (stage) =>
      goThrough(stage, {
        table: rfc8785.map(([, text]) => Number(text)),
        drawn: drawn(stage.random, 128).map(numberOf),
        integers: [1, -1, 2 ** 53 - 1, -(2 ** 53), 2 ** 63, 2 ** 64, 1e21, 123_456_789_012_345_680_000],
      }),
  }),
  scenario({
    requirement: "values/numbers-round-trip",
    variant: "other-forms",
    title: "Other forms of a number are stored in the shortest one, and what is no number is refused",
    module: "values",
    probes: [returns(1), rowsSeen("cells", 15)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const rows = [...otherForms.map(([given]) => given), ...noForms];
      expectSame(
        await stage.returned(alice.call("texts", { rows })),
        [
          ...otherForms.map(([, text]) => ({ refused: "none", text })),
          ...noForms.map(() => ({ refused: "bad-value", text: null })),
        ],
        "wrong-value",
        "what became of each form",
      );
      expectSame((await stage.rows("cells")).length, otherForms.length, "unexpected-row", "the number of rows");
    },
  }),
  ...[
    { name: "nan", form: "7ff8000000000000" },
    { name: "nan-with-a-payload", form: "fff0000000000001" },
    { name: "infinity", form: "7ff0000000000000" },
    { name: "minus-infinity", form: "fff0000000000000" },
  ].flatMap(({ name, form }) =>
    (name === "nan" ? ["row", "field", "result"] : ["row"]).map((where) =>
      scenario({
        requirement: "values/numbers-round-trip",
        variant: `${name}-in-a-${where}`,
        title: `A guest that hands over ${name.replaceAll("-", " ")} in a ${where} is refused`,
        module: "values",
        probes: [failures(1), rowsSeen("cells", 1)],
        async play(stage) {
          const alice = await stage.connect("alice");
          const { category } = await stage.failed(alice.call("notFinite", { where, form }));
          expectSame(category, "bad-value", "wrong-category", "how the number was refused");
          await onlyTheFirst(stage);
        },
      }),
    ),
  ),
  scenario({
    requirement: "values/numbers-round-trip",
    variant: "64-bit",
    title: "64-bit integers in their tagged form are counted up exactly",
    module: "values",
    probes: [returns(5), failures(2), rowsSeen("cells", 5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const counted = [
        ["-9223372036854775808", "-9223372036854775807"],
        ["-1", "0"],
        ["9007199254740992", "9007199254740993"],
        ["9007199254740993", "9007199254740994"],
        ["9223372036854775806", "9223372036854775807"],
      ] as const;
      for (const [before, after] of counted) {
        const call = alice.call("increment", { key: `after ${before}`, value: { $i64: before } });
        expectSame(await stage.returned(call), { $i64: after }, "wrong-value", `the integer after ${before}`);
      }
      for (const $i64 of ["9223372036854775808", "007"]) {
        const { category } = await stage.failed(alice.call("increment", { key: "refused", value: { $i64 } }));
        expectSame(category, "bad-value", "wrong-category", `how ${$i64} was refused`);
      }
      const rows = new Map(await stage.rows("cells"));
      expectSame(
        counted.map(([before]) => rows.get(`after ${before}`)),
        counted.map(([, after]) => ({ $i64: after })),
        "wrong-row",
        "the integers as they are read from outside",
      );
    },
  }),
];

const zero = "0000000000000000";
