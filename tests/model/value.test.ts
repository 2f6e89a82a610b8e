import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allows, anything, shown } from "../../conformance/model/value.ts";

describe("what the model allows", () => {
  test("is itself", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => allows(value, structuredClone(value))),
      { seed: 1, numRuns: 200 },
    );
  });

  test("is not another value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b)));
        expect(allows(a, b)).toBe(false);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  test.each([
    ["anything where it is left open", anything, { any: [1] }, true],
    ["anything in a list", [1, anything], [1, "x"], true],
    ["anything in a field", { a: anything, b: 1 }, { b: 1, a: null }, true],
    ["no other element beside it", [1, anything], [2, "x"], false],
    ["no field less", { a: anything }, {}, false],
    ["no field more", { a: anything }, { a: 1, b: 1 }, false],
    ["no other field", { a: anything }, { b: 1 }, false],
    ["no element more", [anything], [1, 2], false],
    ["no element less", [anything], [], false],
    ["no list for an object", {}, [], false],
    ["no object for a list", [], {}, false],
    ["no null for an object", {}, null, false],
    ["no inherited field", { toString: anything }, { other: 1 }, false],
    ["no text for a number", 1, "1", false],
  ])("%s", (_, model, observed, expected) => {
    expect(allows(model, observed)).toBe(expected);
  });

  test("is shown with what is left open", () => {
    expect([shown([1, anything]), shown({ a: anything }), shown(undefined)]).toEqual([
      '[1,"(anything)"]',
      '{"a":"(anything)"}',
      "nothing",
    ]);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : value;
  return Object.entries(value)
    .map(([key, item]) => [key, sorted(item)])
    .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
}
