/**
 * What the supervisor and one Worker share besides messages, so that it holds while the Worker's thread runs or sleeps: the
 * word on which a Worker of the blocking path sleeps, whether its call was cancelled, whether it waits for the lock, and its thread.
 *
 * A cancelled call ends for its caller at once, with the commits that it had then. So a commit and a cancellation exclude
 * each other: whichever comes first to the phase wins, and a cancellation that comes during a commit is told when it is over.
 */

/** The words, to be shared with a Worker. */
export type ControlMemory = Int32Array<SharedArrayBuffer>;

const woken = 0;
const phase = 1;
const waits = 2;
const thread = 3;

/** Phases of a Worker's call. */
const free = 0;
const committing = 1;
const cancelled = 2;
const cancelledInCommit = 3;

// Captured before any guest runs: a guest shares the realm and finds `Atomics.wait` refused.
const { compareExchange, load, notify, store, wait } = Atomics;

/** The words as the Worker uses them. */
export class WorkerControl {
  readonly #memory: ControlMemory;

  constructor(memory: ControlMemory) {
    this.#memory = memory;
  }

  /** Says by which number the system knows the Worker's thread. */
  setThread(number: number): void {
    store(this.#memory, thread, number);
  }

  /** Whether the call that runs in this Worker was cancelled. */
  get cancelled(): boolean {
    return load(this.#memory, phase) === cancelled;
  }

  /** Begins a commit; false where the call was cancelled before. */
  beginCommit(): boolean {
    return compareExchange(this.#memory, phase, free, committing) === free;
  }

  /** Ends a commit; true where the call was cancelled meanwhile, which the supervisor then has to be told. */
  endCommit(): boolean {
    if (compareExchange(this.#memory, phase, committing, free) === committing) return false;
    store(this.#memory, phase, cancelled);
    return true;
  }

  /** Says whether the thread waits for the transaction lock. */
  waitForLock(waiting: boolean): void {
    store(this.#memory, waits, waiting ? 1 : 0);
  }

  /** Readies the thread's sleep; to be called before the message whose answer ends it. */
  arm(): void {
    store(this.#memory, woken, 0);
  }

  /** Sleeps until the supervisor wakes the thread, which it may have done already. */
  sleep(): void {
    wait(this.#memory, woken, 0);
  }
}

/** The words as the supervisor uses them. */
export class SupervisorControl {
  readonly memory: ControlMemory = new Int32Array(new SharedArrayBuffer(16));

  /** The number by which the system knows the Worker's thread; 0 where that is not known. */
  get thread(): number {
    return load(this.memory, thread);
  }

  /** Whether the Worker's thread waits for the transaction lock. Certain only while another Worker holds it. */
  get waitsForLock(): boolean {
    return load(this.memory, waits) === 1;
  }

  /** A new call is about to begin. */
  reset(): void {
    store(this.memory, phase, free);
  }

  /** Cancels the Worker's call. False where it is in the middle of a commit: the Worker then says when that is over. */
  cancel(): boolean {
    if (compareExchange(this.memory, phase, free, cancelled) === free) return true;
    return compareExchange(this.memory, phase, committing, cancelledInCommit) === free && this.cancel();
  }

  /** Wakes the Worker's thread; the message that it finds was sent before. */
  wake(): void {
    store(this.memory, woken, 1);
    notify(this.memory, woken);
  }
}
