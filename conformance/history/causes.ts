/**
 * Which events of a history happened before which, as far as that is known. The kit's own steps have the order in which it took them, the answers that it
 * waits for included. An observation comes after what brought it about, and is ordered by nothing else, but for two things that are observations of order
 * by themselves: whether a call went on before or after the release of one of its own responses, and whether the host gave a result before or after it
 * said that it was quiet, stood, or had run a turn.
 */
import type { HistoryEvent } from "./history.ts";
import type { Names } from "./names.ts";

/** The direct causes of each event, as places in the list, and which events are the kit's own steps. */
export interface Causes {
  readonly of: readonly ReadonlySet<number>[];
  readonly isStep: readonly boolean[];
}

/** Finds what each event was caused by. Each cause stands before its effect in the list. */
export function causesOf(events: readonly HistoryEvent[], names: Names): Causes {
  const edges = new Edges(events.length);
  const isStep = events.map(isStepOfKit);
  const index = indexOf(events, names);
  let last: number | undefined;
  for (const [at, event] of events.entries()) {
    if (isStep[at]) {
      edges.inOrder(last, at);
      last = at;
    }
    switch (event.kind) {
      case "connected":
        edges.inOrder(index.connects.get(event.connection), at);
        break;
      case "submit":
        edges.inOrder(index.connected.get(event.connection), at);
        break;
      case "disconnected":
        edges.inOrder(index.disconnects.get(event.connection), at);
        break;
      case "rows":
        edges.inOrder(index.reads.get(`${event.read} ${event.table}`)?.shift(), at);
        break;
      case "result":
        edges.inOrder(index.submits.get(event.call), at);
        edges.inOrder(index.lastParked.get(event.call), at);
        edges.between(index.ownSteps.get(event.call), at);
        edges.between(barriersFor(index, event.call, names), at);
        // What ended a call otherwise than by its cancelling is not ordered by it.
        if (event.result.outcome === "failed" && event.result.error.category === "cancelled") {
          edges.inOrder(index.cancels.get(event.call), at);
        }
        if (event.result.outcome === "failed" && event.result.error.category === "shutdown") {
          edges.inOrder(index.shutdown, at);
        }
        break;
      case "parked":
        edges.inOrder(index.submits.get(event.call), at);
        edges.between(index.ownSteps.get(event.call), at);
        edges.between(barriersFor(index, event.call, names), at);
        break;
      case "origin":
        orderAtGate(event.event, at, index, edges);
        break;
    }
  }
  return { of: edges.causes, isStep };
}

/** Whether the kit did it, or waited for it before it did anything else. */
function isStepOfKit(event: HistoryEvent): boolean {
  switch (event.kind) {
    case "origin":
      return ["begin", "release", "reset"].includes(event.event.kind);
    case "connected":
    case "disconnected":
    case "result":
    case "rows":
    case "parked":
      return false;
    default:
      return true;
  }
}

/** Whether the kit did something, rather than have an answer that it waited for. */
export function isDeedOfKit(event: HistoryEvent): boolean {
  return isStepOfKit(event) && !["quiet", "stepped", "advanced", "updated", "exited"].includes(event.kind);
}

class Edges {
  readonly causes: Set<number>[];

  constructor(size: number) {
    this.causes = Array.from({ length: size }, () => new Set<number>());
  }

  /** Orders two events as they stand in the list. */
  inOrder(a: number | undefined, b: number | undefined): void {
    if (a === undefined || b === undefined || a === b) return;
    this.causes[Math.max(a, b)]!.add(Math.min(a, b));
  }

  /** Puts an event between those steps that stand around it. `steps` are in order. */
  between(steps: readonly number[] | undefined, at: number): void {
    if (steps === undefined) return;
    const after = firstAfter(steps, at);
    this.inOrder(steps[after - 1], at);
    this.inOrder(steps[after], at);
  }
}

/** The place of the first of these, which are in order, that is greater. */
function firstAfter(sorted: readonly number[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function orderAtGate(
  event: (HistoryEvent & { kind: "origin" })["event"],
  at: number,
  index: Index,
  edges: Edges,
): void {
  if (event.kind === "unexpected") return;
  const gate = index.gates.get(event.gate);
  switch (event.kind) {
    case "arrive":
      if (gate?.owner === undefined) break;
      edges.inOrder(index.submits.get(gate.owner), at);
      edges.between(index.ownSteps.get(gate.owner), at);
      break;
    case "begin":
    case "release":
    case "reset":
    case "repeated":
      edges.inOrder(gate?.arrived, at);
      break;
    case "sent":
      edges.inOrder(gate?.released, at);
      break;
    case "close":
      if (event.during !== "request") edges.inOrder(gate?.arrived, at);
      if (event.during === "reply") edges.inOrder(gate?.begun ?? gate?.released, at);
      break;
  }
}

interface GateIndex {
  owner?: string;
  arrived?: number;
  begun?: number;
  released?: number;
}

interface Barrier {
  readonly at: number;
  /** The call whose turn it tells of: where that call's result stands in regard to it is the host's choice. */
  readonly call: string | undefined;
}

interface Index {
  readonly connects: Map<string, number>;
  readonly connected: Map<string, number>;
  readonly disconnects: Map<string, number>;
  readonly reads: Map<string, number[]>;
  readonly submits: Map<string, number>;
  readonly cancels: Map<string, number>;
  shutdown?: number;
  readonly lastParked: Map<string, number>;
  readonly gates: Map<string, GateIndex>;
  /** Of each call: where the kit let one of its responses go, or let it go on. */
  readonly ownSteps: Map<string, number[]>;
  /** Of each module: where the host said that it is quiet, stands, or has run a turn or what fell due. */
  readonly barriers: Map<string, Barrier[]>;
}

function indexOf(events: readonly HistoryEvent[], names: Names): Index {
  const index: Index = {
    connects: new Map(),
    connected: new Map(),
    disconnects: new Map(),
    reads: new Map(),
    submits: new Map(),
    cancels: new Map(),
    lastParked: new Map(),
    gates: new Map(),
    ownSteps: new Map(),
    barriers: new Map(),
  };
  for (const event of events) if (event.kind === "load") index.barriers.set(event.module, []);
  for (const [at, event] of events.entries()) {
    switch (event.kind) {
      case "connect":
        index.connects.set(event.connection, at);
        break;
      case "connected":
        index.connected.set(event.connection, at);
        break;
      case "disconnect":
        index.disconnects.set(event.connection, at);
        break;
      case "read":
        push(index.reads, `${event.read} ${event.table}`, at);
        break;
      case "submit":
        index.submits.set(event.call, at);
        break;
      case "cancel":
        if (!index.cancels.has(event.call)) index.cancels.set(event.call, at);
        break;
      case "shutdown":
        index.shutdown = at;
        break;
      case "parked":
        index.lastParked.set(event.call, at);
        break;
      case "continue":
        push(index.ownSteps, event.call, at);
        break;
      case "quiet":
      case "paused":
        push(index.barriers, event.module, { at, call: undefined });
        break;
      case "stepped":
        push(index.barriers, event.module, { at, call: event.turn?.call });
        break;
      case "advanced":
        for (const module of index.barriers.keys()) push(index.barriers, module, { at, call: undefined });
        break;
      case "origin":
        noteGate(event.event, at, index, names);
        break;
    }
  }
  return index;
}

function noteGate(event: (HistoryEvent & { kind: "origin" })["event"], at: number, index: Index, names: Names): void {
  if (event.kind === "unexpected") return;
  const gate = index.gates.get(event.gate) ?? {};
  index.gates.set(event.gate, gate);
  if (event.kind === "arrive") {
    gate.arrived = at;
    const owner = names.ownerOf(event.target);
    if (owner !== undefined) gate.owner = owner;
  } else if (event.kind === "begin") gate.begun = at;
  else if (event.kind === "release" || event.kind === "reset") {
    gate.released = at;
    if (gate.owner !== undefined) push(index.ownSteps, gate.owner, at);
  }
}

/** The barriers that order a call's observations: those of its module, but for the turns that were its own. */
function barriersFor(index: Index, call: string, names: Names): readonly number[] {
  const module = names.moduleOf(call);
  // A history that begins after its module was loaded speaks of one module only.
  const barriers = module === undefined ? [...index.barriers.values()].flat() : index.barriers.get(module);
  return (barriers ?? []).filter((barrier) => barrier.call !== call).map(({ at }) => at);
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
