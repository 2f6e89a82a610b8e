import type { HistoryEvent } from "../history/history.ts";

/**
 * Whether transactions ran side by side, or one was undone for another: while a call stood still in its transaction another had one of its own, or a
 * commit conflicted that nobody had made to. The model has neither, since its transactions wait; a host may do so all the same, and what it did is
 * for the checkers of isolation to judge.
 */
export function ranSideBySide(events: readonly HistoryEvent[]): boolean {
  const parked = new Set<string>();
  for (const event of events) {
    if (event.kind === "continue") parked.delete(event.call);
    else if (event.kind === "parked") {
      parked.add(event.call);
      if (parked.size > 1) return true;
    } else if (event.kind === "result") {
      parked.delete(event.call);
      const { result } = event;
      if (parked.size > 0 && result.seqs.length > 0) return true;
      if (result.outcome === "failed" ? result.error.category === "conflict" : wasUndone(result.value)) return true;
    }
  }
  return false;
}

/** Whether the result of a scripted procedure tells of a transaction that conflicted. */
function wasUndone(value: unknown): boolean {
  return Array.isArray(value) && value.some((step) => (step as { undone?: string } | null)?.undone === "conflict");
}
