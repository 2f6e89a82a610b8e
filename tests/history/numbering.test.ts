import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkNumbering, type Recorded } from "../../conformance/history/numbering.ts";

const row = (n: number, token: string, key = n): [string, Recorded] => [String(key).padStart(6, "0"), { n, token }];
const serial = (length: number) => Array.from({ length }, (_, index) => row(index + 1, `t${index}`));

describe("the replay of recorded numbers", () => {
  test("accepts every serial run, in whatever order its rows are read", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.infiniteStream(fc.nat()), (length, keys) => {
        const rows = serial(length).map((one) => ({ one, at: keys.next().value as number }));
        rows.sort((a, b) => a.at - b.at);
        expect(checkNumbering(rows.map(({ one }) => one))).toBeUndefined();
      }),
    );
  });

  test("flags a lost update: two transactions that took the same number", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), fc.nat(), (length, which) => {
        const rows = serial(length);
        const n = (which % length) + 1;
        expect(checkNumbering([...rows, row(n, "late")])?.kind).toBe("repetition");
      }),
    );
  });

  test("flags a number that vanished, unless it was the last", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), fc.nat(), (length, which) => {
        const gone = (which % (length - 1)) + 1;
        expect(checkNumbering(serial(length).filter(([, { n }]) => n !== gone))?.kind).toBe("gap");
      }),
    );
  });

  test("says which number, and who took it", () => {
    expect(checkNumbering([...serial(2), row(2, "late")])?.message).toBe("number 2 was taken by t1 and by late");
    expect(checkNumbering([row(1, "a"), row(3, "c")])?.message).toBe(
      "number 2 is missing among 2 recorded transactions",
    );
  });

  test("flags a row under another number's key", () => {
    expect(checkNumbering([row(1, "a"), row(2, "b", 3)])).toEqual({
      kind: "misplaced",
      message: 'the row under "000003" says that it is number 2 (b)',
    });
  });
});
