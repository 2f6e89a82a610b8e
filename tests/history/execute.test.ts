/** The meaning of each operation, as `modules/script` has it, on a few cells. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  describeOp,
  execute,
  firstContradiction,
  sameCells,
  stateOf,
} from "../../conformance/history/isolation/execute.ts";
import { compareKeys, type MicroOp } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";

type Cells = Record<string, Json>;

const cellsOf = (cells: Cells) => new Map(Object.entries(cells));
const run = (op: MicroOp, cells: Cells) => {
  const state = stateOf(cellsOf(cells));
  return { observed: execute(state, op), cells: Object.fromEntries(state.cells) };
};

const mixed: Cells = { a: 2, b: "2", c: [2], d: null, e: 3, f: 2 };

describe("an operation", () => {
  test.each<[string, MicroOp, Cells, Json, Cells]>([
    ["get gives the value", { op: "get", key: "x" }, { x: [1] }, [1], { x: [1] }],
    ["get gives null where there is no row", { op: "get", key: "x" }, { y: 1 }, null, { y: 1 }],
    ["put makes a row", { op: "put", key: "x", value: 1 }, {}, null, { x: 1 }],
    ["put takes the place of a value", { op: "put", key: "x", value: 1 }, { x: "a" }, null, { x: 1 }],
    ["add begins at 0", { op: "add", key: "x", n: 5 }, {}, 5, { x: 5 }],
    ["add gives the sum", { op: "add", key: "x", n: -5 }, { x: 3 }, -2, { x: -2 }],
    ["append begins a list", { op: "append", key: "x", element: 1 }, {}, null, { x: [1] }],
    ["append adds at the end", { op: "append", key: "x", element: 1 }, { x: [2] }, null, { x: [2, 1] }],
    ["insert takes a free key", { op: "insert", key: "x", value: 1 }, {}, true, { x: 1 }],
    ["insert leaves a row, also of null", { op: "insert", key: "x", value: 1 }, { x: null }, false, { x: null }],
    ["delete takes a row away", { op: "delete", key: "x" }, { x: 1, y: 2 }, true, { y: 2 }],
    ["delete may find none", { op: "delete", key: "x" }, { y: 2 }, false, { y: 2 }],
    [
      "scan gives the rows from one key up to another",
      { op: "scan", from: "b", to: "d" },
      mixed,
      [
        ["b", "2"],
        ["c", [2]],
      ],
      mixed,
    ],
    [
      "scan without an end gives all from a key on",
      { op: "scan", from: "e", to: "" },
      mixed,
      [
        ["e", 3],
        ["f", 2],
      ],
      mixed,
    ],
    [
      "where gives the numbers that can be divided",
      { op: "where", divisor: 2 },
      mixed,
      [
        ["a", 2],
        ["f", 2],
      ],
      mixed,
    ],
    ["addAll adds to every number and counts them", { op: "addAll", n: 1 }, mixed, 3, { ...mixed, a: 3, e: 4, f: 3 }],
    [
      "deleteWhere deletes what is that number",
      { op: "deleteWhere", value: 2 },
      mixed,
      2,
      { b: "2", c: [2], d: null, e: 3 },
    ],
  ])("%s", (_, op, before, observed, after) => {
    expect(run(op, before)).toEqual({ observed, cells: after });
  });

  test.each<[string, MicroOp, Cells]>([
    ["add to a text", { op: "add", key: "x", n: 1 }, { x: "1" }],
    ["add to null, which is no number", { op: "add", key: "x", n: 1 }, { x: null }],
    ["append to a number", { op: "append", key: "x", element: 1 }, { x: 1 }],
    ["append to null, which is no list", { op: "append", key: "x", element: 1 }, { x: null }],
  ])("fails and leaves the cells as they were: %s", (_, op, before) => {
    expect(run(op, before)).toEqual({ observed: undefined, cells: before });
  });

  test("record counts, beside the cells", () => {
    const state = stateOf(cellsOf({ x: 1 }));
    const record: MicroOp = { op: "record", token: "t" };
    expect([execute(state, record), execute(state, record)]).toEqual([1, 2]);
    expect(state).toEqual({ cells: cellsOf({ x: 1 }), recorded: 2 });
  });

  test("works on a copy of the cells that it was given", () => {
    const given = cellsOf({ x: 1 });
    execute(stateOf(given), { op: "put", key: "x", value: 2 });
    expect(given).toEqual(cellsOf({ x: 1 }));
  });

  test("gives rows in the order of their keys, in whatever order they were written (200 runs)", () => {
    const keys = fc.uniqueArray(fc.string({ maxLength: 3 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(keys, (written) => {
        const state = stateOf(new Map(written.map((key) => [key, 2])));
        const ordered = written.toSorted(compareKeys).map((key) => [key, 2]);
        expect(execute(state, { op: "scan", from: "", to: "" })).toEqual(ordered);
        expect(execute(state, { op: "where", divisor: 1 })).toEqual(ordered);
      }),
      { seed: 20261123, numRuns: 200 },
    );
  });
});

describe("a transaction", () => {
  const put: MicroOp = { op: "put", key: "x", value: 1 };

  test("is contradicted by the first operation that saw something else", () => {
    const [first, second]: MicroOp[] = [
      { op: "get", key: "x", seen: 2 },
      { op: "get", key: "x", seen: 3 },
    ];
    expect(firstContradiction(stateOf(new Map()), [put, first!, second!])).toEqual({ op: first, executed: 1 });
  });

  test("is contradicted by an operation that would fail, although nothing was seen of it", () => {
    const op: MicroOp = { op: "append", key: "x", element: 2 };
    expect(firstContradiction(stateOf(new Map()), [put, op])).toEqual({ op, executed: undefined });
  });

  test("is not contradicted by what it saw as it is, or did not see", () => {
    const ops: MicroOp[] = [put, { op: "get", key: "x" }, { op: "get", key: "x", seen: 1 }];
    expect(firstContradiction(stateOf(new Map()), ops)).toBeUndefined();
  });
});

test.each<[boolean, string, Cells, Cells]>([
  [true, "none", {}, {}],
  [true, "the same, written in another order", { x: 1, y: { a: 1, b: 2 } }, { y: { b: 2, a: 1 }, x: 1 }],
  [false, "another value", { x: 1 }, { x: 2 }],
  [false, "a row more", { x: 1 }, { x: 1, y: 1 }],
  [false, "a row less", { x: 1, y: 1 }, { x: 1 }],
  [false, "as many, under another key", { x: 1 }, { y: 1 }],
  [false, "null and no row", { x: null, y: 1 }, { y: 1, z: null }],
])("that two sets of cells are the same is %s of %s", (areSame, _, one, other) => {
  expect(sameCells(cellsOf(one), cellsOf(other))).toBe(areSame);
});

test.each<[MicroOp, string]>([
  [{ op: "get", key: "x", seen: [1] }, 'get("x")'],
  [{ op: "put", key: "x", value: { b: 1, a: null } }, 'put("x", {"a":null,"b":1})'],
  [{ op: "scan", from: "a", to: "", seen: [] }, 'scan("a", "")'],
  [{ op: "record", token: "t", seen: 1 }, 'record("t")'],
])("an operation is written as its name and operands, without what it observed: %j", (op, words) => {
  expect(describeOp(op)).toBe(words);
});
