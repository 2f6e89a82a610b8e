/** The blocking path of a module: Workers that run synchronous procedures, each one at a time, and the queue before them. */
import { blockingPool } from "../limits.ts";
import type { SupervisorLock } from "../store/lock.ts";
import type { Ended, FromWorker, OpOutcome } from "../worker/messages.ts";
import type { Call } from "./calls.ts";
import type { GuestWorker, GuestWorkerEvents, Loss } from "./guest-worker.ts";

/** What the pool needs of its module. */
export interface PoolModule {
  readonly lock: SupervisorLock;
  /** Starts a Worker for the blocking path. */
  startPool(events: GuestWorkerEvents): GuestWorker;
  /** Loads the guest into a Worker; rejects where that fails. */
  prepare(worker: GuestWorker): Promise<void>;
  stamp(): number | null;
  /** Takes messages that are not about turns. */
  message(worker: GuestWorker, message: FromWorker): void;
  ended(worker: GuestWorker, ended: readonly Ended[]): void;
  /** A Worker is gone with the call that ran in it. */
  lost(culprit: Call | null, others: readonly Call[], loss: Loss): void;
  /** The transaction lock of a Worker that is gone was freed. */
  lockFreed(): void;
  /** Something happened that may have made the module quiet. */
  changed(): void;
}

/** A Worker's place on the blocking path. */
interface Place {
  worker: GuestWorker;
  /** `loading`, `idle`, `running` guest code, or `blocked` in a host call. */
  state: "loading" | "idle" | "running" | "blocked";
  call: Call | null;
}

/** The pool. */
export class BlockingPool {
  readonly #module: PoolModule;
  readonly #places: Place[] = [];
  readonly #queue: Call[] = [];
  #closed = false;

  constructor(module: PoolModule) {
    this.#module = module;
  }

  /** Workers that exist. */
  get size(): number {
    return this.#places.length;
  }

  /** Whether no place can go on by itself: each is idle with nothing queued, or blocked in a host call. */
  get quiet(): boolean {
    return this.#places.every(({ state }) => state === "idle" || state === "blocked");
  }

  /** Runs a call on a place that is idle, on a new one, or when one gets idle. */
  submit(call: Call): void {
    this.#queue.push(call);
    this.#pump();
  }

  /** Ends all Workers without a word. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#places.map(({ worker }) => worker.dismiss()));
  }

  #pump(): void {
    if (this.#closed) return;
    for (;;) {
      if (this.#queue.length === 0) return;
      const place = this.#places.find(({ state }) => state === "idle");
      if (place === undefined) break;
      const call = this.#queue.shift() as Call;
      place.call = call;
      place.state = "running";
      place.worker.turn({ t: "run", call: call.spec, now: this.#module.stamp() });
    }
    const loading = this.#places.filter(({ state }) => state === "loading").length;
    const missing = Math.min(this.#queue.length - loading, blockingPool - this.#places.length);
    for (let started = 0; started < missing; started += 1) this.#start();
  }

  #start(): void {
    const worker = this.#module.startPool({
      message: (message) => this.#message(place, message),
      settled: (n, op, outcome) => this.#settled(place, n, op, outcome),
      gone: (loss) => {
        if (place.state !== "loading") this.#gone(place, loss, place.call);
      },
    });
    const place: Place = { worker, state: "loading", call: null };
    this.#places.push(place);
    void this.#prepare(place);
  }

  async #prepare(place: Place): Promise<void> {
    try {
      await this.#module.prepare(place.worker);
    } catch (error) {
      await place.worker.dismiss();
      // A guest that cannot be loaded here loses the call that this place was meant for, not the ones after it.
      const call = this.#queue.shift() ?? null;
      this.#gone(place, { category: "lane-lost", message: (error as Error).message }, call);
      return;
    }
    place.state = "idle";
    this.#pump();
    this.#module.changed();
  }

  #message(place: Place, message: FromWorker): void {
    switch (message.t) {
      case "fetch":
      case "sleep":
        place.worker.turnEnded();
        place.state = "blocked";
        break;
      case "done":
        place.worker.turnEnded();
        place.state = "idle";
        place.call = null;
        this.#module.ended(place.worker, message.ended);
        this.#pump();
        this.#module.changed();
        return;
    }
    this.#module.message(place.worker, message);
    this.#module.changed();
  }

  #settled(place: Place, n: number, op: number, outcome: OpOutcome): void {
    if (place.state !== "blocked" || place.call?.spec.n !== n) return;
    place.state = "running";
    place.worker.wake({ t: "resume", n, op, outcome, now: this.#module.stamp() });
    this.#module.changed();
  }

  #gone(place: Place, loss: Loss, call: Call | null): void {
    this.#places.splice(this.#places.indexOf(place), 1);
    if (this.#module.lock.freeOf(place.worker.owner, false)) this.#module.lockFreed();
    if (call !== null) this.#module.lost(call, [], loss);
    this.#pump();
    this.#module.changed();
  }
}
