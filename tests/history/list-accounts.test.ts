import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { anyHistory } from "./histories/any.ts";
import { append, get, scan, tx } from "./histories/build.ts";
import { type Told, told } from "./histories/told.ts";

const aborted = { status: "aborted" } as const;
const [a, b] = [tx("A", [append("x", 1)]), tx("B", [append("x", 2)])];
const c = tx("C", [append("x", 3)]);
const undone = tx("U", [append("x", 8)], aborted);
const numbers = (length: number) => Array.from({ length }, (_, at) => at + 1);
const reader = (id: string, ...seen: Json[]) => tx(id, [get("x", seen)]);
const between = (begin: number, end: number) => ({ begin, end });

/** Everything that is told of a history, as sentences that name the culprits: nobody else is accused. */
describe("what is told of a list", () => {
  test.each<[string, Transaction[], Told[]]>([
    [
      "a read that the longest one contradicts",
      [a, b, reader("R", 1), reader("S", 2, 1)],
      [
        [
          "incompatible-order",
          "R S",
          "R read x as [1] and S read it as [2,1]: neither begins with the other, so that no order of appends gives both",
        ],
      ],
    ],
    [
      "the one that no longest read vouches for is checked element by element",
      [a, b, c, undone, reader("R", 1, 2, 3), reader("S", 9, 8)],
      [
        [
          "incompatible-order",
          "S R",
          "S read x as [9,8] and R read it as [1,2,3]: neither begins with the other, so that no order of appends gives both",
        ],
        ["garbage-read", "S", "S read 9 at x, which nobody appended"],
        ["G1a", "S U", "S read 8 at x, which U had appended and undone"],
      ],
    ],
    [
      "an element twice",
      [a, b, reader("R", 1, 2, 1), reader("S", 1, 2), reader("Q", 1)],
      [["duplicate-write", "R", "R read x as [1,2,1]: 1 stands there twice and was appended once"]],
    ],
    [
      "an object twice, its fields in two orders",
      [
        tx("A", [append("x", { n: 1, m: 2 })]),
        reader("R", { n: 1, m: 2 }, { m: 2, n: 1 }),
        reader("S", { m: 2, n: 1 }),
      ],
      [
        [
          "duplicate-write",
          "R",
          'R read x as [{"m":2,"n":1},{"m":2,"n":1}]: {"m":2,"n":1} stands there twice and was appended once',
        ],
      ],
    ],
    [
      "an element from nowhere, by those who saw it alone",
      [a, reader("R", 1, 7), reader("S", 1), reader("Q")],
      [["garbage-read", "R", "R read 7 at x, which nobody appended"]],
    ],
    [
      "an element that was undone, by those who saw it alone",
      [a, undone, reader("R", 1, 8), reader("S", 1), reader("Q")],
      [["G1a", "R U", "R read 8 at x, which U had appended and undone"]],
    ],
    [
      "a list that ends within a transaction",
      [tx("A", [append("x", 1), append("x", 2)]), reader("R", 1), reader("S", 1, 2), reader("Q")],
      [["G1b", "R A", "R read x up to 1, although A appended more to it before it ended"]],
    ],
    [
      "an append that was read before it was made, and no other word for that",
      [tx("A", [get("x", [1]), append("x", 1), append("x", 2)]), reader("R", 1, 2)],
      [["internal", "A", "A read 1 at x in a place where it had not appended it yet"]],
    ],
    [
      "of several such appends, the last",
      [b, tx("A", [get("x", [1, 3, 2]), append("x", 1), append("x", 3)]), reader("R", 1, 3, 2)],
      [["internal", "A", "A read 3 at x in a place where it had not appended it yet"]],
    ],
    [
      "an append of one's own that stands there twice",
      [b, tx("A", [append("x", 1), append("x", 3), get("x", [1, 2, 1, 3])])],
      [["duplicate-write", "A", "A read x as [1,2,1,3]: 1 stands there twice and was appended once"]],
    ],
    [
      "appends of one transaction in another order than it made them",
      [tx("A", [append("x", 1), append("y", 5), append("x", 2)]), c, reader("R", 2, 1, 3)],
      [["incompatible-order", "A", "A appended 1 and then 2 to x, and its readers have them otherwise"]],
    ],
    [
      "the earlier of two appends that nobody sees",
      [tx("A", [append("x", 1), append("x", 2)]), c, reader("R", 2, 3)],
      [["incompatible-order", "A", "A appended 1 and then 2 to x, and its readers have them otherwise"]],
    ],
    [
      "a committed append on top of one that was undone",
      [undone, a, b, reader("R", 1, 8, 2)],
      [
        ["G1a", "R U", "R read 8 at x, which U had appended and undone"],
        ["dirty-update", "U B", "B appended 2 to x on top of 8, which U had undone"],
      ],
    ],
    [
      "no update on top of another's, where that too was undone or is nobody's",
      [undone, tx("V", [append("x", 9)], aborted), a, b, reader("R", 1, 8, 9, 7, 2)],
      [
        ["G1a", "R U", "R read 8 at x, which U had appended and undone"],
        ["G1a", "R V", "R read 9 at x, which V had appended and undone"],
        ["garbage-read", "R", "R read 7 at x, which nobody appended"],
      ],
    ],
    [
      "nothing of an update on top of another's that was undone, where nobody saw that it was on top",
      [undone, a, reader("R", 8)],
      [["G1a", "R U", "R read 8 at x, which U had appended and undone"]],
    ],
    [
      "an append that a later reader lacks",
      [tx("A", [append("x", 1)], between(0, 4)), tx("R", [get("x", null)], between(5, 6))],
      [["lost-append", "A R", "A had appended 1 to x and ended before R began, and R did not read it, nor did anyone"]],
    ],
    [
      "the same, by the last of its readers",
      [
        tx("A", [append("x", 1)], between(3, 4)),
        tx("Q", [get("x", null)], between(0, 9)),
        tx("S", [get("x", null)], between(8, 9)),
        tx("R", [get("x", null)], between(7, 9)),
      ],
      [["lost-append", "A S", "A had appended 1 to x and ended before S began, and S did not read it, nor did anyone"]],
    ],
    [
      "the same, by the first of several that began last",
      [
        tx("A", [append("x", 1)], between(0, 4)),
        tx("R", [get("x", null)], between(7, 9)),
        tx("S", [get("x", null)], between(7, 9)),
      ],
      [["lost-append", "A R", "A had appended 1 to x and ended before R began, and R did not read it, nor did anyone"]],
    ],
    [
      "nothing of an append that ended where the reader began",
      [tx("A", [append("x", 1)], between(0, 5)), tx("R", [get("x", null)], between(5, 6))],
      [],
    ],
    [
      "nothing of an append that was undone and that nobody saw",
      [
        tx("U", [append("x", 1), append("x", 2)], { ...aborted, ...between(0, 1) }),
        tx("R", [get("x", null)], between(5, 6)),
      ],
      [],
    ],
    ["nothing of two transactions whose appends stand in the other order", [a, b, reader("R", 2, 1)], []],
    [
      "nothing of a transaction that reads what it appended itself, on top of others'",
      [a, tx("B", [get("x", [1]), append("x", 2), get("x", [1, 2]), append("x", 3), get("x", [1, 2, 3])])],
      [],
    ],
    [
      "nothing of equal objects with their fields in another order",
      [tx("A", [append("x", { n: 1, m: 2 })]), b, reader("R", { n: 1, m: 2 }), reader("S", { m: 2, n: 1 }, 2)],
      [],
    ],
  ])("%s", (_, history, expected) => {
    expect(told(history)).toEqual(expected);
  });

  test.each<[string, Transaction, Transaction, string]>([
    ["one length", reader("R", 2, 1), reader("S", 1, 2), "R read x as [2,1] and S read it as [1,2]"],
    ["two lengths", reader("R", 1), reader("S", 2, 1), "R read x as [1] and S read it as [2,1]"],
  ])("of two reads of %s, the same is told in whatever order the history lists them", (_, one, other, reads) => {
    const sentence = `${reads}: neither begins with the other, so that no order of appends gives both`;
    expect(told([a, b, one, other])).toEqual([["incompatible-order", "R S", sentence]]);
    expect(told([a, b, other, one])).toEqual([["incompatible-order", "R S", sentence]]);
  });

  test.each([
    ["of twelve elements is told whole", 12, "[1,2,3,4,5,6,7,8,9,10,11,12]"],
    ["of more is told by its last eleven", 13, "[… 3,4,5,6,7,8,9,10,11,12,13]"],
  ])("a list %s", (_, length, shown) => {
    const all = tx("A", [...numbers(length).map((element) => append("x", element)), append("x", 99)]);
    const [[, , message]] = told([all, reader("R", ...numbers(length)), reader("S", 99)]) as [Told];
    expect(message).toBe(
      `S read x as [99] and R read it as ${shown}: neither begins with the other, so that no order of appends gives both`,
    );
  });
});

describe("a list that held something at the start", () => {
  const initial = new Map([["x", [1, 2]]]);

  test("grows from there, and what was there is nobody's", () => {
    expect(told([c, reader("R", 1, 2), reader("S", 1, 2, 3)], { initial })).toEqual([]);
    expect(checkIsolation([reader("R", 1, 2)], { initial })).toMatchObject({ anomalies: [], unjudged: [], edges: 0 });
  });

  const missing = (id: string, shown: string): Told => [
    "incompatible-order",
    id,
    `${id} read x as ${shown}, although it held [1,2] at the start`,
  ];

  test.each<[string, Transaction, Told]>([
    ["is not there", tx("R", [get("x", null)]), missing("R", "[]")],
    ["is there in part", reader("R", 1), missing("R", "[1]")],
    ["has another end", reader("R", 1, 3), missing("R", "[1,3]")],
    ["is hidden from a read of a range", tx("R", [scan("", "", [])]), missing("R", "[]")],
    ["makes place for what its reader appended", tx("R", [append("x", 4), get("x", [4])]), missing("R", "[4]")],
    ["loses its end to what its reader appended", tx("R", [append("x", 4), get("x", [1, 4])]), missing("R", "[1,4]")],
  ])("is told where it %s", (_, faulty, expected) => {
    expect(told([c, faulty], { initial })).toEqual([expected]);
  });

  test("is told where every reader lacks it", () => {
    expect(told([tx("A", [append("x", 3), append("x", 4)]), reader("R", 3, 4)], { initial })).toEqual([
      missing("R", "[3,4]"),
    ]);
  });

  test("is told of those alone who lack it", () => {
    expect(told([c, reader("R", 1, 2, 3), reader("S", 1), reader("Q", 1, 2)], { initial })).toEqual([
      missing("S", "[1]"),
    ]);
  });

  test("is in every read of a history that has a serial order, and only such are told of (400 runs)", () => {
    const verdicts = { serial: 0, none: 0 };
    const both = new Map([
      ["x", [1001, 1002]],
      ["y", [1003]],
    ]);
    fc.assert(
      fc.property(anyHistory(), fc.infiniteStream(fc.nat({ max: 30 })), (grown, lengths) => {
        // Seldom is a part of what was there at the start missing.
        const withStart = (op: MicroOp): MicroOp => {
          if (op.op !== "get") return op;
          const seen = [...both.get(op.key)!.slice(0, lengths.next().value as number), ...((op.seen ?? []) as Json[])];
          return { ...op, seen };
        };
        const history = grown.map((one) => ({ ...one, ops: one.ops.map(withStart) }));
        const hasOrder = serialOrders(history, both).length > 0;
        verdicts[hasOrder ? "serial" : "none"] += 1;
        expect(checkIsolation(history, { initial: both }).anomalies.length === 0).toBe(hasOrder);
      }),
      { seed: 20261122, numRuns: 400 },
    );
    expect(Math.min(verdicts.serial, verdicts.none)).toBeGreaterThan(50);
  });
});
