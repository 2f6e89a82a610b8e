import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineSplitter } from "../../conformance/protocol/lines.ts";

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length])];
  edges.sort((a, b) => a - b);
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

describe("LineSplitter", () => {
  test("gives the same lines however the bytes are cut, also within a character", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\r", "\0") });
    fc.assert(
      fc.property(fc.array(line), line, fc.array(fc.nat()), (lines, last, places) => {
        const splitter = new LineSplitter();
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join("") + last, "utf8");
        const found = cut(bytes, places).flatMap((chunk) => [...splitter.push(chunk)]);
        expect(found.map(String)).toEqual(lines);
        expect(String(splitter.rest())).toBe(last);
      }),
    );
  });

  test("refuses a line over the limit, after the lines before it", () => {
    const splitter = new LineSplitter(4);
    const lines = splitter.push(Buffer.from("abcd\nabcde"));
    expect(String(lines.next().value)).toBe("abcd");
    expect(() => lines.next()).toThrow("a line of more than 4 bytes");
  });

  test("counts a line's length over all its chunks", () => {
    const splitter = new LineSplitter(4);
    expect([...splitter.push(Buffer.from("abc"))]).toEqual([]);
    expect(() => [...splitter.push(Buffer.from("de"))]).toThrow(RangeError);
  });
});
