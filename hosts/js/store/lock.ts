/**
 * The transaction lock of a module: at most one transaction is open in all its Workers. It lives in shared memory.
 *
 * A Worker takes it inside a running turn and may wait for it. The supervisor takes it for the lane *before* it starts a
 * reducer, without waiting: where the lock is held it asks to be told, and whoever releases the lock hands it over
 * (`reserved`) or, where it released too early to see the wish, says that it is free.
 */

import type { WorkerControl } from "./control.ts";

/** The lock's three words, to be shared with Workers. */
export type LockMemory = Int32Array<SharedArrayBuffer>;

/** Owner number of a lock that is kept for the lane's next reducer. */
const reserved = 1;
/** The first owner number that a Worker may have; every Worker ever started has its own. */
export const firstOwner = 2;

const owner = 0;
const wanted = 1;
/** Rung at each change that a waiting Worker has to look at: the lock is free, or its call was cancelled. */
const bell = 2;

/** What a Worker does around its wait for the lock. */
export interface LockWait {
  /** It begins to wait. */
  begins(): void;
  /** It has waited, and goes on. */
  ends(): void;
}

/** What the releaser has to tell the supervisor. */
export type Release = "quiet" | "reserved" | "free";

// Captured before any guest runs: a guest shares the realm and finds `Atomics.wait` refused.
const { add, compareExchange, exchange, load, notify, store, wait } = Atomics;

/** A lock as one Worker uses it. */
export class WorkerLock {
  readonly #memory: LockMemory;
  readonly #self: number;
  readonly #control: WorkerControl;
  readonly #wait: LockWait;

  /** `self` is the Worker's own owner number. */
  constructor(memory: LockMemory, self: number, control: WorkerControl, wait: LockWait) {
    this.#memory = memory;
    this.#self = self;
    this.#control = control;
    this.#wait = wait;
  }

  /** Takes over the lock that the supervisor has reserved for the reducer that begins now. */
  adopt(): void {
    store(this.#memory, owner, this.#self);
  }

  /**
   * Takes the lock, waiting for it. In a turn of the lane that is short, too: a reservation for a later reducer does not
   * outlast the moment in which the supervisor sees that the lane is running. False where the call was cancelled meanwhile.
   */
  acquire(): boolean {
    let waiting = false;
    for (;;) {
      // Read first: what rings after it lets the wait below return at once.
      const rung = load(this.#memory, bell);
      // Where the guest's stack ended when this Worker had just taken it, it has it already.
      const before = compareExchange(this.#memory, owner, 0, this.#self);
      const taken = before === 0 || before === this.#self;
      if (taken || this.#control.cancelled) {
        if (waiting) {
          this.#control.waitForLock(false);
          this.#wait.ends();
        }
        return taken;
      }
      if (!waiting) {
        waiting = true;
        this.#control.waitForLock(true);
        this.#wait.begins();
      }
      wait(this.#memory, bell, rung);
    }
  }

  /** Whether this Worker has the lock. */
  get isHeld(): boolean {
    return load(this.#memory, owner) === this.#self;
  }

  /** Gives the lock up; the result is what the supervisor has to be told. A Worker that was given up has it no more. */
  release(): Release {
    if (!this.isHeld) return "quiet";
    return release(this.#memory);
  }
}

/** The lock as the supervisor uses it, for the lane. */
export class SupervisorLock {
  readonly memory: LockMemory = new Int32Array(new SharedArrayBuffer(12));
  #held = false;

  /** Whether the lock is reserved for the lane's next reducer. */
  get reserved(): boolean {
    return this.#held;
  }

  /** Reserves the lock where it is free; otherwise whoever releases it is asked to say so. */
  tryReserve(): boolean {
    if (this.#held) return true;
    if (this.#take()) return true;
    store(this.memory, wanted, 1);
    if (!this.#take()) return false;
    store(this.memory, wanted, 0);
    return true;
  }

  /** Notes that a releaser has handed the lock over. */
  handedOver(): void {
    this.#held = true;
  }

  /** The lane takes the reservation over with the reducer that starts now. */
  passToLane(): void {
    this.#held = false;
  }

  /** Gives up a reservation that no reducer uses now, and the wish for one. */
  giveUp(): void {
    store(this.memory, wanted, 0);
    if (!this.#held) return;
    this.#held = false;
    store(this.memory, owner, 0);
    ring(this.memory);
  }

  /** Lets the Workers that wait for the lock look whether their call was cancelled. */
  stir(): void {
    ring(this.memory);
  }

  /** Frees the lock of a Worker that is gone. Says whether the supervisor wanted it. */
  freeOf(worker: number, lane: boolean): boolean {
    if (lane) this.giveUp();
    const held = load(this.memory, owner);
    if (held !== worker && !(lane && held === reserved)) return false;
    const outcome = release(this.memory);
    if (outcome === "reserved") this.#held = true;
    return outcome !== "quiet";
  }

  #take(): boolean {
    if (compareExchange(this.memory, owner, 0, reserved) !== 0) return false;
    this.#held = true;
    return true;
  }
}

function release(memory: LockMemory): Release {
  if (load(memory, wanted) === 1) {
    store(memory, owner, reserved);
    store(memory, wanted, 0);
    return "reserved";
  }
  store(memory, owner, 0);
  ring(memory);
  return exchange(memory, wanted, 0) === 1 ? "free" : "quiet";
}

/** Wakes all that wait: one alone might be a cancelled one, which leaves without the lock. */
function ring(memory: LockMemory): void {
  add(memory, bell, 1);
  notify(memory, bell);
}
