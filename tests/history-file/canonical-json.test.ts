import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../conformance/history/canonical-json.ts";

describe("canonical JSON", () => {
  // The examples of RFC 8785, sections 3.2.2 and 3.2.3.
  test("is that of the RFC's examples", () => {
    // biome-ignore lint/correctness/noPrecisionLoss: the example is that a number is written as ECMAScript prints it
    const numbers = [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001];
    expect(canonicalJson({ numbers, literals: [null, true, false] })).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
    const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, null])));
    expect(Object.keys(JSON.parse(text)).filter((name) => name !== "1")).toEqual([
      "\r",
      "\u0080",
      "\u00f6",
      "\u20ac",
      "\u{1f600}",
      "\ufb33",
    ]);
    expect(text.indexOf('"1"')).toBe(text.indexOf('"\u0080"') - '"1":null,'.length);
  });

  test("has no field that is undefined, and no minus zero", () => {
    expect(canonicalJson({ b: -0, a: undefined, c: [{ d: undefined }] })).toBe('{"b":0,"c":[{}]}');
  });
});
