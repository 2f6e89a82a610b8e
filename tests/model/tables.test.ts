import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byCodePoint, Tables, Transaction } from "../../conformance/model/tables.ts";

const committed = (tables: Tables, write: (tx: Transaction) => void): number => {
  const tx = new Transaction(tables);
  write(tx);
  return tables.commit(tx.writes);
};

describe("a transaction", () => {
  test("reads its own writes, which nobody else sees before the commit", () => {
    const tables = new Tables();
    committed(tables, (tx) => tx.put("t", "a", 1));
    const tx = new Transaction(tables);
    tx.put("t", "a", 2);
    tx.insert("t", "b", 3);
    expect([tx.get("t", "a"), tx.get("t", "b"), tx.scan("t")]).toEqual([
      2,
      3,
      [
        ["a", 2],
        ["b", 3],
      ],
    ]);
    expect([tables.row("t", "a"), tables.row("t", "b"), tables.seq]).toEqual([1, undefined, 1]);
    tables.commit(tx.writes);
    expect(tables.rowsAt("t", 2)).toEqual([
      ["a", 2],
      ["b", 3],
    ]);
  });

  test("refuses to insert where there is a row, its own too, and not where it removed one", () => {
    const tables = new Tables();
    committed(tables, (tx) => tx.put("t", "a", 1));
    const tx = new Transaction(tables);
    const insert = (key: string) => () => tx.insert("t", key, 9);
    expect(insert("a")).toThrow("unique-violation");
    insert("b")();
    expect(insert("b")).toThrow("unique-violation");
    expect([tx.remove("t", "a"), tx.remove("t", "a"), tx.get("t", "a")]).toEqual([true, false, undefined]);
    expect(insert("a")).not.toThrow();
  });

  test("scans from a key up to another, which is left out; an empty one is no bound", () => {
    const tx = new Transaction(new Tables());
    for (const key of ["b", "a", "c", "ab"]) tx.put("t", key, key);
    const keys = (from?: string, to?: string) => tx.scan("t", from, to).map(([key]) => key);
    expect([keys(), keys("ab"), keys("ab", "c"), keys("", "b"), keys("c", "a")]).toEqual([
      ["a", "ab", "b", "c"],
      ["ab", "b", "c"],
      ["ab", "b"],
      ["a", "ab"],
      [],
    ]);
  });

  test("leaves out of a scan what it has removed", () => {
    const tables = new Tables();
    committed(tables, (tx) => tx.put("t", "a", 1));
    const tx = new Transaction(tables);
    tx.remove("t", "a");
    expect(tx.scan("t")).toEqual([]);
  });
});

describe("tables", () => {
  test("show every version at its seq", () => {
    const tables = new Tables();
    committed(tables, (tx) => tx.put("t", "a", 1));
    committed(tables, (tx) => tx.put("other", "a", 0));
    committed(tables, (tx) => {
      tx.put("t", "a", 2);
      tx.put("t", "b", 2);
    });
    committed(tables, (tx) => void tx.remove("t", "a"));
    expect([0, 1, 2, 3, 4].map((seq) => tables.rowsAt("t", seq))).toEqual([
      [],
      [["a", 1]],
      [["a", 1]],
      [
        ["a", 2],
        ["b", 2],
      ],
      [["b", 2]],
    ]);
  });

  test("take a seq for a commit that wrote nothing", () => {
    const tables = new Tables();
    expect([committed(tables, () => {}), committed(tables, () => {}), tables.seq]).toEqual([1, 2, 2]);
  });

  test("copied stand as they are now, and go on by themselves", () => {
    const tables = new Tables();
    committed(tables, (tx) => tx.put("t", "a", 1));
    const copy = tables.copy();
    committed(copy, (tx) => tx.put("t", "b", 2));
    expect([copy.seq, copy.rowsAt("t", 2), tables.seq, tables.rowsAt("t", 9)]).toEqual([
      2,
      [
        ["a", 1],
        ["b", 2],
      ],
      1,
      [["a", 1]],
    ]);
  });
});

describe("the order of keys", () => {
  test("is that of code points, which is not that of UTF-16 beyond U+FFFF", () => {
    const keys = ["\u{1f600}", "\uffff", "\ue000", "z", "", "za"];
    expect("\u{1f600}" < "\uffff").toBe(true);
    expect(keys.toSorted(byCodePoint)).toEqual(["", "z", "za", "\ue000", "\uffff", "\u{1f600}"]);
    const tx = new Transaction(new Tables());
    for (const key of keys) tx.put("t", key, null);
    expect(tx.scan("t", "\uffff").map(([key]) => key)).toEqual(["\uffff", "\u{1f600}"]);
  });

  test("is that of the UTF-8 bytes", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 6 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(byCodePoint(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});
