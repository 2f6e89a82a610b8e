/** What people read of a cycle: one whole sentence for each kind of edge, as lists and registers tell it. */
import { describe, expect, test } from "vitest";
import type { EdgeKind } from "../../conformance/history/isolation/anomaly.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import type { Order } from "../../conformance/history/isolation/orders.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import { cycleToDot } from "../../conformance/history/isolation/words.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, put, scan, tx, where } from "./histories/build.ts";

interface Told {
  readonly what: string;
  readonly orders: readonly Order[];
  readonly initial?: readonly [string, Json][];
  readonly history: readonly Transaction[];
  readonly class: string;
  readonly kinds: readonly EdgeKind[];
  readonly message: string;
}

const early = { begin: 0, end: 1 };
const late = { begin: 5, end: 6 };
const inP = { process: "p" };

const cases: readonly Told[] = [
  {
    what: "a session that reads what it writes only later",
    orders: ["process"],
    history: [tx("A", [get("x", 1)], inP), tx("B", [put("x", 1)], inP)],
    class: "G1c-process",
    kinds: ["wr", "process"],
    message: "B < A, because A read 1 at x, which B wrote; but A < B, because A came first in p",
  },
  {
    what: "a read of a list from the future",
    orders: ["realtime"],
    history: [tx("A", [get("x", [1])], early), tx("B", [append("x", 1)], late)],
    class: "G1c-realtime",
    kinds: ["wr", "realtime"],
    message:
      "B < A, because A read 1 at x, which B appended; but A < B, because A had ended (event 1) before B began (event 5)",
  },
  {
    what: "a read of a later commit",
    orders: ["seq"],
    history: [tx("A", [get("x", "one")], { seq: 1 }), tx("B", [put("x", "one")], { seq: 2 })],
    class: "G1c-seq",
    kinds: ["wr", "seq"],
    message: 'B < A, because A read "one" at x, which B wrote; but A < B, because A was commit 1 and B commit 2',
  },
  {
    what: "appends in two orders",
    orders: [],
    history: [
      tx("A", [append("x", 1), append("y", 10)]),
      tx("B", [append("x", 2), append("y", 20)]),
      tx("R", [get("x", [1, 2]), get("y", [20, 10])]),
    ],
    class: "G0",
    kinds: ["ww", "ww"],
    message: "A < B, because B appended 2 at x after A's 1; but B < A, because A appended 10 at y after B's 20",
  },
  {
    what: "a session whose commits are numbered backwards",
    orders: ["process", "seq"],
    history: [tx("B", [put("x", 2)], { ...inP, seq: 2 }), tx("A", [put("x", 1)], { ...inP, seq: 1 })],
    class: "G0-process",
    kinds: ["ww", "process"],
    message: "A < B, because B wrote 2 at x after A's 1; but B < A, because B came first in p",
  },
  {
    what: "a stale read of a row that was not there",
    orders: ["realtime"],
    history: [tx("A", [get("x", null)], late), tx("B", [put("x", 1)], early)],
    class: "G-single-item-realtime",
    kinds: ["rw", "realtime"],
    message:
      "A < B, because A read the initial state at x, without the 1 that B wrote next; but B < A, because B had ended (event 1) before A began (event 5)",
  },
  {
    what: "a stale read of a row that was there before the history",
    orders: ["realtime"],
    initial: [["x", 7]],
    history: [tx("A", [get("x", 7)], late), tx("B", [put("x", 1)], early)],
    class: "G-single-item-realtime",
    kinds: ["rw", "realtime"],
    message:
      "A < B, because A read the initial state at x, without the 1 that B wrote next; but B < A, because B had ended (event 1) before A began (event 5)",
  },
  {
    what: "a stale read of a row that was overwritten",
    orders: ["seq"],
    history: [
      tx("W", [put("x", 1)], { seq: 1 }),
      tx("B", [put("x", 2)], { seq: 2 }),
      tx("A", [get("x", 1)], { seq: 3 }),
    ],
    class: "G-single-item-seq",
    kinds: ["rw", "seq"],
    message:
      "A < B, because A read 1 at x, without the 2 that B wrote next; but B < A, because B was commit 2 and A commit 3",
  },
  {
    what: "a stale read of a list",
    orders: ["seq"],
    history: [
      tx("W", [append("x", 1)], { seq: 1 }),
      tx("B", [append("x", 2)], { seq: 2 }),
      tx("A", [get("x", [1])], { seq: 3 }),
      tx("R", [get("x", [1, 2])], { seq: 4 }),
    ],
    class: "G-single-item-seq",
    kinds: ["rw", "seq"],
    message:
      "A < B, because A read the list up to 1 at x, without the 2 that B appended next; but B < A, because B was commit 2 and A commit 3",
  },
  {
    what: "a predicate that finds a row as it was",
    orders: ["seq"],
    initial: [["x", 6]],
    history: [
      tx("W", [put("x", 1)], { seq: 1 }),
      tx("B", [put("x", 3)], { seq: 2 }),
      tx("A", [where(3, [])], { seq: 3 }),
    ],
    class: "G-single-seq",
    kinds: ["predicate-rw", "seq"],
    message:
      "A < B, because A, reading by predicate, found 1 at x and so did not select the row of B, which wrote 3; but B < A, because B was commit 2 and A commit 3",
  },
  {
    what: "a range that lacks a list",
    orders: ["realtime"],
    history: [tx("A", [scan("l", "m", [])], late), tx("B", [append("l1", "an element")], early)],
    class: "G-single-realtime",
    kinds: ["predicate-rw", "realtime"],
    message:
      'A < B, because A, reading by predicate, found the initial state at l1 and so did not select the row of B, which appended "an element"; but B < A, because B had ended (event 1) before A began (event 5)',
  },
  {
    what: "information that flows in a ring of three",
    orders: [],
    history: [
      tx("A", [put("x", 1), get("z", 3)]),
      tx("B", [put("y", 2), get("x", 1)]),
      tx("C", [put("z", 3), get("y", 2)]),
    ],
    class: "G1c",
    kinds: ["wr", "wr", "wr"],
    message:
      "A < B, because B read 1 at x, which A wrote; B < C, because C read 2 at y, which B wrote; but C < A, because A read 3 at z, which C wrote",
  },
  {
    what: "many readers of a list, each of which lacks what others append next",
    orders: ["realtime"],
    history: [
      tx("A", [get("x", null)], late),
      tx("B", [get("x", null)], late),
      tx("C", [append("x", 1)], early),
      tx("D", [append("x", 2)]),
    ],
    class: "G-single-item-realtime",
    kinds: ["rw", "realtime"],
    message:
      "A < C, because A read the initial state at x, without the 1 that C appended next; but C < A, because C had ended (event 1) before A began (event 5)",
  },
];

describe("the account of a cycle", () => {
  test.each(cases)("of $what", ({ orders, initial, history, class: name, kinds, message }) => {
    const { anomalies } = checkIsolation(history, { orders, initial: new Map(initial) });
    const found = anomalies.find(({ cycle }) => cycle !== undefined);
    expect(found).toMatchObject({ class: name, message });
    const cycle = found!.cycle!;
    expect(cycle.map(({ kind }) => kind)).toEqual(kinds);
    expect(found!.transactions).toEqual(cycle.map(({ from }) => from));
    expect(cycle.map(({ to }) => to)).toEqual([...found!.transactions.slice(1), found!.transactions[0]]);
  });
});

describe("a cycle as DOT", () => {
  test("is no text where the anomaly has none", () => {
    expect(cycleToDot({ class: "G1a", transactions: ["A"], message: "A read what B had undone" })).toBe("");
  });

  test("keeps names and reasons that hold quotes, backslashes and line breaks, each time", () => {
    const name = 'a "call" of C:\\temp\\x\nand more';
    const { anomalies } = checkIsolation([tx(name, [put("x", 1), get("y", 2)]), tx("B", [put("y", 2), get("x", 1)])]);
    const written = 'a \\"call\\" of C:\\\\temp\\\\x\\nand more';
    expect(cycleToDot(anomalies[0]!)).toBe(
      [
        'digraph "G1c" {',
        `  "${written}" -> "B" [label="wr", tooltip="B read 1 at x, which ${written} wrote"];`,
        `  "B" -> "${written}" [label="wr", tooltip="${written} read 2 at y, which B wrote"];`,
        "}",
        "",
      ].join("\n"),
    );
  });
});
