import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EvenlaneError } from "../../modules/sdk/ts/errors.ts";
import { toJson } from "../../modules/sdk/ts/json.ts";
import { sfc32 } from "../../modules/sdk/ts/random.ts";
import { decodeUtf8, encodeUtf8 } from "../../modules/sdk/ts/utf8.ts";
import { character, hardBytes, json, units } from "./arbitraries.ts";
import { sfc32Vectors, utf8Vectors } from "./vectors.ts";

describe("UTF-8", () => {
  test("is decoded as the Encoding standard does", () => {
    for (const bytes of utf8Vectors) {
      expect(decodeUtf8(Uint8Array.from(bytes))).toBe(new TextDecoder().decode(Uint8Array.from(bytes)));
    }
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), hardBytes), (bytes) => {
        expect(decodeUtf8(bytes)).toBe(new TextDecoder().decode(bytes));
      }),
    );
  });

  test("is encoded as the Encoding standard does", () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), units, (points, units) => {
        expect(encodeUtf8(points + units)).toEqual(new TextEncoder().encode(points + units));
      }),
    );
  });

  test("is decoded beyond what fits into one chunk", () => {
    const text = "a\u{1f600}ß".repeat(5000);
    expect(decodeUtf8(encodeUtf8(text))).toBe(text);
  });
});

describe("JSON", () => {
  test("says of any JSON value what JSON.stringify says", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(toJson(value, "it"))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = [cyclic];
  const refused: [string, unknown, string][] = [
    ["NaN", Number.NaN, "it is NaN"],
    ["an infinity", { a: [1, -Infinity] }, "it.a[1] is -Infinity"],
    ["a bigint", { a: 1n }, "it.a is a bigint"],
    ["a function", () => 1, "it is a function"],
    ["a symbol", [Symbol("s")], "it[0] is a symbol"],
    ["a lone surrogate", { a: { b: "x\ud800" } }, "it.a.b is a string with a lone surrogate"],
    ["a lone surrogate in a name", { "\udc00": 1 }, "it is a field name with a lone surrogate"],
    ["a cycle", cyclic, "it.self[0] is an object that contains itself"],
    ["an undefined element", [undefined], "it[0] is undefined"],
    ["a hole", new Array(1), "it[0] is undefined"],
    ["a map", new Map(), "it is an object that is not plain"],
    ["a date", { at: new Date(0) }, "it.at is an object that is not plain"],
  ];
  test.each(refused)("refuses %s, and says where", (_, value, message) => {
    const attempt = () => toJson(value, "it");
    expect(attempt).toThrow(EvenlaneError);
    expect(attempt).toThrow(`${message}, which JSON cannot express`);
  });

  test("takes what only looks hard", () => {
    const shared = { a: 1 };
    const bare = Object.assign(Object.create(null), { b: -0, c: undefined });
    expect(toJson([shared, shared, bare, "\u{1f600}", 1e21, 5e-324], "it")).toBe(
      '[{"a":1},{"a":1},{"b":0},"\u{1f600}",1e+21,5e-324]',
    );
    expect(toJson(undefined, "it")).toBe("null");
    expect(toJson(JSON.parse('{"__proto__":{"x":1}}'), "it")).toBe('{"__proto__":{"x":1}}');
  });
});

test.each(sfc32Vectors)("random numbers of the seed $seed", ({ seed, results }) => {
  const random = sfc32(seed);
  expect(results.map(() => random())).toEqual(results.map((result) => result / 2 ** 32));
});
