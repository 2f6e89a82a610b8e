import type { HistoryEvent } from "../history/history.ts";
import type { CallResult } from "../protocol/schemas.ts";

/** What a whole history says that is known before it is replayed. */
export interface Facts {
  readonly results: ReadonlyMap<string, CallResult>;
  /** Numbers of the questions whose answer tells of a moment at which all that the kit had done before was done. */
  readonly quietForCertain: ReadonlySet<number>;
  /** Of each gate, how far the clock was moved after its release or reset and before the host was quiet for certain; absent where it was not. */
  readonly clockBeforeQuiet: ReadonlyMap<string, number>;
  /** The answers to steps of the lane, by number. */
  readonly steps: ReadonlyMap<number, HistoryEvent & { kind: "stepped" }>;
  /** Of each reload, the `seq` of the first rows that were read of the module in that life: no more commits can have survived. */
  readonly firstRead: ReadonlyMap<HistoryEvent, number>;
}

/** Reads the facts off a history. */
export function factsOf(events: readonly HistoryEvent[]): Facts {
  const results = new Map<string, CallResult>();
  const steps = new Map<number, HistoryEvent & { kind: "stepped" }>();
  const asked = new Map<number, number>();
  const quietForCertain = new Set<number>();
  const clockBeforeQuiet = new Map<string, number>();
  const underWay = new Set<string>();
  // Where there are several modules, one of them is quiet, and the response may be another's.
  const isAlone = events.filter(({ kind }) => kind === "load").length === 1;
  let stimuli = 0;
  for (const event of events) {
    if (event.kind === "result") results.set(event.call, event.result);
    else if (event.kind === "stepped") steps.set(event.step, event);
    else if (event.kind === "quiesce") asked.set(event.quiet, stimuli);
    else if (event.kind === "quiet") {
      if (asked.get(event.quiet) !== stimuli) continue;
      quietForCertain.add(event.quiet);
      if (isAlone) underWay.clear();
    } else if (isStimulus(event)) {
      stimuli += 1;
      if (event.kind === "origin" && event.event.gate !== null) underWay.add(event.event.gate);
      if (event.kind === "advance") for (const gate of underWay) clockBeforeQuiet.set(gate, event.to);
    }
  }
  return { results, quietForCertain, clockBeforeQuiet, steps, firstRead: firstReadOf(events) };
}

function firstReadOf(events: readonly HistoryEvent[]): Map<HistoryEvent, number> {
  const found = new Map<HistoryEvent, number>();
  const lives = new Map<string, HistoryEvent>();
  const readOf = new Map<number, HistoryEvent>();
  for (const event of events) {
    if (event.kind === "reload") lives.set(event.module, event);
    else if (event.kind === "read") {
      const life = lives.get(event.module);
      if (life !== undefined) readOf.set(event.read, life);
    } else if (event.kind === "rows") {
      const life = readOf.get(event.read);
      if (life !== undefined && !found.has(life)) found.set(life, event.seq);
    }
  }
  return found;
}

/** Whether this is a failure of that category. */
export function failedAs(result: CallResult | undefined, category: string): boolean {
  return result?.outcome === "failed" && result.error.category === category;
}

/** Whether the event is the kit's doing and changes what the host does: asking does not. */
export function isStimulus(event: HistoryEvent): boolean {
  switch (event.kind) {
    case "result":
    case "connected":
    case "disconnected":
    case "rows":
    case "quiet":
    case "quiesce":
    case "read":
    case "advanced":
    case "parked":
    case "stepped":
    case "updated":
    case "exited":
      return false;
    case "origin":
      return event.event.kind === "release" || event.event.kind === "reset";
    default:
      return true;
  }
}
