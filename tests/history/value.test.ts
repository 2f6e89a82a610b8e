import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareKeys } from "../../conformance/history/isolation/transaction.ts";
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
