/** The clauses of `spec/permitted-divergences.md`, and which kind of event each speaks of. */
import type { HistoryEvent } from "../history/history.ts";
import { Names } from "../history/names.ts";
import { modelModules } from "../model/programs/index.ts";
import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Difference } from "./difference.ts";

/** What a clause looks at: where the histories part, the two lists of events, and the languages of the two guests. */
export interface Parting {
  readonly difference: Difference;
  readonly lists: readonly [readonly HistoryEvent[], readonly HistoryEvent[]];
  readonly guests: readonly [GuestLanguage, GuestLanguage];
}

/** A clause that leaves something to the host. */
export interface Clause {
  /** Its heading's slug in `spec/permitted-divergences.md`. */
  readonly slug: string;
  /** Whether it speaks of the event at which two histories part. That both histories are legal is for the model to say. */
  covers(parting: Parting): boolean;
  /** Whether it leaves anything of a history to the host, so that another run may part where this one does not; absent where what it leaves is the same in each run. */
  leavesOpen?(events: readonly HistoryEvent[], guest: GuestLanguage): boolean;
}

/** The clauses that speak of events; the first that covers a difference is cited. */
export const clauses: readonly Clause[] = [
  {
    slug: "conflicting-commits",
    covers: ({ difference, lists }) => {
      const event = (difference.left ?? difference.right)!.event;
      if (event.kind !== "result") return false;
      return lists.some((events) => events.some((other) => other.kind === "fail-commits" && other.call === event.call));
    },
  },
  {
    slug: "outside-reads",
    covers: ({ difference, lists }) => {
      const { left, right } = difference;
      if (left?.event.kind !== "rows" && right?.event.kind !== "rows") return false;
      return [left, right].some((side, index) => side !== undefined && readAmongTurns(lists[index]!, side.at));
    },
    leavesOpen: (events) => events.some(({ kind }, at) => kind === "rows" && readAmongTurns(events, at)),
  },
  {
    slug: "order-of-entry",
    covers: (parting) => isObservation(parting.difference) && upTo(parting).some(releasedTogether),
    leavesOpen: releasedTogether,
  },
  {
    slug: "response-at-its-limit",
    covers: (parting) =>
      (isObservation(parting.difference) || isSent(parting.difference)) && upTo(parting).some(releasedWhileTimePasses),
    leavesOpen: releasedWhileTimePasses,
  },
  {
    slug: "pool-and-lane",
    covers: (parting) =>
      isObservation(parting.difference) &&
      upTo(parting).some((events, side) => poolBesideLane(events, parting.guests[side]!)),
    leavesOpen: poolBesideLane,
  },
  {
    slug: "exhausted-memory",
    covers: ({ difference: { left, right } }) =>
      [left, right].some((side) => isFailure(side?.event, "memory")) &&
      [left, right].every((side) => side?.event.kind === "result" && side.event.result.outcome === "failed"),
  },
  {
    slug: "lost-lanes",
    covers: (parting) => isObservation(parting.difference) && parting.lists.some(lostLane),
  },
];

/** Clauses that are shown by leaving out what they leave open, and the one that sameness does not see at all. */
export const otherClauses: readonly string[] = [
  "module-variables",
  "cancelled-requests",
  "kept-connections",
  "where-twins-run",
  "message-texts",
  "unordered-observations",
];

function isObservation({ left, right }: Difference): boolean {
  return [left, right].some((side) => {
    const event = side?.event;
    return (
      event !== undefined &&
      (["result", "rows", "parked", "stepped", "quiet"].includes(event.kind) ||
        (event.kind === "origin" && ["arrive", "close"].includes(event.event.kind)))
    );
  });
}

function isSent({ left, right }: Difference): boolean {
  const event = (left ?? right)!.event;
  return event.kind === "origin" && event.event.kind === "sent";
}

/** Whether the clock was being moved while a response was on its way whose consequence had not been seen. */
function releasedWhileTimePasses(events: readonly HistoryEvent[]): boolean {
  const owners = ownersOf(events);
  const open = new Map<string, number>();
  let isMoving = false;
  for (const [at, event] of events.entries()) {
    if (event.kind === "advance") isMoving = true;
    else if (event.kind === "advanced") isMoving = false;
    else if (event.kind === "stepped") open.clear();
    else if (event.kind === "quiet") forgetBefore(questionOf(events, at), open);
    else if (event.kind === "result" || event.kind === "parked") open.delete(event.call);
    else if (event.kind === "origin" && event.event.gate !== null) {
      const call = owners.get(event.event.gate) ?? event.event.gate;
      if (event.event.kind === "arrive") open.delete(call);
      if (event.event.kind === "release" || event.event.kind === "reset") open.set(call, at);
    }
    if (isMoving && open.size > 0) return true;
  }
  return false;
}

/** Whether a response was let go while another's consequence had not been seen: neither an event of its call nor that the host was quiet or had run a turn. */
function releasedTogether(events: readonly HistoryEvent[]): boolean {
  const owners = ownersOf(events);
  const open = new Map<string, number>();
  for (const [at, event] of events.entries()) {
    if (event.kind === "stepped" || event.kind === "advanced") open.clear();
    else if (event.kind === "quiet") forgetBefore(questionOf(events, at), open);
    else if (event.kind === "result" || event.kind === "parked") open.delete(event.call);
    else if (event.kind === "origin" && event.event.gate !== null) {
      const call = owners.get(event.event.gate) ?? event.event.gate;
      if (event.event.kind === "arrive") open.delete(call);
      if (event.event.kind !== "release" && event.event.kind !== "reset") continue;
      if (open.size > 0) return true;
      open.set(call, at);
    }
  }
  return false;
}

/** Forgets the releases whose consequence is over because the host was quiet after them: those before that was asked. */
function forgetBefore(asked: number, releases: Map<string, number>): void {
  for (const [call, at] of releases) if (at < asked) releases.delete(call);
}

/** Where the question was asked that the event at this place answers; -1 where it was not. */
function questionOf(events: readonly HistoryEvent[], at: number): number {
  const answer = events[at]!;
  return events.findLastIndex(
    (event, index) =>
      index < at &&
      event.kind === "quiesce" &&
      answer.kind === "quiet" &&
      event.module === answer.module &&
      event.quiet === answer.quiet,
  );
}

/** Whether calls were lost because their lane had to be rebuilt. */
function lostLane(events: readonly HistoryEvent[]): boolean {
  return events.some((event) => isFailure(event, "lane-lost"));
}

function isFailure(event: HistoryEvent | undefined, category: string): boolean {
  return event?.kind === "result" && event.result.outcome === "failed" && event.result.error.category === category;
}

/** Whether the rows at this place were read while a call could be running: in flight, and not known to be held at a gate. */
function readAmongTurns(events: readonly HistoryEvent[], at: number): boolean {
  const owners = ownersOf(events);
  const read = events[at]!;
  const asked = events.findLastIndex(
    (event, index) => index < at && event.kind === "read" && read.kind === "rows" && event.read === read.read,
  );
  const running = new Map<string, number>();
  for (const event of events.slice(0, Math.max(asked, 0))) {
    if (event.kind === "submit") running.set(event.call, 0);
    else if (event.kind === "result") running.delete(event.call);
    else if (event.kind === "origin" && event.event.gate !== null) {
      const call = owners.get(event.event.gate);
      const held = call === undefined ? undefined : running.get(call);
      if (call === undefined || held === undefined) continue;
      if (event.event.kind === "arrive") running.set(call, held + 1);
      if (event.event.kind === "release" || event.event.kind === "reset") running.set(call, held - 1);
    }
  }
  return [...running.values()].some((held) => held <= 0);
}

/** Whether a call of the blocking path and another call were in flight at once. Of AssemblyScript's functions none is on the blocking path. */
function poolBesideLane(events: readonly HistoryEvent[], guest: GuestLanguage): boolean {
  if (guest !== "ts") return false;
  const sources = new Map<string, string>();
  const modules = new Map<string, string>();
  const inFlight = new Map<string, boolean>();
  for (const event of events) {
    if (event.kind === "load") sources.set(event.module, event.source);
    else if (event.kind === "connect") modules.set(event.connection, sources.get(event.module) ?? event.module);
    else if (event.kind === "submit") {
      const source = modules.get(event.connection) ?? "";
      const program = modelModules.get(source)?.functions.get(event.function);
      inFlight.set(event.call, program?.kind === "procedure" && program.sync);
    } else if (event.kind === "result") inFlight.delete(event.call);
    if (inFlight.size > 1 && [...inFlight.values()].includes(true)) return true;
  }
  return false;
}

/** The events up to the one at which histories part, on each side; all of them where it is not there. */
function upTo({ difference: { left, right }, lists }: Parting): (readonly HistoryEvent[])[] {
  return [left, right].map((side, index) => lists[index]!.slice(0, side?.at));
}

/** The call that was given each gate's URL, by gate. */
function ownersOf(events: readonly HistoryEvent[]): Map<string, string> {
  const names = new Names(events);
  return new Map(
    events.flatMap((event) => {
      const owner =
        event.kind === "origin" && event.event.kind === "arrive" ? names.ownerOf(event.event.target) : undefined;
      return owner === undefined || event.kind !== "origin" ? [] : [[event.event.gate ?? "", owner] as const];
    }),
  );
}
