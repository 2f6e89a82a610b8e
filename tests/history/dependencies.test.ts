/** Which transaction depends on which, by Adya's definitions: ww, wr, and rw (anti-dependency), of items and of predicates. */
import { describe, expect, test } from "vitest";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, insert, put, scan, tx, where } from "./histories/build.ts";
import { dependenciesOf } from "./histories/dependencies.ts";

const aborted = { status: "aborted" } as const;
const unknown = { status: "unknown" } as const;
const seq = (number: number) => ({ seq: number });

describe("by a list", () => {
  const [a, b, c] = [tx("A", [append("x", 1)]), tx("B", [append("x", 2)]), tx("C", [append("x", 3)])];
  const reader = (id: string, ...seen: Json[]) => tx(id, [get("x", seen)]);

  test.each<[string, Transaction[], string[], ReadonlyMap<string, Json>?]>([
    [
      "appends follow each other as the longest read has them",
      [b, c, a, reader("R", 1, 2, 3)],
      ["A ww B: x 1, 2", "B ww C: x 2, 3", "C wr R: x 3, 3"],
    ],
    [
      "a reader follows whose append it read last, and precedes whose came next",
      [a, b, c, reader("R", 1), reader("S", 1, 2, 3), reader("Q")],
      ["A wr R: x 1, 1", "A ww B: x 1, 2", "B ww C: x 2, 3", "C wr S: x 3, 3", "Q rw A: x start, 1", "R rw B: x 1, 2"],
    ],
    [
      "what was there at the start is nobody's",
      [a, b, reader("R", 7, 8), reader("S", 7, 8, 1, 2)],
      ["A ww B: x 1, 2", "B wr S: x 2, 2", "R rw A: x 8, 1"],
      new Map([["x", [7, 8]]]),
    ],
    [
      "what was undone or never written is passed over",
      [a, tx("U", [append("x", 8)], aborted), b, c, reader("R", 1), reader("S", 1, 8), reader("Q", 1, 8, 2, 9, 3)],
      ["A wr R: x 1, 1", "A ww B: x 1, 2", "B ww C: x 2, 3", "C wr Q: x 3, 3", "R rw B: x 1, 2", "S rw B: x 8, 2"],
    ],
    [
      "what was undone at its end leaves its reader last",
      [a, tx("U", [append("x", 8)], aborted), reader("R", 1, 8), reader("S", 1)],
      ["A wr S: x 1, 1"],
    ],
    [
      "appends that nobody read follow all that were, in no order among themselves",
      [a, b, c, reader("R", 1), reader("Q")],
      ["A wr R: x 1, 1", "A ww B: x 1, 2", "A ww C: x 1, 3", "Q rw A: x start, 1", "R rw B: x 1, 2", "R rw C: x 1, 3"],
    ],
    [
      "appends to a list that was read as empty follow its readers",
      [a, b, reader("R"), reader("S")],
      ["R rw A: x start, 1", "R rw B: x start, 2", "S rw A: x start, 1", "S rw B: x start, 2"],
    ],
    ["appends that nobody read, with no reader, follow nothing", [a, b], []],
    [
      "a range without the list precedes whoever filled it first, by a predicate",
      [a, b, tx("R", [scan("", "", [])]), tx("S", [scan("y", "", [])]), reader("Q", 1)],
      ["A wr Q: x 1, 1", "A ww B: x 1, 2", "Q rw B: x 1, 2", "R predicateRw A: x start, 1"],
    ],
    [
      "a range without a list whose appends nobody read precedes them all",
      [a, b, tx("R", [scan("w", "y", [])])],
      ["R predicateRw A: x start, 1", "R predicateRw B: x start, 2"],
    ],
    [
      "a reader of its own append stands on what was there before, and precedes whoever came after",
      [a, tx("B", [append("x", 2), get("x", [1, 2])]), c, reader("R", 1, 2, 3)],
      ["A wr B: x 1, 1", "A ww B: x 1, 2", "B ww C: x 2, 3", "C wr R: x 3, 3"],
    ],
    [
      "an append of unknown fate counts where it was read",
      [a, tx("U", [append("x", 2)], unknown), tx("V", [append("x", 3)], unknown), reader("R", 1, 2)],
      ["A ww U: x 1, 2", "U wr R: x 2, 2"],
    ],
    [
      "an append of unknown fate that nobody read is none",
      [a, tx("U", [append("x", 2)], unknown), reader("R", 1)],
      ["A wr R: x 1, 1"],
    ],
    [
      "a read that contradicts the longest one gives none",
      [a, b, reader("R", 2), reader("S", 1, 2)],
      ["A ww B: x 1, 2", "B wr S: x 2, 2"],
    ],
    [
      "a list with an element twice is read up to there",
      [a, b, c, reader("R", 1, 2, 1, 3), reader("S", 1), reader("Q", 1, 2), reader("P", 1, 2, 1)],
      ["A wr S: x 1, 1", "A ww B: x 1, 2", "B wr Q: x 2, 2", "B ww C: x 2, 3", "Q rw C: x 2, 3", "S rw B: x 1, 2"],
    ],
  ])("%s", (_, history, expected, initial = new Map<string, Json>()) => {
    expect(dependenciesOf(history, { initial })).toEqual(expected);
  });
});

describe("by a register", () => {
  const [a, b] = [tx("A", [put("x", 1)]), tx("B", [put("x", 2)])];
  const reader = (id: string, seen: Json) => tx(id, [get("x", seen)]);
  const update = (id: string, from: Json, to: Json, more?: Partial<Transaction>) =>
    tx(id, [get("x", from), put("x", to)], more);
  const doubtful: MicroOp = { op: "insert", key: "x", value: 7 };

  test.each<[string, Transaction[], string[], ReadonlyMap<string, Json>?]>([
    ["a reader follows whose value it read; blind writes have no order", [a, b, reader("R", 1)], ["A wr R: x 1, 1"]],
    [
      "a reader of the start precedes every write",
      [a, b, reader("R", null), reader("S", null)],
      ["R rw A: x start, 1", "R rw B: x start, 2", "S rw A: x start, 1", "S rw B: x start, 2"],
    ],
    ["the start may hold a value", [a, reader("R", 5)], ["R rw A: x start, 1"], new Map([["x", 5]])],
    [
      "who reads a version and writes installs the next one, and who else read it precedes that",
      [a, update("C", 1, 3), reader("R", 1), reader("S", 3)],
      ["A wr C: x 1, 1", "A wr R: x 1, 1", "A ww C: x 1, 3", "C wr S: x 3, 3", "R rw C: x 1, 3"],
    ],
    [
      "a version that two replace precedes both, and so do its readers",
      [a, update("C", 1, 3), update("D", 1, 4), reader("R", 1)],
      [
        "A wr C: x 1, 1",
        "A wr D: x 1, 1",
        "A wr R: x 1, 1",
        "A ww C: x 1, 3",
        "A ww D: x 1, 4",
        "C rw D: x 1, 4",
        "D rw C: x 1, 3",
        "R rw C: x 1, 3",
        "R rw D: x 1, 4",
      ],
    ],
    [
      "the first write after the start follows the start alone",
      [update("A", null, 1), update("B", 1, 2)],
      ["A wr B: x 1, 1", "A ww B: x 1, 2", "A rw B: x start, 2"].sort(),
    ],
    [
      "only the last write of a transaction is installed",
      [tx("A", [put("x", 1), put("x", 3)]), reader("R", null), reader("S", 3), reader("Q", 1)],
      ["A wr S: x 3, 3", "R rw A: x start, 3"],
    ],
    [
      "what was undone is none",
      [tx("U", [put("x", 1)], aborted), reader("R", 1), reader("S", null), b],
      ["S rw B: x start, 2"],
    ],
    [
      "a write of unknown fate counts where it was read",
      [tx("U", [put("x", 1)], unknown), tx("V", [put("x", 2)], unknown), reader("R", 1), reader("S", null)],
      ["S rw U: x start, 1", "U wr R: x 1, 1"],
    ],
    [
      "a write of which nobody knows whether it was made follows nothing; who reads it follows it",
      [tx("D", [doubtful]), reader("R", null), reader("S", 7)],
      ["D wr S: x 7, 7"],
    ],
    [
      "who reads a version and perhaps writes replaces it for nobody",
      [a, tx("D", [get("x", 1), doubtful]), reader("R", 1)],
      ["A wr D: x 1, 1", "A wr R: x 1, 1"],
    ],
    [
      "who reads what stood there only within a transaction, or what it writes itself later, follows nobody",
      [
        tx("A", [put("x", 1), put("x", 3)]),
        reader("R", 1),
        tx("B", [get("y", 5), put("y", 5)]),
        tx("C", [get("y", 5), put("y", 6)]),
      ],
      ["B wr C: y 5, 5", "B ww C: y 5, 6"],
    ],
    [
      "of one's own write nobody depends",
      [tx("A", [put("x", 1), get("x", 1)]), tx("B", [get("x", 2), put("x", 2)])],
      [],
    ],
    ["a value that two wrote tells nothing", [a, tx("B", [put("x", 1)]), reader("R", 1), update("C", 1, 3)], []],
    [
      "a range without the row precedes who inserted it, by a predicate",
      [tx("A", [insert("x", 1)]), tx("R", [scan("", "", [])]), tx("S", [where(1, [])])],
      ["R predicateRw A: x start, 1", "S predicateRw A: x start, 1"],
    ],
    [
      "a read by predicate that passes a version over follows who wrote it, and precedes who wrote the next",
      [update("A", 4, 5), update("B", 5, 6), tx("R", [where(2, [])])],
      ["A rw B: x start, 6", "A wr B: x 5, 5", "A wr R: x 5, 5", "A ww B: x 5, 6", "R predicateRw B: x 5, 6"],
      new Map([["x", 4]]),
    ],
    [
      "who replaces what it passed over by predicate has not read it as an item",
      [tx("A", [where(2, []), put("x", 2)]), update("B", 2, 4)],
      ["A predicateRw B: x start, 4", "A wr B: x 2, 2", "A ww B: x 2, 4"],
    ],
    [
      "an addition that gave its own operand read 0 or nothing, one of which may never have been",
      [tx("A", [{ op: "add", key: "x", n: 5, seen: 5 }]), reader("R", 5)],
      ["A wr R: x 5, 5"],
    ],
    [
      "an addition that gave its operand read the 0 at the start, where nothing was deleted",
      [tx("A", [{ op: "add", key: "x", n: 5, seen: 5 }]), tx("B", [{ op: "add", key: "x", n: 1, seen: 6 }])],
      ["A rw B: x start, 6", "A wr B: x 5, 5", "A ww B: x 5, 6"],
      new Map([["x", 0]]),
    ],
  ])("%s", (_, history, expected, initial = new Map<string, Json>()) => {
    expect(dependenciesOf(history, { initial })).toEqual(expected);
  });

  const numbered = [
    tx("B", [put("x", 2)], seq(20)),
    tx("A", [put("x", 3), put("x", 1)], seq(10)),
    tx("R", [get("x", null)], seq(1)),
    tx("S", [get("x", 1)], seq(15)),
    tx("Q", [get("x", 2)], seq(25)),
  ];
  const expected = ["A wr S: x 1, 1", "A ww B: x 1, 2", "B wr Q: x 2, 2", "R rw A: x start, 1", "S rw B: x 1, 2"];

  test("writes follow each other by their commit numbers, where every writer has one", () => {
    expect(dependenciesOf(numbered)).toEqual(expected);
  });

  test("by commit numbers, whatever place the history gives to their transactions", () => {
    const [second, first, ...readers] = numbered;
    expect(dependenciesOf([first!, second!, ...readers])).toEqual([
      "A wr S: x 1, 1",
      "A ww B: x 1, 2",
      "B wr Q: x 2, 2",
      "R rw A: x start, 1",
      "S rw B: x 1, 2",
    ]);
  });

  test("by commit numbers, what was undone or of unknown fate and unseen takes no part", () => {
    const absent = [tx("U", [put("x", 8)], aborted), tx("V", [put("x", 9)], unknown)];
    expect(dependenciesOf([...numbered, ...absent])).toEqual(expected);
  });

  test("by commit numbers, a read by predicate precedes who wrote the next version", () => {
    expect(dependenciesOf([tx("A", [insert("x", 1)], seq(2)), tx("R", [scan("", "", [])], seq(1))])).toContain(
      "R predicateRw A: x start, 1",
    );
  });

  test.each<[string, Transaction, string[]]>([
    ["a writer has none", tx("C", [put("x", 4)]), ["R rw C: x start, 4"]],
    ["a writer's writes are in doubt", tx("C", [doubtful], seq(30)), []],
  ])("without commit numbers, or where %s, the certain alone counts", (_, other, more) => {
    const certain = ["A wr S: x 1, 1", "B wr Q: x 2, 2", "R rw A: x start, 1", "R rw B: x start, 2"];
    expect(dependenciesOf(numbered, { useSeq: false })).toEqual(certain);
    expect(dependenciesOf([...numbered, other])).toEqual([...certain, ...more].sort());
  });
});
