import { describe, expect, test } from "vitest";
import { type ReplayFault, replayInCommitOrder } from "../../conformance/history/isolation/replay.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { append, get, put, scan, tx } from "./histories/build.ts";

const write = tx("W", [put("x", 1)], { seq: 1 });
const read = (seen: Json, seq: number) => tx("R", [get("x", seen)], { seq });
const outside = (id: string) => tx(id, [scan("", "", [["x", 1]])], { seq: 1.5 });

describe("a replay in the order of commits", () => {
  test.each<[string, Transaction[]]>([
    ["in whatever order they are listed", [read(1, 2), write]],
    ["one that came first in that order and read from before", [write, read(null, 0)]],
    ["snapshots from outside that stand at one place", [write, outside("read 1"), outside("read 2")]],
    [
      "one that had ended just where an earlier commit began",
      [
        { ...write, begin: 5, end: 6 },
        { ...read(1, 2), begin: 0, end: 5 },
      ],
    ],
    [
      "one that was undone, of which nothing is left",
      [tx("U", [put("x", 7)], { status: "aborted" }), write, read(1, 2)],
    ],
  ])("accepts %s", (_, history) => {
    expect(replayInCommitOrder(history)).toBeUndefined();
  });

  test.each<[ReplayFault["kind"], Transaction[], string[], string]>([
    ["unnumbered", [write, tx("R", [get("x", 1)])], ["R"], "R has no commit number to replay it at"],
    ["number-taken-twice", [write, read(1, 1)], ["W", "R"], "W and R are both commit 1"],
    [
      "seen-otherwise",
      [write, read(null, 2)],
      ["R"],
      'R (commit 2) saw null from get("x"); replayed in commit order it gives 1',
    ],
    [
      "against-real-time",
      [
        { ...write, begin: 5, end: 6 },
        { ...read(1, 2), begin: 0, end: 1 },
      ],
      ["W", "R"],
      "R had ended (event 1) before W began (event 5), and yet its commit 2 comes after 1",
    ],
    [
      "seen-otherwise",
      [tx("W", [put("x", "a text")], { seq: 1 }), tx("A", [append("x", 1)], { seq: 2 })],
      ["A"],
      'A (commit 2) saw nothing from append("x", 1); replayed in commit order it fails',
    ],
    [
      "seen-otherwise",
      [tx("W", [put("x", "a text")], { seq: 1 }), tx("A", [{ op: "add", key: "x", n: 1 }], { seq: 2 })],
      ["A"],
      'A (commit 2) saw nothing from add("x", 1); replayed in commit order it fails',
    ],
    [
      "against-real-time",
      [
        tx("late", [put("x", 1)], { seq: 1, begin: 10, end: 12 }),
        tx("long", [put("y", 1)], { seq: 2, begin: 5, end: 20 }),
        tx("early", [put("z", 1)], { seq: 3, begin: 0, end: 8 }),
      ],
      ["late", "early"],
      "early had ended (event 8) before late began (event 10), and yet its commit 3 comes after 1",
    ],
  ])("tells %s", (kind, history, transactions, message) => {
    expect(replayInCommitOrder(history)).toEqual({ kind, transactions, message });
  });

  test("begins on the rows that were there", () => {
    const history = [write, tx("R", [get("y", 2)], { seq: 2 })];
    expect(replayInCommitOrder(history)).toMatchObject({ kind: "seen-otherwise" });
    expect(replayInCommitOrder(history, new Map([["y", 2]]))).toBeUndefined();
  });
});
