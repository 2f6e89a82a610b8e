import { type AnomalyClass, implies } from "../history/isolation/anomaly.ts";
import { type IsolationFault, judgeIsolation } from "../judge/isolation.ts";
import type { Op } from "../model/programs/script.ts";
import { expectThat } from "./expect.ts";
import { type Placement, playOverlap } from "./overlap.ts";
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
  /**
   * As what the checkers name its anomaly, or what that follows from. Which of two writes that read nothing came last is known from later reads alone, so
   * that a dirty write is a reader who sees half of each.
   */
  readonly shows: readonly AnomalyClass[];
  /** What each transaction does, in words: `get 1; put 2 21`. */
  readonly parts: readonly string[];
  /** Numbers of parts, from 0: whose next operation is tried next. What is left is done in order at the end. */
  readonly order: readonly number[];
}

/** Hermitage's two rows. */
const initial: readonly Op[] = [
  ["put", "1", 10],
  ["put", "2", 20],
];

const withKey = new Set(["get", "put", "add", "insert", "delete"]);

function opsOf(words: string): Op[] {
  return words.split("; ").map((one): Op => {
    const [name, ...operands] = one.split(" ") as [string, ...string[]];
    if (name === "scan") return ["scan", "", ""];
    return [name, ...operands.map((operand, index) => (index === 0 && withKey.has(name) ? operand : Number(operand)))];
  });
}

const cases: readonly Case[] = [
  {
    requirement: "isolation/no-dirty-write",
    name: "g0",
    title: "two writers of the same two rows",
    reason: "dirty-write",
    shows: ["G0", "G-single-item"],
    parts: ["put 1 11; put 2 21", "put 1 12; put 2 22"],
    // Crossed: the second is the last to write one row, and the first the other.
    order: [0, 0, 1, 1, 1, 0],
  },
  {
    requirement: "isolation/no-aborted-read",
    name: "g1a",
    title: "a reader of a row whose writer is undone",
    reason: "aborted-read",
    shows: ["G1a"],
    parts: ["put 1 101; abort", "get 1; get 2; get 1"],
    order: [0, 0, 1, 1, 0, 1],
  },
  {
    requirement: "isolation/no-intermediate-read",
    name: "g1b",
    title: "a reader of a row that its writer writes twice",
    reason: "intermediate-read",
    shows: ["G1b"],
    parts: ["put 1 101; put 1 11", "get 1; get 2; get 1"],
    order: [0, 0, 1, 1, 0, 1],
  },
  {
    requirement: "isolation/no-circular-information-flow",
    name: "g1c",
    title: "two transactions that each read the row that the other writes",
    reason: "circular-information-flow",
    shows: ["G1c"],
    parts: ["put 1 11; get 2", "put 2 22; get 1"],
    order: [0, 0, 1, 1, 0, 1],
  },
  {
    requirement: "isolation/observed-transaction-never-vanishes",
    name: "otv",
    title: "a reader among two writers of the same rows",
    reason: "vanished-transaction",
    shows: ["OTV"],
    parts: ["put 1 11; put 2 19", "put 1 12; put 2 18", "get 1; get 2; get 2; get 1"],
    // The reader sees both rows after the second has written one of them, and again when that has written the other and ended.
    order: [0, 0, 0, 1, 1, 0, 2, 2, 2, 1, 1, 2, 2],
  },
  {
    requirement: "isolation/no-phantom-in-predicate-read",
    name: "pmp-read",
    title: "two predicate reads among which a matching row is inserted",
    reason: "phantom",
    shows: ["PMP"],
    parts: ["where 30; where 3", "insert 3 30"],
    // The writer has ended when the reader goes on.
    order: [0, 0, 1, 1, 1, 0],
  },
  {
    requirement: "isolation/no-phantom-in-predicate-read",
    name: "pmp-write",
    title: "a write of all rows against a deletion by value",
    reason: "phantom",
    shows: ["PMP"],
    parts: ["addAll 10; scan", "where 20; deleteWhere 20; scan"],
    order: [0, 1, 1, 0, 0, 1, 1],
  },
  {
    requirement: "isolation/no-lost-update",
    name: "p4",
    title: "two transactions that read one row and write it back raised",
    reason: "lost-update",
    shows: ["P4"],
    parts: ["get 1; add 1 1", "get 1; add 1 1"],
    order: [0, 1, 0, 1, 0, 1],
  },
  {
    requirement: "isolation/no-read-skew",
    name: "g-single",
    title: "a reader of two rows between whose reads both are written",
    reason: "read-skew",
    shows: ["G-single"],
    parts: ["get 1; get 2", "get 1; get 2; put 1 12; put 2 18"],
    // The writer has ended when the reader goes on.
    order: [0, 0, 1, 1, 1, 1, 1, 1, 0],
  },
  {
    requirement: "isolation/no-write-skew",
    name: "g2-item",
    title: "two transactions that read two rows and write one each",
    reason: "write-skew",
    shows: ["G2-item"],
    parts: ["get 1; get 2; put 1 11", "get 1; get 2; put 2 21"],
    order: [0, 1, 0, 1, 0, 1, 0, 1],
  },
  {
    requirement: "isolation/no-anti-dependency-cycle",
    name: "g2",
    title: "two transactions that each insert what the other's predicate matches",
    reason: "anti-dependency-cycle",
    shows: ["G2"],
    parts: ["where 3; insert 3 30", "where 3; insert 4 42"],
    order: [0, 1, 0, 1, 0, 1],
  },
  {
    requirement: "isolation/no-anti-dependency-cycle",
    name: "g2-three",
    title: "a reader that sees one of two writers, the other of which saw neither",
    reason: "anti-dependency-cycle",
    shows: ["G2"],
    parts: ["get 1; get 2; put 1 0", "add 2 5", "get 1; get 2"],
    // The second has ended when the reader begins, and the reader when the first writes.
    order: [0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 0],
  },
];

const placements: readonly { readonly placement: Placement; readonly variant: string; readonly where: string }[] = [
  { placement: "pool", variant: "overlapping", where: "on the blocking path" },
  { placement: "pool-and-lane", variant: "against-the-lane", where: "on the blocking path and the lane" },
  { placement: "lane", variant: "released-together", where: "on the lane" },
];

/** Demands that the checkers find nothing. The reason is the case's own only where its anomaly was found, or one from which that follows. */
function noAnomaly({ reason, shows }: Case, faults: readonly IsolationFault[]): void {
  const own = faults.find(({ anomaly }) => anomaly !== undefined && shows.some((one) => implies(anomaly.class, one)));
  const fault = own ?? faults[0];
  if (fault === undefined) return;
  throw new Violation(own === undefined ? "not-serializable" : reason, fault.message, fault.evidence, fault.finding);
}

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
      probes: [maxHeld(one.parts.length), returns(one.parts.length + 1), ...(onLane ? [] : [secondBeginAttempted])],
      async play(stage) {
        const calls = await playOverlap(stage, { initial, parts: one.parts.map(opsOf), order: one.order }, placement);
        for (const call of calls) await stage.returned(call);
        noAnomaly(one, judgeIsolation(stage.events).faults);
        expectThat(calls.length === one.parts.length, "vacuous", "a transaction was not run");
      },
    });
  }),
);
