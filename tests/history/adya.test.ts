/** Two judges, written independently, on the same histories: the kit's checker and the crate `adya`, a port of the ideas of Elle. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Anomaly,
  type AnomalyClass,
  implies,
  isForbidden,
  type Level,
} from "../../conformance/history/isolation/anomaly.ts";
import { checkIsolation } from "../../conformance/history/isolation/check.ts";
import { oracleLimit, serialOrders } from "../../conformance/history/isolation/oracle.ts";
import type { Transaction } from "../../conformance/history/isolation/transaction.ts";
import type { Workload } from "../../conformance/history/jepsen/to-jepsen.ts";
import type { Json } from "../../conformance/protocol/json.ts";
import { anyHistory, anyRegisterHistory } from "./histories/any.ts";
import { plantInto, plants } from "./histories/planted.ts";
import { serialRun } from "./histories/serial.ts";
import { isWithoutRust, judge, type Verdict } from "./judge.ts";

const seed = 20261122;

interface Sample {
  readonly history: readonly Transaction[];
  readonly workload: Workload;
}

/** Only what the workload can say; each transaction a session of its own, whose end is open where it is unknown, as Jepsen has it. */
function sayable(history: readonly Transaction[], workload: Workload): Transaction[] {
  const isList = (key: string) => history.some(({ ops }) => ops.some((op) => op.op === "append" && op.key === key));
  const isPut = (key: string, value: Json) =>
    value === null ||
    history.some(({ ops }) => ops.some((op) => op.op === "put" && op.key === key && op.value === value));
  return history.flatMap(({ seq: _, ...one }) => {
    const ops = one.ops.filter((op) => {
      // Values that come from what the workload cannot say would be from nowhere.
      if (op.op === "get" && workload === "rw-register" && !isPut(op.key, op.seen ?? null)) return false;
      if (op.op === "get") return isList(op.key) === (workload === "list-append");
      return workload === "list-append" ? op.op === "append" : op.op === "put";
    });
    if (ops.length === 0) return [];
    return [{ ...one, ops, process: one.id, end: one.status === "unknown" ? Number.POSITIVE_INFINITY : one.end }];
  });
}

function samples(): Sample[] {
  const lists = (histories: readonly (readonly Transaction[])[]) =>
    histories.map((history) => ({ history: sayable(history, "list-append"), workload: "list-append" as const }));
  const registers = (histories: readonly (readonly Transaction[])[]) =>
    histories.map((history) => ({ history: sayable(history, "rw-register"), workload: "rw-register" as const }));
  const legal = fc.sample(serialRun({ minLength: 3, maxLength: 40 }, { predicates: false }), { seed, numRuns: 60 });
  const planted = plants.flatMap((plant, index) => [
    plantInto(legal[index % legal.length]!, plant, 5),
    plantInto([], plant, 0),
  ]);
  return [
    ...lists(legal),
    ...registers(legal),
    ...lists(planted),
    ...registers(planted),
    ...lists(fc.sample(anyHistory(), { seed, numRuns: 200 })),
    ...registers(fc.sample(anyRegisterHistory(), { seed, numRuns: 200 })),
  ].filter(({ history }) => history.length > 0);
}

/** The crate's names in ours. */
function ours(name: string): AnomalyClass | undefined {
  const others: Readonly<Record<string, AnomalyClass>> = {
    "duplicate-elements": "duplicate-write",
    "lost-update": "P4",
    "future-read": "internal",
  };
  // Its own name for cycles whose anti-dependencies never stand side by side is a kind of ours.
  return (
    others[name] ??
    (name.endsWith("-cycle-exists") || name === "empty-transaction-graph"
      ? undefined
      : (name.replace("G-nonadjacent-item", "G2-item") as AnomalyClass))
  );
}

interface Case extends Sample {
  readonly level: Level;
  readonly anomalies: readonly Anomaly[];
  readonly verdict: Verdict;
}

/** The names of the crate that nothing in the kit's account implies. */
function unmatched({ anomalies, verdict }: Case): string[] {
  return verdict.anomalies.filter((name) => {
    const mine = ours(name);
    return mine !== undefined && !anomalies.some((one) => implies(one.class, mine));
  });
}

interface Reason {
  readonly reason: string;
  readonly applies: (one: Case) => boolean;
}

const shows = ({ anomalies }: Case, name: AnomalyClass) => anomalies.some((one) => one.class === name);
const isAccepted = ({ anomalies }: Case) => anomalies.length === 0;

/** Why the kit may convict where the crate does not. The oracle confirms each. */
const verdictReasons: readonly Reason[] = [
  {
    reason: "the crate does not ask whether anybody wrote what was read",
    applies: (one) => one.anomalies.every(({ class: name }) => name === "garbage-read"),
  },
  {
    reason: "the crate notices a read of the reader's own later write in lists only, not in registers",
    applies: (one) => one.workload === "rw-register" && shows(one, "internal"),
  },
  {
    reason:
      "among registers the crate leaves out transactions of unknown outcome even where a read shows that they committed",
    applies: (one) => {
      const unknown = new Set(one.history.filter(({ status }) => status === "unknown").map(({ id }) => id));
      return (
        one.workload === "rw-register" &&
        one.anomalies.every(({ transactions }) => transactions.some((id) => unknown.has(id)))
      );
    },
  },
];

/** Why the crate may give a name that the kit does not. Both have convicted. */
const nameReasons: readonly Reason[] = [
  {
    reason:
      "where reads of a list contradict each other any order of its versions is a guess, and the two guess differently",
    applies: (one) => shows(one, "incompatible-order"),
  },
  {
    reason:
      "a read that contradicts its own transaction says nothing of others to the kit; the crate takes edges from it",
    applies: (one) => shows(one, "internal"),
  },
  {
    reason:
      "two reads of one transaction that differ without a write of its own are `internal` to the crate, and to the kit what they show of others: a cycle, or a read of what nobody may see",
    applies: (one) => unmatched(one).join() === "internal",
  },
  {
    reason:
      "what an undone transaction had overwritten itself is an aborted read to the kit, and an intermediate one as well to the crate",
    applies: (one) => unmatched(one).join() === "G1b" && shows(one, "G1a"),
  },
];

describe.skipIf(isWithoutRust())("the kit's checker and the crate adya", () => {
  const all = samples();
  const levels = ["serializable", "strict-serializable"] as const;
  const questions = levels.flatMap((level) => all.map((sample) => ({ ...sample, level, model: level })));
  const answers = isWithoutRust() ? [] : judge(questions);
  const cases = questions.map((question, index): Case => {
    const orders = question.level === "serializable" ? [] : (["realtime"] as const);
    const anomalies = checkIsolation(question.history, { orders }).anomalies.filter((one) =>
      isForbidden(question.level, one.class),
    );
    return { ...question, anomalies, verdict: answers[index]! };
  });

  test("judge several hundred histories, of which many are legal and many are not", () => {
    expect(all.length).toBeGreaterThan(400);
    expect(cases.filter((one) => !isAccepted(one)).length).toBeGreaterThan(250);
    expect(cases.filter(isAccepted).length).toBeGreaterThan(250);
  });

  test("agree on which are serializable, and strictly, but for the reasons listed", () => {
    const parted = cases.filter((one) => isAccepted(one) !== (one.verdict.valid !== false));
    expect(unexplained(parted, verdictReasons)).toEqual([]);
    for (const { history, level } of parted.filter((one) => one.history.length <= oracleLimit)) {
      expect(serialOrders(history, new Map(), undefined, { realtime: level === "strict-serializable" })).toEqual([]);
    }
  });

  test("agree on what the anomalies of a history are called, but for the reasons listed", () => {
    const parted = cases.filter((one) => one.level === "serializable" && !isAccepted(one) && unmatched(one).length > 0);
    expect(unexplained(parted, nameReasons)).toEqual([]);
  });
});

/** The disagreements that no reason covers, and the reasons that cover none: one that is not needed any more must go. */
function unexplained(parted: readonly Case[], reasons: readonly Reason[]): string[] {
  const idle = reasons.filter(({ applies }) => !parted.some(applies)).map(({ reason }) => `never needed: ${reason}`);
  const open = parted.filter((one) => !reasons.some(({ applies }) => applies(one)));
  return [...idle, ...open.map(describeCase)];
}

function describeCase({ history, anomalies, verdict, level }: Case): string {
  const kit = anomalies.map(({ class: name }) => name).join() || "accepts";
  return `${level}: kit ${kit}, adya ${verdict.valid} ${verdict.anomalies.join()}\n${history.map((one) => JSON.stringify(one)).join("\n")}`;
}
