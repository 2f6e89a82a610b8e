import type { HistoryEvent } from "../history.ts";

/** When, by the origin's log, requests arrived and responses were released. */
export interface FetchTimes {
  /** Position of the event that tells the arrival of the only request for this URL. */
  arrived(url: string): number | undefined;
  /** Position of the release of the response to it. */
  released(url: string): number | undefined;
}

/** Looks up the origin's events of a history by URL. A URL that was requested more than once tells nothing, since nobody knows whose request was whose. */
export function fetchTimes(events: readonly HistoryEvent[]): FetchTimes {
  const arrivals = new Map<string | undefined, number>();
  const gates = new Map<Target, string>();
  const releases = new Map<string | undefined, number>();
  const planned = plannedTargets(events);
  for (const [at, entry] of events.entries()) {
    if (entry.kind !== "origin") continue;
    const { event } = entry;
    if (event.kind === "arrive" && planned.get(event.target) === 1) {
      arrivals.set(event.gate, at);
      gates.set(event.target, event.gate);
    } else if (event.kind === "release") releases.set(event.gate, at);
  }
  for (const entry of events) {
    if (entry.kind !== "origin" || entry.event.kind !== "repeated") continue;
    arrivals.delete(entry.event.gate);
    releases.delete(entry.event.gate);
  }
  const gateOf = (url: string) => gates.get(targetOf(url));
  return {
    arrived: (url) => arrivals.get(gateOf(url)),
    released: (url) => releases.get(gateOf(url)),
  };
}

/** How many steps of all plans fetch each path and query. */
function plannedTargets(events: readonly HistoryEvent[]): ReadonlyMap<Target, number> {
  const counts = new Map<Target, number>();
  for (const event of events) {
    if (event.kind !== "submit" || !Array.isArray(event.args.steps)) continue;
    for (const step of event.args.steps as readonly ({ fetch?: unknown } | null)[]) {
      const target = targetOf(step?.fetch);
      counts.set(target, (counts.get(target) ?? 0) + 1);
    }
  }
  return counts;
}

/** Path and query of a URL, as a request's head has them; undefined for what is no URL. */
type Target = string | undefined;

function targetOf(url: unknown): Target {
  if (typeof url !== "string" || !URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return pathname + search;
}
