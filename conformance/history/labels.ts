/** A name for each event of a history that is its own: what it is and whose, with an ordinal where there are several. */
import type { HistoryEvent } from "./history.ts";
import type { Names } from "./names.ts";

/** The label of each event. `contents` is what each says: of events that chance alone orders, it decides which is the first. */
export function labelsOf(events: readonly HistoryEvent[], contents: readonly string[], names: Names): string[] {
  const groups = new Map<string, number[]>();
  const reads = pairing();
  const quiets = pairing();
  for (const [at, event] of events.entries()) {
    const stem = stemOf(event, names, reads, quiets);
    const group = groups.get(stem);
    if (group === undefined) groups.set(stem, [at]);
    else group.push(at);
  }
  const labels: string[] = [];
  for (const [stem, group] of groups) {
    const inOrder = byChance(events[group[0]!]!)
      ? group.toSorted((a, b) => (contents[a]! === contents[b]! ? a - b : contents[a]! < contents[b]! ? -1 : 1))
      : group;
    for (const [index, at] of inOrder.entries()) labels[at] = index === 0 ? stem : `${stem}, number ${index + 1}`;
  }
  return labels;
}

/** Whether nothing orders several events of this kind at one gate. */
function byChance(event: HistoryEvent): boolean {
  return event.kind === "origin" && ["unexpected", "repeated", "close"].includes(event.event.kind);
}

/** Numbers questions, and finds the number of the question that an answer belongs to. */
interface Pairing {
  asked(key: string): number;
  answered(key: string): number | undefined;
}

function pairing(): Pairing {
  const waiting = new Map<string, number[]>();
  let count = 0;
  return {
    asked(key) {
      count += 1;
      waiting.set(key, [...(waiting.get(key) ?? []), count]);
      return count;
    },
    answered: (key) => waiting.get(key)?.shift(),
  };
}

function stemOf(event: HistoryEvent, names: Names, reads: Pairing, quiets: Pairing): string {
  switch (event.kind) {
    case "load":
    case "reload":
    case "update":
    case "updated":
      return `${event.kind} of ${names.module(event.module)}`;
    case "connect":
    case "connected":
    case "disconnect":
    case "disconnected":
      return `${event.kind} of ${names.connection(event.connection)}`;
    case "submit":
    case "result":
    case "cancel":
    case "parked":
    case "continue":
    case "fail-commits":
      return `${event.kind} of ${names.call(event.call)}`;
    case "origin":
      return event.event.gate === null ? event.event.kind : `${event.event.kind} at ${event.event.gate}`;
    case "read":
      return `read ${reads.asked(`${event.read} ${event.table}`)}`;
    case "rows":
      return `rows of read ${reads.answered(`${event.read} ${event.table}`) ?? "that was not asked"}`;
    case "quiesce":
      return `quiesce ${quiets.asked(`${event.quiet} ${event.module}`)}`;
    case "quiet":
      return `quiet after quiesce ${quiets.answered(`${event.quiet} ${event.module}`) ?? "that was not asked"}`;
    case "paused":
    case "resume":
    case "step":
    case "stepped":
      return `${event.kind} of ${names.module(event.module)}`;
    case "advance":
    case "advanced":
    case "shutdown":
    case "exited":
    case "kill":
      return event.kind;
  }
}
