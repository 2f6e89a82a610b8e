/** A cycle in words and as a graph. */
import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Anomaly, CycleEdge, EdgeKind } from "./anomaly.ts";
import type { Key } from "./collect.ts";
import type { Step } from "./cycles.ts";
import { kinds } from "./graph.ts";
import type { Transaction } from "./transaction.ts";

const kindNames = new Map<number, EdgeKind>([
  [kinds.ww, "ww"],
  [kinds.wr, "wr"],
  [kinds.rw, "rw"],
  [kinds.predicateRw, "predicate-rw"],
  [kinds.process, "process"],
  [kinds.realtime, "realtime"],
  [kinds.seq, "seq"],
]);

/** What words need to know of a history. */
export interface Vocabulary {
  readonly transactions: readonly Transaction[];
  readonly keys: readonly Key[];
  /** The value that a version of a key has, or the element that a list's version ends with; undefined for the initial one. */
  readonly versionAt: (key: number, version: number) => Json | undefined;
}

/** A step of a cycle with its reason. */
export function explain(step: Step, vocabulary: Vocabulary): CycleEdge {
  const from = vocabulary.transactions[step.from]!;
  const to = vocabulary.transactions[step.to]!;
  return { from: from.id, to: to.id, kind: kindNames.get(step.kind)!, because: reason(step, from, to, vocabulary) };
}

function reason(step: Step, from: Transaction, to: Transaction, { keys, versionAt }: Vocabulary): string {
  if (step.kind === kinds.process) return `${from.id} came first in ${from.process}`;
  if (step.kind === kinds.realtime)
    return `${from.id} had ended (event ${from.end}) before ${to.id} began (event ${to.begin})`;
  if (step.kind === kinds.seq) return `${from.id} was commit ${from.seq} and ${to.id} commit ${to.seq}`;
  const key = keys[step.key]!;
  const at = `at ${key.name}`;
  const value = (version: number) => {
    const known = versionAt(step.key, version);
    return known === undefined ? undefined : canonicalJson(known);
  };
  const before = value(step.before);
  const after = value(step.after);
  const did = key.kind === "list" ? "appended" : "wrote";
  if (step.kind === kinds.wr) return `${to.id} read ${before} ${at}, which ${from.id} ${did}`;
  if (step.kind === kinds.ww) return `${to.id} ${did} ${after} ${at} after ${from.id}'s ${before}`;
  const saw = before === undefined ? "the initial state" : key.kind === "list" ? `the list up to ${before}` : before;
  if (step.kind === kinds.predicateRw) {
    return `${from.id}, reading by predicate, found ${saw} ${at} and so did not select the row of ${to.id}, which ${did} ${after}`;
  }
  return `${from.id} read ${saw} ${at}, without the ${after} that ${to.id} ${did} next`;
}

/** A cycle as one sentence: "T1 < T2, because …; but T2 < T1, because …". */
export function sentence(cycle: readonly CycleEdge[]): string {
  return cycle
    .map(
      ({ from, to, because }, index) =>
        `${index === cycle.length - 1 ? "but " : ""}${from} < ${to}, because ${because}`,
    )
    .join("; ");
}

/** An anomaly's cycle as a graph in DOT; the empty text where it has none. */
export function cycleToDot({ cycle, class: name }: Anomaly): string {
  if (cycle === undefined) return "";
  const lines = cycle.map(
    ({ from, to, kind, because }) =>
      `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(kind)}, tooltip=${quoted(because)}];`,
  );
  return `digraph ${quoted(name)} {\n${lines.join("\n")}\n}\n`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
