/** The lane of a module: its guests, the ready queue and the driver that lets them run one turn at a time. */
import type { Failure } from "../guest/codes.ts";
import { RpcError, rpcCode } from "../protocol/errors.ts";
import type { Ended, FromWorker, OpOutcome, ToWorker } from "../worker/messages.ts";
import type { Call } from "./calls.ts";
import type { Code } from "./code.ts";
import type { GuestWorker, GuestWorkerEvents, Loss } from "./guest-worker.ts";
import { type LaneGuest, LaneGuests } from "./lane-guest.ts";
import type { PathModule } from "./path-module.ts";
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
export interface LaneModule extends PathModule {
  /** Whether no transaction can begin before a parked call goes on. */
  readonly locked: boolean;
  /** Starts a Worker for the lane. */
  startLane(program: Code["program"], events: GuestWorkerEvents): GuestWorker;
  /** Whether the call may begin; one that may not has been answered. */
  admits(call: Call): boolean;
}

/** The lane. */
export class Lane {
  readonly #module: LaneModule;
  readonly #queue = new ReadyQueue<Call, Completion>();
  readonly #guests = new LaneGuests();
  #running: { readonly turn: Turn; readonly guest: LaneGuest } | null = null;
  /** Calls that are to end so once the turn that is running is over. */
  readonly #ending = new Map<Call, Failure>();
  /** Whether the first request is one whose transaction cannot begin yet. */
  #waitsForLock = false;
  /** Guests that are being loaded again; meanwhile no turn begins. */
  #rebuilding = 0;
  /** Why the guest cannot be loaded any more: from then on no call begins. */
  #dead: Loss | null = null;
  #paused = false;
  #closed = false;
  #pausing: (() => void)[] = [];
  #steps: ((turn: NamedTurn | null) => void)[] = [];
  turns = 0;

  constructor(module: LaneModule) {
    this.#module = module;
  }

  /** Guest instances that exist. */
  get instances(): number {
    return this.#guests.instances;
  }

  /** Starts a guest; calls begin in it once it is installed. */
  start(program: Code["program"]): LaneGuest {
    const guest = { code: null, loaded: false, instances: 0, begun: new Map() };
    return this.#startWorker(guest, program);
  }

  /** Lets every call that begins from now on run that code, in a guest that has been loaded. */
  install(guest: LaneGuest, code: Code): void {
    this.#guests.install(guest, code);
    this.#dead = null;
    this.#dismissUnused();
    this.#pump();
  }

  /** Whether no turn runs and none can begin; one that waits for a transaction that a parked call holds up stands still. */
  get quiet(): boolean {
    if (!this.#open) return false;
    if (this.#running !== null) return this.#isStuck;
    if (this.#module.locked && this.#waitsForLock) return true;
    return (this.#paused || this.#queue.empty) && this.#steps.length === 0;
  }

  get #open(): boolean {
    return this.#guests.current !== null && this.#rebuilding === 0 && !this.#closed;
  }

  /** Whether the turn that is running waits to begin a transaction, and a parked call keeps it from doing so. */
  get #isStuck(): boolean {
    return this.#module.locked && this.#running?.guest.worker.control.waitsForLock === true;
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
    if (this.#guests.begun(call)) {
      const running = this.#running;
      const ownTurn = running !== null && callOf(running.turn) === call;
      if (running === null || (!ownTurn && this.#isStuck)) this.#forget(call, failure);
      else {
        if (!this.#ending.has(call)) this.#ending.set(call, failure);
        // A held call's fetch is dropped at once; what the running turn has issued may be none of it.
        if (!ownTurn) this.#guests.of(call).worker.operations.drop(call.spec.n);
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

  /** Lets no turn begin any more. */
  close(): void {
    this.#closed = true;
    for (const step of this.#steps.splice(0)) step(null);
    for (const paused of this.#pausing.splice(0)) paused();
  }

  #startWorker(guest: Omit<LaneGuest, "worker">, program: Code["program"]): LaneGuest {
    const worker = this.#module.startLane(program, {
      message: (message) => this.#message(started, message),
      settled: (n, op, outcome) => this.#settled(started, n, op, outcome),
      gone: (loss) => this.#gone(started, loss),
    });
    const started: LaneGuest = Object.assign(guest, { worker });
    return started;
  }

  #pump(): void {
    if (!this.#open || this.#running !== null) return;
    if (this.#paused && this.#steps.length === 0) {
      this.#module.lock.giveUp();
      return;
    }
    this.#waitsForLock = false;
    for (;;) {
      this.#prepareFirst();
      // What becomes of a call that does not begin may let another begin before this goes on.
      if (this.#running !== null) return;
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

  /** Checks the first request again where the code is another by now, and holds it back where there is no place for it. */
  #prepareFirst(): void {
    for (let call = this.#queue.firstRequest; call !== undefined; call = this.#queue.firstRequest) {
      const stale = call.code !== this.#module.code;
      if (!stale && (reduces(call) || this.#module.place(call, this.#readmission(call)))) return;
      this.#queue.shiftRequest();
      if (stale && this.#module.renew(call)) this.#queue.readmit(call);
    }
  }

  #readmission(call: Call): () => void {
    return () => this.#readmit(call);
  }

  /** There is a place for a procedure that was held back: it was submitted before all that is in the queue. */
  #readmit(call: Call): void {
    this.#queue.readmit(call);
    if (this.#dead !== null) this.#failQueued(this.#dead);
    this.#pump();
  }

  #begin(turn: Turn): void {
    const call = callOf(turn);
    const guest = this.#guests.of(call);
    this.#running = { turn, guest };
    const now = this.#module.stamp();
    let message: ToWorker;
    if (turn.kind === "completion") {
      const { op, outcome } = turn.item;
      this.#module.lock.giveUp();
      message = { t: "resume", n: call.spec.n, op, outcome, now };
    } else {
      if (reduces(call)) this.#module.lock.passToLane();
      else this.#module.lock.giveUp();
      guest.begun.set(call.spec.n, call);
      this.#module.began(call);
      message = { t: "run", call: call.spec, now };
    }
    guest.worker.turn(message);
  }

  #message(guest: LaneGuest, message: FromWorker): void {
    const { worker } = guest;
    if (message.t === "forgotten") {
      guest.instances = message.instances;
      return;
    }
    if (message.t !== "done") {
      this.#module.message(worker, message);
      return;
    }
    worker.turnEnded();
    guest.instances = message.instances;
    this.#turnOver(() => this.#ended(guest, message.ended));
  }

  #ended(guest: LaneGuest, ended: readonly Ended[]): void {
    if (ended.length === 0) return;
    const gone = new Set(ended.map(({ n }) => n));
    for (const n of gone) guest.begun.delete(n);
    this.#module.ended(guest.worker, ended);
    this.#queue.dropCompletions(({ call }) => gone.has(call.spec.n));
  }

  #turnOver(end: () => void): void {
    const turn = this.#running?.turn as Turn;
    this.turns += 1;
    end();
    this.#running = null;
    for (const [call, failure] of this.#ending) if (this.#guests.begun(call)) this.#forget(call, failure);
    this.#ending.clear();
    this.#dismissUnused();
    if (this.#paused) this.#steps.shift()?.(named(turn));
    this.#settlePause();
    this.#pump();
    this.#module.changed();
  }

  /** Ends a call of which no turn is running. */
  #forget(call: Call, failure: Failure): void {
    const { n } = call.spec;
    const guest = this.#guests.of(call);
    guest.begun.delete(n);
    this.#queue.dropCompletions((item) => item.call === call);
    guest.worker.forget(n);
    this.#module.cut(call, failure);
    this.#dismissUnused();
  }

  /** Ends the guests of former code that no call needs any more. */
  #dismissUnused(): void {
    for (const { worker } of this.#guests.takeUnused(this.#running?.guest ?? null)) this.#module.dismiss(worker);
  }

  #settlePause(): void {
    if (!this.#paused || this.#running !== null) return;
    for (const paused of this.#pausing.splice(0)) paused();
  }

  #settled(guest: LaneGuest, n: number, op: number, outcome: OpOutcome): void {
    const call = guest.begun.get(n);
    if (call !== undefined) this.#queue.complete({ call, op, outcome });
    this.#pump();
    this.#module.changed();
  }

  #gone(guest: LaneGuest, loss: Loss): void {
    const running = this.#running?.guest === guest ? this.#running.turn : null;
    // What another guest's turn was handed is not this one's to free.
    this.#module.lock.freeOf(guest.worker.owner, this.#running === null || running !== null);
    if (!guest.loaded || this.#closed) return;
    guest.loaded = false;
    guest.instances = 0;
    const culprit = running === null ? null : callOf(running);
    const begun = [...guest.begun.values()];
    guest.begun.clear();
    const lost = new Set(begun);
    this.#queue.dropCompletions(({ call }) => lost.has(call));
    if (guest === this.#guests.current) this.#rebuilding += 1;
    else this.#guests.remove(guest);
    this.#module.lost(culprit, begun, loss);
    if (guest === this.#guests.current) void this.#rebuild(guest, running);
    else this.#goOn(running);
  }

  /** Loads a guest again into a new Worker. */
  async #rebuild(guest: LaneGuest, running: Turn | null): Promise<void> {
    const code = guest.code as Code;
    try {
      await this.#module.prepare(this.#startWorker(guest, code.program).worker, code);
      guest.loaded = true;
      guest.instances = 1;
    } catch (error) {
      const failure: Loss = { category: "lane-lost", message: (error as Error).message };
      if (guest === this.#guests.current) this.#dead = failure;
      else this.#guests.remove(guest);
    }
    this.#rebuilding -= 1;
    if (this.#closed) return;
    if (this.#dead !== null) this.#failQueued(this.#dead);
    this.#dismissUnused();
    this.#goOn(running);
  }

  /** Goes on after a guest was lost, in that turn or between two. */
  #goOn(running: Turn | null): void {
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
