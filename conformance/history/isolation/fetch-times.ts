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
  const arrivals = new Map<string, number>();
  const gates = new Map<string, string>();
  const releases = new Map<string, number>();
  const planned = plannedTargets(events);
  for (const [at, entry] of events.entries()) {
    if (entry.kind !== "origin") continue;
    const { event } = entry;
    if (event.kind === "arrive" && planned.get(event.target) === 1) {
      arrivals.set(event.target, at);
      gates.set(event.target, event.gate);
    } else if (event.kind === "release") releases.set(event.gate, at);
  }
  return {
    arrived: (url) => arrivals.get(targetOf(url) ?? ""),
    released: (url) => releases.get(gates.get(targetOf(url) ?? "") ?? ""),
  };
}

/** How many steps of all plans fetch each path and query. */
function plannedTargets(events: readonly HistoryEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.kind !== "submit" || !Array.isArray(event.args.steps)) continue;
    for (const step of event.args.steps as readonly { fetch?: unknown }[]) {
      const target = typeof step?.fetch === "string" ? targetOf(step.fetch) : undefined;
      if (target !== undefined) counts.set(target, (counts.get(target) ?? 0) + 1);
    }
  }
  return counts;
}

/** Path and query of a URL, as a request's head has them. */
function targetOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return pathname + search;
}
