import fc from "fast-check";

/** Any character that UTF-8 has: one code point, which is no surrogate. */
export const character: fc.Arbitrary<string> = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0xffff }),
    fc.integer({ min: 0x10000, max: 0x10ffff }),
  )
  .map((point) => String.fromCodePoint(point));

/** Any string, lone surrogates included. */
export const units: fc.Arbitrary<string> = fc.uint16Array().map((codes) => String.fromCharCode(...codes));

/** Any JSON value of well-formed strings. */
export const json: fc.Arbitrary<unknown> = fc.jsonValue({ stringUnit: character });

/** Bytes that are mostly those that UTF-8 sequences begin and go on with. */
export const hardBytes: fc.Arbitrary<Uint8Array> = fc
  .array(fc.constantFrom(0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xf5))
  .map((bytes) => Uint8Array.from(bytes));
