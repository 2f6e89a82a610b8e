/** Pending host operations of the calls of one Worker. */
import type { Egress } from "../egress/client.ts";
import type { FetchBounds } from "../egress/fetch.ts";
import { code } from "../guest/codes.ts";
import type { CheckedRequest, OpOutcome } from "../worker/messages.ts";
import type { Clock } from "./clock.ts";

/** Counts of fetches of a module, over all its Workers. */
export interface FetchCounts {
  inFlight: number;
  /** Outcomes that have entered a ready queue or been discarded. */
  outcomes: number;
}

/** A pending operation. */
interface Pending {
  readonly fetches: boolean;
  cancel(): void;
}

/** Issues operations and tells their outcomes. */
export class Operations {
  readonly #egress: Egress;
  readonly #clock: Clock;
  readonly #bounds: FetchBounds;
  readonly #counts: FetchCounts;
  readonly #settled: (n: number, op: number, outcome: OpOutcome) => void;
  /** By call, then by operation. */
  readonly #pending = new Map<number, Map<number, Pending>>();

  /** `settled` is told each outcome, never before the operation's method has returned. */
  constructor(
    egress: Egress,
    clock: Clock,
    bounds: FetchBounds,
    counts: FetchCounts,
    settled: (n: number, op: number, outcome: OpOutcome) => void,
  ) {
    this.#egress = egress;
    this.#clock = clock;
    this.#bounds = bounds;
    this.#counts = counts;
    this.#settled = settled;
  }

  /** Issues a fetch of call `n`. */
  fetch(n: number, op: number, request: CheckedRequest, body: ArrayBuffer | null): void {
    const fetch = this.#egress.fetch(request, body && new Uint8Array(body), this.#bounds, (outcome) => {
      limit.cancel();
      this.#end(n, op, outcome);
    });
    const limit = this.#clock.at(this.#clock.now() + request.timeoutMs, () => {
      fetch.abort();
      const message = `the fetch from ${new URL(request.url).origin} took longer than ${request.timeoutMs} ms`;
      this.#end(n, op, { kind: "refused", code: code.timeout, message });
    });
    this.#counts.inFlight += 1;
    const cancel = () => {
      limit.cancel();
      fetch.abort();
    };
    this.#add(n, op, { fetches: true, cancel });
  }

  /** Begins a sleep of call `n`. */
  sleep(n: number, op: number, at: number): void {
    const timer = this.#clock.at(at, () => this.#end(n, op, { kind: "slept" }));
    this.#add(n, op, { fetches: false, cancel: () => timer.cancel() });
  }

  /** Ends a pending fetch as aborted; one that has ended stays as it is. */
  abort(n: number, op: number): void {
    const pending = this.#pending.get(n)?.get(op);
    if (pending === undefined) return;
    pending.cancel();
    const message = "the fetch was aborted by its guest";
    this.#end(n, op, { kind: "refused", code: code.aborted, message });
  }

  /** Drops what call `n` waits for: its outcomes are discarded. */
  drop(n: number): void {
    const pending = this.#pending.get(n);
    if (pending === undefined) return;
    this.#pending.delete(n);
    for (const operation of pending.values()) {
      operation.cancel();
      this.#count(operation);
    }
  }

  /** Drops everything. */
  dropAll(): void {
    for (const n of [...this.#pending.keys()]) this.drop(n);
  }

  #add(n: number, op: number, pending: Pending): void {
    const ofCall = this.#pending.get(n);
    if (ofCall === undefined) this.#pending.set(n, new Map([[op, pending]]));
    else ofCall.set(op, pending);
  }

  #end(n: number, op: number, outcome: OpOutcome): void {
    const ofCall = this.#pending.get(n);
    const pending = ofCall?.get(op);
    if (ofCall === undefined || pending === undefined) return;
    ofCall.delete(op);
    if (ofCall.size === 0) this.#pending.delete(n);
    this.#count(pending);
    this.#settled(n, op, outcome);
  }

  #count(pending: Pending): void {
    if (!pending.fetches) return;
    this.#counts.inFlight -= 1;
    this.#counts.outcomes += 1;
  }
}
