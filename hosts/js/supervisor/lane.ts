/** The lane of a module: one Worker, the ready queue and the driver that gives it one turn at a time. */
import type { Failure } from "../guest/codes.ts";
import { RpcError, rpcCode } from "../protocol/errors.ts";
import type { SupervisorLock } from "../store/lock.ts";
import type { Ended, FromWorker, OpOutcome, ToWorker } from "../worker/messages.ts";
import type { Call } from "./calls.ts";
import type { GuestWorker, GuestWorkerEvents, Loss } from "./guest-worker.ts";
import { type Ready, ReadyQueue } from "./ready-queue.ts";

/** A settled operation of a call that runs on the lane. */
interface Completion {
  readonly call: Call;
  readonly op: number;
  readonly outcome: OpOutcome;
}

type Turn = Ready<Call, Completion>;

/** A turn, as `lane/step` names it. */
export interface NamedTurn {
  readonly kind: Turn["kind"];
  readonly call: string;
  readonly function: string;
}

/** What the lane needs of its module. */
export interface LaneModule {
  readonly lock: SupervisorLock;
  /** Whether no transaction can begin before a parked call goes on. */
  readonly locked: boolean;
  /** Starts a Worker for the lane. */
  startLane(events: GuestWorkerEvents): GuestWorker;
  /** Loads the guest into a Worker again; rejects where that fails. */
  prepare(worker: GuestWorker): Promise<void>;
  stamp(): number | null;
  /** Takes messages that are not about turns. */
  message(worker: GuestWorker, message: FromWorker): void;
  /** Whether the call may begin; one that may not has been answered. */
  admits(call: Call): boolean;
  /** Whether a procedure has a place; `admit` is called once it has where it has to wait. */
  place(call: Call, admit: () => void): boolean;
  /** The call begins. */
  began(call: Call): void;
  ended(worker: GuestWorker, ended: readonly Ended[]): void;
  /** The lane is gone: `culprit` is the call whose turn was running, `others` the calls that had begun. */
  lost(culprit: Call | null, others: readonly Call[], loss: Loss): void;
  /** The call ends although its guest has not. */
  cut(call: Call, failure: Failure): void;
  /** Something happened that may have made the module quiet. */
  changed(): void;
}

/** The lane. */
export class Lane {
  readonly #module: LaneModule;
  readonly #queue = new ReadyQueue<Call, Completion>();
  /** Calls that have begun and not ended. */
  readonly #begun = new Map<number, Call>();
  #worker: GuestWorker | null = null;
  #running: Turn | null = null;
  /** Calls that are to end so once the turn that is running is over. */
  readonly #ending = new Map<Call, Failure>();
  /** Whether the first request is one whose transaction cannot begin yet. */
  #waitsForLock = false;
  #open = false;
  /** Why the guest cannot be loaded any more: from then on no call begins. */
  #dead: Loss | null = null;
  #paused = false;
  #closed = false;
  #pausing: (() => void)[] = [];
  #steps: ((turn: NamedTurn | null) => void)[] = [];
  turns = 0;
  instances = 0;

  constructor(module: LaneModule) {
    this.#module = module;
  }

  /** Starts the Worker; turns begin once `open` is called. */
  start(): GuestWorker {
    const worker = this.#module.startLane({
      message: (message) => this.#message(worker, message),
      settled: (n, op, outcome) => this.#settled(n, op, outcome),
      gone: (loss) => this.#gone(worker, loss),
    });
    this.#worker = worker;
    return worker;
  }

  /** The guest is loaded: turns may begin. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /** Whether no turn runs and none can begin; one that waits for a transaction that a parked call holds up stands still. */
  get quiet(): boolean {
    if (this.#dead !== null) return true;
    if (!this.#open) return false;
    if (this.#running !== null) return this.#isStuck;
    if (this.#module.locked && this.#waitsForLock) return true;
    return (this.#paused || this.#queue.empty) && this.#steps.length === 0;
  }

  /** Whether the turn that is running waits to begin a transaction, and a parked call keeps it from doing so. */
  get #isStuck(): boolean {
    return this.#module.locked && this.#worker?.control.waitsForLock === true;
  }

  /** Adds a request at the end of its class. */
  submit(call: Call): void {
    this.#queue.request(call);
    if (this.#dead !== null) this.#failQueued(this.#dead);
    this.#pump();
  }

  /** Takes a call that has not begun out of the queue; false where it is not in it. */
  withdraw(call: Call): boolean {
    if (!this.#queue.withdraw(call)) return false;
    this.#pump();
    return true;
  }

  /**
   * Ends a call that has begun: at once, or, where a turn is running, after it, if the call has not ended then. Another call's turn
   * has to be over as well, because it may wake this one by a promise of the guest's own; not one that stands still.
   */
  end(call: Call, failure: Failure): void {
    const { n } = call.spec;
    if (this.#begun.has(n)) {
      const running = this.#running;
      const ownTurn = running !== null && callOf(running) === call;
      if (running === null || (!ownTurn && this.#isStuck)) this.#forget(call, failure);
      else {
        if (!this.#ending.has(call)) this.#ending.set(call, failure);
        // A held call's fetch is dropped at once; what the running turn has issued may be none of it.
        if (!ownTurn) this.#worker?.operations.drop(n);
      }
    }
    this.#module.changed();
  }

  /** The lock was handed over, or may be free. */
  lockReleased(release: "reserved" | "free"): void {
    if (release === "reserved") this.#module.lock.handedOver();
    if (this.#running !== null || !this.#open) this.#module.lock.giveUp();
    else this.#pump();
  }

  /** A call stands at a point and keeps the lock: a step that waits for it has nothing to run. */
  lockKept(): void {
    this.#pump();
  }

  /** Lets no turn begin any more; settles once none is running. */
  pause(): Promise<void> {
    this.#paused = true;
    return new Promise((resolve) => {
      this.#pausing.push(resolve);
      this.#settlePause();
    });
  }

  /** Lets turns begin again. */
  resume(): void {
    this.#paused = false;
    for (const step of this.#steps.splice(0)) step(null);
    this.#pump();
  }

  /**
   * Runs one turn of a paused lane and names it, or gives null where nothing is ready: a reducer that a parked call keeps from
   * beginning is not.
   */
  step(): Promise<NamedTurn | null> {
    if (!this.#paused) {
      throw new RpcError(rpcCode.notNow, "lane/step: the lane is not paused; send lane/pause first");
    }
    return new Promise((resolve) => {
      this.#steps.push(resolve);
      this.#pump();
    });
  }

  /** Ends the Worker without a word. */
  async close(): Promise<void> {
    this.#open = false;
    this.#closed = true;
    for (const step of this.#steps.splice(0)) step(null);
    for (const paused of this.#pausing.splice(0)) paused();
    await this.#worker?.dismiss();
  }

  #pump(): void {
    if (!this.#open || this.#running !== null) return;
    if (this.#paused && this.#steps.length === 0) {
      this.#module.lock.giveUp();
      return;
    }
    this.#waitsForLock = false;
    for (;;) {
      this.#queue.holdBack((call) => !reduces(call) && !this.#module.place(call, () => this.#readmit(call)));
      const turn = this.#queue.take((call) => {
        if (!reduces(call) || this.#module.lock.tryReserve()) return true;
        this.#waitsForLock = true;
        return false;
      });
      if (turn === null) break;
      if (turn.kind === "request" && !this.#module.admits(turn.item)) continue;
      this.#begin(turn);
      return;
    }
    // A step is not kept until the kit lets a parked call go on: that may be what it does next.
    if (this.#waitsForLock && (this.#steps.length === 0 || !this.#module.locked)) return;
    this.#module.lock.giveUp();
    for (const step of this.#steps.splice(0)) step(null);
  }

  /** There is a place for a procedure that was held back: it was submitted before all that is in the queue. */
  #readmit(call: Call): void {
    this.#queue.readmit(call);
    if (this.#dead !== null) this.#failQueued(this.#dead);
    this.#pump();
  }

  #begin(turn: Turn): void {
    this.#running = turn;
    const now = this.#module.stamp();
    let message: ToWorker;
    if (turn.kind === "completion") {
      const { call, op, outcome } = turn.item;
      this.#module.lock.giveUp();
      message = { t: "resume", n: call.spec.n, op, outcome, now };
    } else {
      const call = turn.item;
      if (reduces(call)) this.#module.lock.passToLane();
      else this.#module.lock.giveUp();
      this.#begun.set(call.spec.n, call);
      this.#module.began(call);
      message = { t: "run", call: call.spec, now };
    }
    this.#worker?.turn(message);
  }

  #message(worker: GuestWorker, message: FromWorker): void {
    if (message.t === "forgotten") {
      this.instances = message.instances;
      return;
    }
    if (message.t !== "done") {
      this.#module.message(worker, message);
      return;
    }
    worker.turnEnded();
    this.instances = message.instances;
    this.#turnOver(() => this.#ended(worker, message.ended));
  }

  #ended(worker: GuestWorker, ended: readonly Ended[]): void {
    if (ended.length === 0) return;
    const gone = new Set(ended.map(({ n }) => n));
    for (const n of gone) this.#begun.delete(n);
    this.#module.ended(worker, ended);
    this.#queue.dropCompletions(({ call }) => gone.has(call.spec.n));
  }

  #turnOver(end: () => void): void {
    const turn = this.#running as Turn;
    this.turns += 1;
    end();
    this.#running = null;
    for (const [call, failure] of this.#ending) if (this.#begun.has(call.spec.n)) this.#forget(call, failure);
    this.#ending.clear();
    if (this.#paused) this.#steps.shift()?.(named(turn));
    this.#settlePause();
    this.#pump();
    this.#module.changed();
  }

  /** Ends a call of which no turn is running. */
  #forget(call: Call, failure: Failure): void {
    const { n } = call.spec;
    this.#begun.delete(n);
    this.#queue.dropCompletions((item) => item.call === call);
    this.#worker?.forget(n);
    this.#module.cut(call, failure);
  }

  #settlePause(): void {
    if (!this.#paused || this.#running !== null) return;
    for (const paused of this.#pausing.splice(0)) paused();
  }

  #settled(n: number, op: number, outcome: OpOutcome): void {
    const call = this.#begun.get(n);
    if (call !== undefined) this.#queue.complete({ call, op, outcome });
    this.#pump();
    this.#module.changed();
  }

  #gone(worker: GuestWorker, loss: Loss): void {
    this.#module.lock.freeOf(worker.owner, true);
    if (!this.#open) return;
    this.#open = false;
    const running = this.#running;
    const culprit = running === null ? null : callOf(running);
    const begun = [...this.#begun.values()];
    this.#begun.clear();
    this.#queue.dropCompletions(() => true);
    this.#module.lost(culprit, begun, loss);
    void this.#rebuild(running);
  }

  async #rebuild(running: Turn | null): Promise<void> {
    try {
      await this.#module.prepare(this.start());
      this.#open = !this.#closed;
    } catch (error) {
      this.#dead = { category: "lane-lost", message: (error as Error).message };
      this.#failQueued(this.#dead);
    }
    if (running !== null) this.#turnOver(() => {});
    else this.#pump();
    this.#module.changed();
  }

  #failQueued(loss: Loss): void {
    this.#module.lost(null, this.#queue.drainRequests(), loss);
  }
}

function reduces(call: Call): boolean {
  return call.spec.kind === "reducer" || call.spec.kind === "hook";
}

function callOf(turn: Turn): Call {
  return turn.kind === "request" ? turn.item : turn.item.call;
}

function named(turn: Turn): NamedTurn {
  const { spec } = callOf(turn);
  return { kind: turn.kind, call: spec.name, function: spec.function };
}
