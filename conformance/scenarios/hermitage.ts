import { isolationFault } from "../judge/isolation.ts";
import type { Op } from "../model/programs/script.ts";
import { expectThat } from "./expect.ts";
import { type Overlap, type Part, type Placement, playOverlap } from "./overlap.ts";
import { maxHeld, returns, secondBeginAttempted } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { type Reason, Violation } from "./violation.ts";

/** One of the ways in which Hermitage tells isolation levels apart, on its two rows. */
interface Case {
  readonly requirement: string;
  /** Told apart by a number where a requirement has several. */
  readonly name: string;
  readonly title: string;
  readonly reason: Reason;
  readonly overlap: Overlap;
}

const initial = [
  ["1", 10],
  ["2", 20],
] as const;

const withKey = new Set(["get", "put", "add", "insert", "delete"]);

/** A transaction's operations, as words: `get 1; put 2 21`. */
function part(words: string): Part {
  const ops = words.split("; ").map((one): Op => {
    const [name, ...operands] = one.split(" ") as [string, ...string[]];
    if (name === "scan") return ["scan", "", ""];
    return [name, ...operands.map((operand, index) => (index === 0 && withKey.has(name) ? operand : Number(operand)))];
  });
  return { ops };
}

const cases: readonly Case[] = [
  {
    requirement: "isolation/no-dirty-write",
    name: "g0",
    title: "two writers of the same two rows",
    reason: "dirty-write",
    overlap: {
      initial,
      parts: [part("put 1 11; put 2 21"), part("put 1 12; put 2 22")],
      order: [0, 0, 1, 1, 0, 1],
    },
  },
  {
    requirement: "isolation/no-aborted-read",
    name: "g1a",
    title: "a reader of a row whose writer is undone",
    reason: "aborted-read",
    overlap: {
      initial,
      parts: [part("put 1 101; abort"), part("get 1; get 2; get 1")],
      order: [0, 0, 1, 1, 0, 1],
    },
  },
  {
    requirement: "isolation/no-intermediate-read",
    name: "g1b",
    title: "a reader of a row that its writer writes twice",
    reason: "intermediate-read",
    overlap: {
      initial,
      parts: [part("put 1 101; put 1 11"), part("get 1; get 2; get 1")],
      order: [0, 0, 1, 1, 0, 1],
    },
  },
  {
    requirement: "isolation/no-circular-information-flow",
    name: "g1c",
    title: "two transactions that each read the row that the other writes",
    reason: "circular-information-flow",
    overlap: {
      initial,
      parts: [part("put 1 11; get 2"), part("put 2 22; get 1")],
      order: [0, 0, 1, 1, 0, 1],
    },
  },
  {
    requirement: "isolation/observed-transaction-never-vanishes",
    name: "otv",
    title: "a reader among two writers of the same rows",
    reason: "vanished-transaction",
    overlap: {
      initial,
      parts: [part("put 1 11; put 2 19"), part("put 1 12; put 2 18"), part("get 1; get 2; get 2; get 1")],
      order: [0, 0, 0, 1, 1, 0, 2, 2, 1, 2, 2],
    },
  },
  {
    requirement: "isolation/no-phantom-in-predicate-read",
    name: "pmp-read",
    title: "two predicate reads among which a matching row is inserted",
    reason: "phantom",
    overlap: {
      initial,
      parts: [part("where 30; where 3"), part("insert 3 30")],
      order: [0, 0, 1, 1, 0],
    },
  },
  {
    requirement: "isolation/no-phantom-in-predicate-read",
    name: "pmp-write",
    title: "a write of all rows against a deletion by value",
    reason: "phantom",
    overlap: {
      initial,
      parts: [part("addAll 10; scan"), part("where 20; deleteWhere 20; scan")],
      order: [0, 1, 1, 0, 0, 1, 1],
    },
  },
  {
    requirement: "isolation/no-lost-update",
    name: "p4",
    title: "two transactions that read one row and write it back raised",
    reason: "lost-update",
    overlap: {
      initial,
      parts: [part("get 1; add 1 1"), part("get 1; add 1 1")],
      order: [0, 1, 0, 1, 0, 1],
    },
  },
  {
    requirement: "isolation/no-read-skew",
    name: "g-single",
    title: "a reader of two rows between whose reads both are written",
    reason: "read-skew",
    overlap: {
      initial,
      parts: [part("get 1; get 2"), part("get 1; get 2; put 1 12; put 2 18")],
      order: [0, 0, 1, 1, 1, 1, 1, 0],
    },
  },
  {
    requirement: "isolation/no-write-skew",
    name: "g2-item",
    title: "two transactions that read two rows and write one each",
    reason: "write-skew",
    overlap: {
      initial,
      parts: [part("get 1; get 2; put 1 11"), part("get 1; get 2; put 2 21")],
      order: [0, 1, 0, 1, 0, 1, 0, 1],
    },
  },
  {
    requirement: "isolation/no-anti-dependency-cycle",
    name: "g2",
    title: "two transactions that each insert what the other's predicate matches",
    reason: "anti-dependency-cycle",
    overlap: {
      initial,
      parts: [part("where 3; insert 3 30"), part("where 3; insert 4 42")],
      order: [0, 1, 0, 1, 0, 1],
    },
  },
  {
    requirement: "isolation/no-anti-dependency-cycle",
    name: "g2-three",
    title: "a reader that sees one of two writers, the other of which saw neither",
    reason: "anti-dependency-cycle",
    overlap: {
      initial,
      parts: [part("get 1; get 2; put 1 0"), part("add 2 5"), part("get 1; get 2")],
      order: [0, 0, 0, 1, 1, 2, 2, 2, 0],
    },
  },
];

const placements: readonly { readonly placement: Placement; readonly variant: string; readonly where: string }[] = [
  { placement: "pool", variant: "overlapping", where: "on the blocking path" },
  { placement: "pool-and-lane", variant: "against-the-lane", where: "on the blocking path and the lane" },
  { placement: "lane", variant: "released-together", where: "on the lane" },
];

/** Hermitage's cases, with transactions that really meet where the host has places for them to. */
export const hermitage: readonly Scenario[] = cases.flatMap((one) =>
  placements.map(({ placement, variant, where }) => {
    const onLane = placement === "lane";
    return scenario({
      requirement: one.requirement,
      variant: `${one.name}-${variant}`,
      title: `${one.title[0]!.toUpperCase()}${one.title.slice(1)}, ${where}`,
      module: "script",
      guests: onLane ? "any" : "js",
      capabilities: onLane ? ["quiesce"] : ["quiesce", "txPoints"],
      evidence: "outside",
      overlapping: true,
      probes: [
        maxHeld(one.overlap.parts.length),
        returns(one.overlap.parts.length + 1),
        ...(onLane ? [] : [secondBeginAttempted]),
      ],
      async play(stage) {
        const calls = await playOverlap(stage, one.overlap, placement);
        for (const call of calls) await stage.returned(call);
        const fault = isolationFault(stage.events);
        if (fault !== undefined) throw new Violation(one.reason, fault.message, fault.evidence);
        expectThat(calls.length === one.overlap.parts.length, "vacuous", "a transaction was not run");
      },
    });
  }),
);
