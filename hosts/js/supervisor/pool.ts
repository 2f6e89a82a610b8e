/** The blocking path of a module: Workers that run synchronous procedures, each one at a time, and the queue before them. */
import { code as codes, type Failure } from "../guest/codes.ts";
import { blockingPool } from "../limits.ts";
import type { FromWorker, OpOutcome, ToWorker } from "../worker/messages.ts";
import type { Call } from "./calls.ts";
import type { Code } from "./code.ts";
import type { GuestWorker, GuestWorkerEvents, Loss } from "./guest-worker.ts";
import type { PathModule } from "./path-module.ts";

/** What the pool needs of its module. */
export interface PoolModule extends PathModule {
  /** Starts a Worker for the blocking path. */
  startPool(events: GuestWorkerEvents): GuestWorker;
  /** The call stands at a point. */
  parked(call: Call, point: string): void;
  /** The transaction lock of a Worker that is gone was freed. */
  lockFreed(): void;
}

/** A Worker's place on the blocking path. */
interface Place {
  worker: GuestWorker;
  /** What it runs. */
  readonly code: Code;
  /** `loading`, `idle`, `running` guest code, `blocked` in a host call, or `parked` at a point. */
  state: "loading" | "idle" | "running" | "blocked" | "parked";
  call: Call | null;
  /** How its call was ended before its guest, whose host calls are refused from then on. */
  ending: Failure | null;
  /** How its call ends unless this turn of its guest ends it. */
  due: Failure | null;
  /** The operation that it is blocked in. */
  op: number;
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

  /** Whether a call stands at a point: it has a transaction open, and no other can begin. */
  get isParked(): boolean {
    return this.#places.some(({ state }) => state === "parked");
  }

  /**
   * Whether no place can go on by itself: each is idle with nothing queued, blocked in a host call, parked, or, where a parked
   * call keeps transactions from beginning, waits to begin one.
   */
  get quiet(): boolean {
    const locked = this.isParked;
    return this.#places.every(({ state, ending, worker }) => {
      if (state === "running") return locked && ending === null && worker.control.waitsForLock;
      return state !== "loading";
    });
  }

  /** Runs a call on a place that is idle, on a new one, or when one gets idle. */
  submit(call: Call): void {
    this.#queue.push(call);
    this.#pump();
  }

  /** Calls that wait for a Worker which is being loaded for them. */
  get starting(): readonly Call[] {
    return this.#queue.slice(0, this.#loading);
  }

  /** Takes a call that has not begun out of the queue; false where it is not in it. */
  withdraw(call: Call): boolean {
    const queued = this.#queue.indexOf(call);
    if (queued === -1) return false;
    this.#queue.splice(queued, 1);
    return true;
  }

  /**
   * Ends a call that has begun at once, save in the middle of a commit, whose end is waited for. Its guest is not stopped: each
   * host call that it still makes is refused.
   */
  end(call: Call, failure: Failure): void {
    const place = this.#places.find((each) => each.call === call);
    if (place !== undefined && place.ending === null) {
      place.ending = failure;
      if (place.worker.control.cancel()) this.#cut(place, call);
    }
    this.#module.changed();
  }

  /** Ends a call as `end` does; where its guest is running, only once that waits for something. */
  endOnceHeld(call: Call, failure: Failure): void {
    const place = this.#places.find((each) => each.call === call);
    if (place?.state !== "running" || place.worker.control.waitsForLock) this.end(call, failure);
    else place.due ??= failure;
  }

  /** Lets the parked call of that name go on; false where none is parked. */
  continue(name: string): boolean {
    const place = this.#places.find(({ state, call }) => state === "parked" && call?.spec.name === name);
    if (place === undefined) return false;
    this.#wake(place, { t: "continue", now: this.#module.stamp() });
    return true;
  }

  /** Other code is in force: Workers of the code before that run no call are ended, the rest with the call that they run. */
  update(): void {
    for (const place of [...this.#places]) if (place.state === "idle" || place.state === "loading") this.#retire(place);
    this.#pump();
  }

  /** Lets no call begin any more. */
  close(): void {
    this.#closed = true;
  }

  #pump(): void {
    if (this.#closed) return;
    for (;;) {
      this.#claim();
      const place = this.#places.find(({ state }) => state === "idle");
      const call = this.#queue[0];
      if (call === undefined) return;
      if (place === undefined) break;
      this.#queue.shift();
      if (call.code !== this.#module.code) {
        if (this.#module.renew(call)) this.#queue.unshift(call);
        continue;
      }
      place.call = call;
      place.ending = null;
      place.due = null;
      this.#module.began(call);
      place.state = "running";
      place.worker.control.reset();
      place.worker.turn({ t: "run", call: call.spec, now: this.#module.stamp() });
    }
    const missing = Math.min(this.#queue.length - this.#loading, blockingPool - this.#places.length);
    for (let started = 0; started < missing; started += 1) this.#start();
  }

  get #loading(): number {
    return this.#places.filter(({ state }) => state === "loading").length;
  }

  /** Takes places among the procedures in flight for the calls that a Worker has, or is about to have, time for. */
  #claim(): void {
    const free = blockingPool - this.#places.filter(({ call }) => call !== null).length;
    for (let at = 0; at < Math.min(free, this.#queue.length); ) {
      const call = this.#queue[at] as Call;
      if (this.#module.place(call, () => this.#readmit(call))) at += 1;
      else this.#queue.splice(at, 1);
    }
  }

  /** There is a place for a procedure that was held back: it was submitted before all that is in the queue. */
  #readmit(call: Call): void {
    this.#queue.unshift(call);
    this.#pump();
  }

  /** Gives up a place of former code in which no call runs. */
  #retire(place: Place): void {
    if (place.code === this.#module.code) return;
    this.#places.splice(this.#places.indexOf(place), 1);
    this.#module.dismiss(place.worker);
  }

  #start(): void {
    const { code } = this.#module;
    const worker = this.#module.startPool({
      message: (message) => this.#message(place, message),
      settled: (n, op, outcome) => this.#settled(place, n, op, outcome),
      gone: (loss) => {
        if (place.state !== "loading") this.#gone(place, loss, place.call);
      },
    });
    const place: Place = { worker, code, state: "loading", call: null, ending: null, due: null, op: 0 };
    this.#places.push(place);
    void this.#prepare(place);
  }

  async #prepare(place: Place): Promise<void> {
    try {
      await this.#module.prepare(place.worker, place.code);
    } catch (error) {
      this.#module.dismiss(place.worker);
      if (this.#closed || !this.#places.includes(place)) return;
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
        this.#endIfDue(place);
        if (place.ending !== null) {
          this.#refuse(place, message.n, message.op);
          return;
        }
        place.state = "blocked";
        place.op = message.op;
        break;
      case "parked":
        place.worker.turnEnded();
        this.#endIfDue(place);
        if (place.ending !== null) this.#wake(place, { t: "continue", now: this.#module.stamp() });
        else {
          place.state = "parked";
          this.#module.parked(place.call as Call, message.point);
          this.#module.changed();
        }
        return;
      case "committed":
        this.#cut(place, place.call as Call);
        this.#module.changed();
        return;
      case "done":
        place.worker.turnEnded();
        place.state = "idle";
        place.call = null;
        this.#module.ended(place.worker, message.ended);
        this.#retire(place);
        this.#pump();
        this.#module.changed();
        return;
    }
    this.#module.message(place.worker, message);
    this.#module.changed();
  }

  #settled(place: Place, n: number, op: number, outcome: OpOutcome): void {
    if (place.state !== "blocked" || place.call?.spec.n !== n) return;
    this.#wake(place, { t: "resume", n, op, outcome, now: this.#module.stamp() });
    this.#module.changed();
  }

  #wake(place: Place, message: ToWorker): void {
    place.state = "running";
    place.worker.wake(message);
  }

  /** Ends a call whose time was over in the turn of its guest that is over now. */
  #endIfDue(place: Place): void {
    if (place.due === null || place.ending !== null || place.call === null) return;
    place.ending = place.due;
    if (place.worker.control.cancel()) this.#module.cut(place.call, place.due);
  }

  /** Ends the call of a place for its caller and lets the guest go on, to its end. */
  #cut(place: Place, call: Call): void {
    this.#module.cut(call, place.ending as Failure);
    const { n } = call.spec;
    if (place.state === "parked") this.#wake(place, { t: "continue", now: this.#module.stamp() });
    else if (place.state === "blocked") {
      place.worker.operations.drop(n);
      this.#refuse(place, n, place.op);
    } else this.#module.lock.stir();
  }

  /** Refuses what a cancelled call's guest waits for. */
  #refuse(place: Place, n: number, op: number): void {
    const outcome = { kind: "refused", code: codes.cancelled, message: "the call was cancelled" } as const;
    this.#wake(place, { t: "resume", n, op, outcome, now: this.#module.stamp() });
  }

  #gone(place: Place, loss: Loss, call: Call | null): void {
    this.#places.splice(this.#places.indexOf(place), 1);
    if (this.#module.lock.freeOf(place.worker.owner, false)) this.#module.lockFreed();
    if (call !== null) this.#module.lost(call, [], loss);
    this.#pump();
    this.#module.changed();
  }
}
