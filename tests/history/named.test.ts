/** Lost updates (P4) and transactions that vanish (OTV): who is accused of them, in which words, and who is not. */
import { describe, expect, test } from "vitest";
import type { MicroOp, Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, insert, put, scan, tx } from "./histories/build.ts";
import { type Told, told } from "./histories/told.ts";

const seq = (number: number) => ({ seq: number });
const updated = (id: string, from: Json, to: number): Transaction => tx(id, [get("x", from), append("x", to)]);
const replaced = (id: string, from: Json, to: Json): Transaction => tx(id, [get("x", from), put("x", to)]);
const reader = (id: string, ...seen: Json[]) => tx(id, [get("x", seen)]);

/** A cycle among others, without which the checker does not look for these anomalies. */
const elsewhere = [
  tx("Y", [get("k", null), get("l", null), put("k", 1)]),
  tx("Z", [get("k", null), get("l", null), put("l", 1)]),
];

describe("a lost update", () => {
  const lost = (ids: string, state: string): Told => [
    "P4",
    ids,
    `${ids.replaceAll(" ", " and ")} each read x ${state} and wrote it: all but one of these updates rest on a state that was gone`,
  ];

  test.each<[string, Transaction[], Told[]]>([
    ["of an empty list", [updated("A", null, 1), updated("B", [], 2), reader("R", 1, 2)], [lost("A B", "as empty")]],
    [
      "of a list, told by its last element",
      [tx("A", [append("x", 4), append("x", 5)]), updated("B", [4, 5], 1), updated("C", [4, 5], 2)],
      [lost("B C", "up to 5")],
    ],
    [
      "of a list by three, none of whose appends was read",
      [updated("A", null, 1), updated("B", null, 2), updated("C", null, 3)],
      [lost("A B C", "as empty")],
    ],
    ["of a register without a row", [replaced("A", null, 1), replaced("B", null, 2)], [lost("A B", "as null")]],
    [
      "of a value",
      [tx("A", [put("x", { n: 1 })]), replaced("B", { n: 1 }, 2), replaced("C", { n: 1 }, 3)],
      [lost("B C", 'as {"n":1}')],
    ],
    [
      "of a value that three replaced",
      [tx("A", [put("x", 7)]), replaced("B", 7, 1), replaced("C", 7, 2), replaced("D", 7, 3)],
      [lost("B C D", "as 7")],
    ],
    [
      "of each state that two replaced, and of no other",
      [
        replaced("A", null, 1),
        replaced("B", null, 2),
        replaced("C", 1, 3),
        replaced("D", 1, 4),
        replaced("E", 2, 5),
        replaced("F", 5, 6),
      ],
      [lost("A B", "as null"), lost("C D", "as 1")],
    ],
  ])("%s", (_, history, expected) => {
    expect(told(history)).toEqual(expected);
  });

  test.each<[string, Transaction[]]>([
    [
      "who reads a list by predicate before appending to it",
      [tx("A", [scan("x", "y", []), append("x", 1)]), tx("B", [scan("x", "y", []), append("x", 2)])],
    ],
    [
      "who reads and appends to another list",
      [tx("A", [get("x", null), append("w", 1)]), tx("B", [get("x", null), append("w", 2)]), tx("C", [append("x", 3)])],
    ],
    [
      "who reads a list twice and appends nothing",
      [tx("A", [append("x", 1)]), tx("B", [get("x", [1]), get("x", [1])]), tx("C", [get("x", [1]), get("x", [1])])],
    ],
    [
      "who reads a list after appending to it",
      [tx("A", [append("x", 1), get("x", [1]), append("x", 2)]), tx("B", [get("x", null), append("x", 3)])],
    ],
    ["who updates what another has left", [updated("A", null, 1), updated("B", [1], 2), updated("C", [1, 2], 3)]],
    [
      "who reads a row by predicate before writing it",
      [tx("A", [scan("x", "y", []), put("x", 1)]), tx("B", [scan("x", "y", []), put("x", 2)])],
    ],
    [
      "who reads a register and writes another",
      [tx("A", [get("x", null), put("w", 1)]), tx("B", [get("x", null), put("w", 2)]), tx("C", [put("x", 3)])],
    ],
  ])("is not told of %s", (_, history) => {
    expect(told([...elsewhere, ...history]).filter(([name]) => name === "P4")).toEqual([]);
  });
});

describe("a transaction that vanishes", () => {
  const vanished = (reader: string, writer: string, at: string, later: string): Told => [
    "OTV",
    `${reader} ${writer}`,
    `${reader} saw ${writer} at ${at}, and then did not see it at ${later}`,
  ];
  const lists = tx("A", [append("x", 1), append("y", 1), append("z", 1)]);
  const rows = tx("A", [put("x", 1), put("y", 1), put("z", 1)]);
  const listsLater = tx("S", [get("x", [1]), get("y", [1]), get("z", [1])]);
  const writer = (...ops: MicroOp[]) => tx("A", [...ops, put("w", 1)]);
  /** On a cycle with A whatever it does: it read w before A wrote it, and sees A afterwards. */
  const onCycle = (...ops: MicroOp[]) => tx("R", [get("w", null), ...ops]);
  const replaced = (id: string, from: Json, to: Json): Transaction => tx(id, [get("y", from), put("y", to)]);

  test.each<[string, Transaction[], Told[]]>([
    ["from a list", [lists, listsLater, tx("R", [get("x", [1]), get("y", null)])], [vanished("R", "A", "x", "y")]],
    [
      "from a list, in whatever order the lists came into the history",
      [lists, listsLater, tx("R", [get("z", [1]), get("x", null)])],
      [vanished("R", "A", "z", "x")],
    ],
    [
      "told by where it was seen first",
      [lists, listsLater, tx("R", [get("x", [1]), get("y", [1]), get("z", null)])],
      [vanished("R", "A", "x", "z")],
    ],
    [
      "from a list that shows it further back than at its end",
      [
        lists,
        tx("B", [append("x", 2), append("y", 2)]),
        tx("S", [get("y", [1, 2])]),
        tx("R", [get("x", [1, 2]), get("y", null)]),
      ],
      [vanished("R", "A", "x", "y")],
    ],
    [
      "after something else was read",
      [lists, listsLater, tx("R", [get("k", null), get("x", [1]), get("y", null)])],
      [vanished("R", "A", "x", "y")],
    ],
    [
      "once of each reader",
      [lists, listsLater, tx("R", [get("x", [1]), get("y", null), get("z", null)])],
      [vanished("R", "A", "x", "y")],
    ],
    ["from a register", [rows, tx("R", [get("x", 1), get("y", null)])], [vanished("R", "A", "x", "y")]],
    [
      "from a register that it wrote twice",
      [tx("A", [put("x", 1), put("y", 1), put("y", 2)]), tx("R", [get("x", 1), get("y", null)])],
      [vanished("R", "A", "x", "y")],
    ],
    [
      "from a register whose earlier version it replaced",
      [tx("V", [put("y", 7)]), tx("A", [put("x", 1), get("y", 7), put("y", 1)]), tx("R", [get("x", 1), get("y", 7)])],
      [vanished("R", "A", "x", "y")],
    ],
    [
      "from a register whose earlier version it replaced by the commit numbers, itself replaced since",
      [
        tx("V", [put("y", 7)], seq(1)),
        tx("A", [put("x", 1), put("y", 1)], seq(2)),
        tx("B", [put("y", 2)], seq(3)),
        tx("R", [get("x", 1), get("y", 7)], seq(4)),
      ],
      [vanished("R", "A", "x", "y")],
    ],
  ])("%s", (_, history, expected) => {
    expect(told(history)).toEqual(expected);
  });

  test.each<[string, Transaction[]]>([
    ["is seen only afterwards in lists", [lists, listsLater, tx("R", [get("y", null), get("x", [1])])]],
    [
      "is seen only after two lists without it",
      [lists, listsLater, tx("R", [get("x", null), get("y", null), get("z", [1])])],
    ],
    ["is seen only afterwards in registers", [rows, tx("R", [get("y", null), get("x", 1)])]],
    [
      "is hidden from a read of a range of lists, which is a predicate's",
      [lists, listsLater, tx("R", [get("x", [1]), scan("y", "z", [])])],
    ],
    [
      "is hidden from a read of a range of rows, which is a predicate's",
      [tx("A", [put("x", 1), insert("y", 1)]), tx("R", [get("x", 1), scan("y", "z", [])])],
    ],
    [
      "left a version that was replaced since",
      [writer(put("x", 1), put("y", 1)), replaced("B", 1, 2), onCycle(get("x", 1), get("y", 2))],
    ],
    [
      "left a version that was replaced since, by one that was replaced too",
      [writer(put("x", 1), put("y", 1)), replaced("B", 1, 2), replaced("C", 2, 3), onCycle(get("x", 1), get("y", 2))],
    ],
    [
      "left a version that was replaced since, by the commit numbers",
      [
        { ...writer(put("x", 1), put("y", 1)), seq: 1 },
        tx("B", [put("y", 2)], seq(2)),
        tx("C", [put("y", 3)], seq(3)),
        { ...onCycle(get("x", 1), get("y", 2)), seq: 4 },
      ],
    ],
    [
      "may not have written at all",
      [writer(put("x", 1), { op: "insert", key: "y", value: 1 }), onCycle(get("x", 1), get("y", null))],
    ],
    [
      "is its own reader",
      [
        tx("R", [get("x", [1]), get("y", null), append("x", 1), append("y", 1)]),
        tx("B", [get("y", null), append("y", 2)]),
        tx("S", [get("y", [1, 2])]),
      ],
    ],
    [
      "is nobody, whose element was there and is not",
      [
        tx("A", [append("x", 1), append("y", 1), append("w", 1)]),
        tx("S", [get("x", [1, 9]), get("y", [1, 9]), get("w", [1])]),
        onCycle(get("x", [1, 9]), get("y", [1])),
      ],
    ],
    [
      "was undone, by a reader of lists on no cycle",
      [
        ...elsewhere,
        tx("A", [append("x", 1), append("v", 1)], { status: "aborted" }),
        tx("S", [get("v", [1])]),
        tx("R", [get("x", [1]), get("v", null)]),
      ],
    ],
    [
      "was undone, by a reader of a list and a register on no cycle",
      [
        ...elsewhere,
        tx("A", [append("x", 1), put("v", 1)], { status: "aborted" }),
        tx("R", [get("x", [1]), get("v", null)]),
      ],
    ],
  ])("is not told of one that %s", (_, history) => {
    expect(told(history).filter(([name]) => name === "OTV")).toEqual([]);
  });
});
