import type { Saboteur } from "../saboteur.ts";
import { clientCallsWait } from "./calls-put-aside.ts";

/** Faults in the places for calls that block, and in who waits with those that wait for one. */
export const concurrencyPlacesFaults: readonly Saboteur[] = [
  {
    name: "blocking-procedure-keeps-the-lane",
    fault: "While a synchronous procedure is in flight no call of the lane begins.",
    seen: "clockworklabs/SpacetimeDB, read in its sources",
    edits: clientCallsWait({ aside: "kind !== 'sync' && this.flying((other) => other.spec.kind === 'sync')" }),
    kills: [{ requirement: "concurrency/sync-procedure-blocks-nobody", reason: "missing-result" }],
  },
  {
    name: "client-waits-for-a-place-in-the-pool",
    fault:
      "While a call of a connection waits for a place on the blocking path, all that the connection submits later waits with it.",
    seen: "clockworklabs/SpacetimeDB#5875",
    edits: clientCallsWait({
      aside:
        "[...this.#waiting].some((other) => other !== call && other.connection === connection && other.spec.kind === 'sync' && !this.#pool.starting.includes(other))",
    }),
    kills: [{ requirement: "concurrency/sync-procedures-run-side-by-side", reason: "missing-result" }],
  },
  {
    name: "one-place-more-than-declared",
    fault: "The blocking path has one place more than the host declares.",
    edits: [
      {
        file: "supervisor/pool.ts",
        find: "    const missing = Math.min(this.#queue.length - this.#loading, blockingPool - this.#places.length);",
        replace: `    const missing = Math.min(this.#queue.length - this.#loading, blockingPool + 1 - this.#places.length);
    if (this.#places.length + missing > blockingPool) fired();`,
      },
    ],
    kills: [{ requirement: "concurrency/sync-procedures-run-side-by-side", reason: "unexpected-arrival" }],
  },
  {
    name: "one-more-in-flight-than-the-bound",
    fault: "A bound of procedures in flight lets one procedure more begin.",
    edits: [
      {
        file: "supervisor/places.ts",
        find: "    if (this.#taken.size < this.#bound) {",
        replace: "    if (this.#taken.size < this.#bound || (this.#taken.size === this.#bound && fired())) {",
      },
    ],
    kills: [{ requirement: "concurrency/declared-bound-holds", reason: "unexpected-arrival" }],
  },
  {
    name: "reducers-wait-for-a-place",
    fault: "While a procedure waits for a place among those in flight, no reducer begins.",
    edits: clientCallsWait({
      aside: "kind === 'reducer' && [...this.#waiting].some((other) => other.spec.kind === 'async')",
    }),
    kills: [{ requirement: "concurrency/declared-bound-holds", reason: "missing-result" }],
  },
];
