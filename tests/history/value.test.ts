import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareKeys, selects } from "../../conformance/history/isolation/transaction.ts";
import { identityOf } from "../../conformance/history/isolation/value.ts";
import type { Json } from "../../conformance/protocol/json.ts";

describe("keys", () => {
  test("are ordered as their UTF-8 bytes are", () => {
    // Few characters, of each length in UTF-8, so that many keys begin alike.
    const key = fc.string({
      unit: fc.constantFrom("a", "\u00e9", "\ue000", "\uffff", "\u{1f600}", "\u{1f601}"),
      maxLength: 4,
    });
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      { seed: 20261122, numRuns: 1000 },
    );
  });
});

describe("a read by predicate selects", () => {
  const range = { op: "scan", from: "b", to: "d" } as const;
  const open = { op: "scan", from: "b", to: "" } as const;
  const tens = { op: "where", divisor: 10 } as const;
  test.each<[string, Parameters<typeof selects>, boolean]>([
    ["the first key of its range", [range, "b", 1], true],
    ["a key within", [range, "cat", 1], true],
    ["no key before", [range, "azure", 1], false],
    ["not the end of the range", [range, "d", 1], false],
    ["no key behind", [range, "e", 1], false],
    ["every key from the first, where there is no end", [open, "\u{1f600}", null], true],
    ["no key before the first, where there is no end", [open, "a", 1], false],
    ["no row that is not there", [open, "b", undefined], false],
    ["a number that is divisible", [tens, "a", -20], true],
    ["nought", [tens, "a", 0], true],
    ["no other number", [tens, "a", 15], false],
    ["no text of a number", [tens, "a", "20"], false],
    ["no list of a number", [tens, "a", [20]], false],
    ["no number that is not there", [tens, "a", undefined], false],
  ])("%s", (_, [read, key, value], isSelected) => {
    expect(selects(read, key, value)).toBe(isSelected);
  });
});

describe("the identity of a value", () => {
  test.each<[string, Json, Json, boolean]>([
    ["fields in another order", { a: 1, b: [2] }, { b: [2], a: 1 }, true],
    ["another field", { a: 1 }, { a: 1, b: 2 }, false],
    ["elements in another order", [1, 2], [2, 1], false],
    ["zero and minus zero", 0, -0, true],
    ["a number and its text", 1, "1", false],
    ["a list and its text", [1], "[1]", false],
    ["a list and the text that stands for it", [1], "\u0000[1]", false],
    ["a text that begins as those do, and another", "\u0000a", "\u0000b", false],
    ["null and its text", null, "null", false],
  ])("%s", (_, a, b, isSame) => {
    // As a Map has it, which takes 0 and -0 for one key.
    expect(new Map([[identityOf(a), true]]).has(identityOf(b))).toBe(isSame);
  });
});
