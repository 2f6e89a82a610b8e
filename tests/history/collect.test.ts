import { describe, expect, test } from "vitest";
import { collect, initialWriter, type RegisterKey } from "../../conformance/history/isolation/collect.ts";
import { Findings } from "../../conformance/history/isolation/findings.ts";
import { observedWriters } from "../../conformance/history/isolation/lists.ts";
import { observedWritersOf, versionsOf } from "../../conformance/history/isolation/registers.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, put, tx } from "./histories/build.ts";

const aborted = { status: "aborted" } as const;
const unknown = { status: "unknown" } as const;

describe("what a key's operations are sorted into", () => {
  test("each append with who made it, in the order of the history", () => {
    const history = [tx("A", [append("x", 1), append("x", 3)]), tx("B", [append("x", 2)], aborted)];
    const [key] = collect(history, new Map(), new Findings(0)).keys;
    expect(key).toMatchObject({
      appends: [
        { tx: 0, element: 1 },
        { tx: 0, element: 3 },
        { tx: 1, element: 2 },
      ],
    });
  });

  test("a register's start is certain, and no transaction's", () => {
    const [key] = collect([tx("A", [put("x", 1)])], new Map([["x", 5]]), new Findings(0)).keys;
    expect(versionsOf(key as RegisterKey)).toEqual([
      { writer: initialWriter, value: 5, certain: true, intermediate: false },
      { writer: 0, value: 1, certain: true, intermediate: false },
    ]);
  });
});

describe("the transactions whose writes somebody saw", () => {
  const seen = (history: readonly Transaction[], initial: ReadonlyMap<string, Json>) => {
    const { keys } = collect(history, initial, new Findings(0));
    const [key] = keys;
    const found = key!.kind === "list" ? observedWriters(key!) : observedWritersOf(key!);
    return [...found].map((one) => history[one]?.id).sort();
  };

  test.each<[string, Transaction[], string[], Json?]>([
    [
      "of a list: those whose appends any read shows, also one that contradicts the others",
      [
        tx("A", [append("x", 1)], unknown),
        tx("B", [append("x", 2)], unknown),
        tx("C", [append("x", 3)], unknown),
        tx("D", [append("x", 4)], unknown),
        tx("R", [get("x", [7, 1, 2])]),
        tx("S", [get("x", [7, 3])]),
      ],
      ["A", "B", "C"],
    ],
    [
      "of a list: neither the start nor nobody is one of them",
      [tx("A", [append("x", 1)], unknown), tx("R", [get("x", [7, 8])])],
      [],
      [7],
    ],
    [
      "of a register: those whose values were read for sure",
      [
        tx("A", [put("x", 1)], unknown),
        tx("B", [put("x", 2)], unknown),
        tx("C", [put("x", 3)], unknown),
        tx("D", [put("x", 3)], unknown),
        tx("R", [get("x", 1)]),
        tx("S", [get("x", 3)]),
        tx("Q", [get("x", 9)]),
      ],
      ["A"],
    ],
    ["of a register: the start is none of them", [tx("A", [put("x", 1)], unknown), tx("R", [get("x", 5)])], [], 5],
  ])("%s", (_, history, expected, atStart) => {
    expect(seen(history, atStart === undefined ? new Map() : new Map([["x", atStart]]))).toEqual(expected);
  });
});
