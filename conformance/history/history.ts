import type { EventDetail } from "../origin/events.ts";
import type { CallResult } from "../protocol/schemas.ts";

/** One observation of the kit. What the host says of itself is not among them. */
export type HistoryEvent =
  | { kind: "submit"; call: string; connection: string; function: string; args: Record<string, unknown> }
  | { kind: "result"; call: string; result: CallResult }
  | { kind: "origin"; event: EventDetail }
  | { kind: "rows"; table: string; rows: readonly (readonly [string, unknown])[] };

/** What was observed of one scenario, in the order in which the kit observed it. */
export class History {
  readonly #events: HistoryEvent[] = [];
  readonly #listeners = new Set<() => void>();

  /** The events so far. */
  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  /** Adds an event to the end. */
  add(event: HistoryEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each event; the function returned ends that. */
  onEvent(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** An event as one line for people. */
export function describeEvent(event: HistoryEvent): string {
  switch (event.kind) {
    case "submit":
      return `submit  ${event.call} ${event.function}(${short(event.args)}) on ${event.connection}`;
    case "result":
      return event.result.outcome === "returned"
        ? `result  ${event.call} returned ${short(event.result.value)} seq ${event.result.seqs.join(",") || "none"}`
        : `result  ${event.call} failed ${event.result.error.category}: ${event.result.error.message}`;
    case "rows":
      return `read    ${event.table}: ${event.rows.length} rows`;
    case "origin":
      return `${event.event.kind.padEnd(7)} ${event.event.gate ?? "no gate"}`;
  }
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
