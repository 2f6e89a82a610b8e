import { describe, expect, test } from "vitest";
import { type OracleOptions, oracleLimit, serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import { get, put, scan, tx } from "./histories/build.ts";

const none = new Map<string, never>();
const a = tx("A", [put("x", 1)]);
const b = tx("B", [put("y", 1)]);
const unknown = { status: "unknown" } as const;

/** The orders, each in one word. */
function words(history: readonly Transaction[], options?: OracleOptions): string[] {
  return serialOrders(history, none, undefined, options)
    .map((order) => order.join(""))
    .sort();
}

describe("the serial orders of a history", () => {
  test.each<[string, Transaction[], string[]]>([
    ["nothing: the empty one", [], [""]],
    ["two that do not meet: both", [a, b], ["AB", "BA"]],
    ["a reader: behind what it read", [a, tx("R", [get("x", 1)])], ["AR"]],
    ["a reader of what was never there: none", [a, tx("R", [get("x", 2)])], []],
    ["an aborted one: without it", [a, tx("U", [put("x", 2)], { status: "aborted" })], ["A"]],
    ["one of which nobody knows: with it and without", [a, tx("U", [put("y", 2)], unknown)], ["A", "AU", "UA"]],
    [
      "one of which nobody knows, and that was read: with it",
      [tx("U", [put("y", 2)], unknown), tx("R", [get("y", 2)])],
      ["UR"],
    ],
    [
      "one of which nobody knows, and that ended before another began: before that one or not at all",
      [tx("U", [put("y", 2)], { ...unknown, begin: 0, end: 1 }), tx("R", [put("z", 1)], { begin: 2, end: 3 })],
      ["R", "UR"],
    ],
    [
      "one that ended before the other began: in real time",
      [
        { ...a, begin: 5, end: 6 },
        { ...b, begin: 3, end: 4 },
      ],
      ["BA"],
    ],
    [
      "one that ended where the other began: both",
      [
        { ...a, begin: 4, end: 6 },
        { ...b, begin: 3, end: 4 },
      ],
      ["AB", "BA"],
    ],
    [
      "two of one session: in their order",
      [
        { ...b, process: "p" },
        { ...a, process: "p" },
      ],
      ["BA"],
    ],
    [
      "one of which nobody knows, and that came first in its session: first or not at all",
      [
        { ...b, ...unknown, process: "p" },
        { ...a, process: "p" },
      ],
      ["A", "BA"],
    ],
    ["one whose positions contradict each other: as it stands", [{ ...a, begin: 6, end: 5 }], ["A"]],
    [
      "commit numbers: any order",
      [
        { ...a, seq: 2 },
        { ...b, seq: 1 },
      ],
      ["AB", "BA"],
    ],
  ])("of %s", (_, history, orders) => {
    expect(words(history)).toEqual(orders);
  });

  test("need not respect real time or sessions where that is said", () => {
    const late = [
      { ...a, begin: 5, end: 6 },
      { ...b, begin: 3, end: 4 },
    ];
    expect(words(late, { realtime: false })).toEqual(["AB", "BA"]);
    const session = [
      { ...a, process: "p" },
      { ...b, process: "p" },
    ];
    expect(words(session, { process: false })).toEqual(["AB", "BA"]);
  });

  test("respect commit numbers where that is said, as far as there are any", () => {
    const second = { ...a, seq: 2 };
    const first = { ...b, seq: 1 };
    expect(words([second, first], { seq: true })).toEqual(["BA"]);
    expect(words([second, b], { seq: true })).toEqual(["AB", "BA"]);
    expect(words([a, first], { seq: true })).toEqual(["AB", "BA"]);
    // Snapshots from outside may stand at one place.
    expect(words([second, { ...b, seq: 2 }], { seq: true })).toEqual(["AB", "BA"]);
  });

  test("begin on the rows that were there, and leave those that are said", () => {
    const initial = new Map([["x", 1]]);
    const read = tx("R", [scan("", "", [["x", 1]])]);
    expect(serialOrders([read], initial)).toEqual([["R"]]);
    expect(serialOrders([read], none)).toEqual([]);
    const writers = [tx("V", [put("x", 2)]), tx("W", [put("x", 3)])];
    expect(serialOrders(writers, initial, new Map([["x", 3]]))).toEqual([["V", "W"]]);
    expect(serialOrders(writers, initial, initial)).toEqual([]);
  });

  test("are asked of few transactions alone; those that were undone do not count", () => {
    const many = Array.from({ length: oracleLimit + 1 }, (_, n) => tx(`T${n}`, [get("x", n)]));
    expect(() => serialOrders(many, none)).toThrow(
      new RangeError("the oracle tries every order of at most 7 transactions, not of 8"),
    );
    const undone = many.map((one, n) => (n === 0 ? { ...one, status: "aborted" as const } : one));
    expect(serialOrders(undone, none)).toEqual([]);
  });
});
