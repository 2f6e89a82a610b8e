/** What all calls in one Worker share: the store, the transaction lock, the clock and the way to the supervisor. */
import { WorkerLock } from "../store/lock.ts";
import { Tables } from "../store/tables.ts";
import type { GuestCall } from "./guest-call.ts";
import type { FromWorker, Level, WorkerStart } from "./messages.ts";

const realNow = Date.now;

/** One Worker's share of its module. */
export class Runtime {
  readonly post: (message: FromWorker) => void;
  readonly #lock: WorkerLock;
  readonly #start: WorkerStart;
  #tables: Tables | null = null;
  #now: number | null;
  #lastOp = 0;
  /** The call whose turn is running. */
  current: GuestCall | null = null;
  /** The call that has a transaction open in this Worker. */
  open: GuestCall | null = null;

  constructor(start: WorkerStart, post: Runtime["post"]) {
    this.#start = start;
    this.#lock = new WorkerLock(start.lock, start.owner);
    this.#now = start.now;
    this.post = post;
  }

  /** Opens the store, once the supervisor has accepted the description. */
  openStore(tables: readonly string[], functions: readonly string[]): void {
    this.#tables = new Tables(this.#start.store, tables, functions);
  }

  /** The store; only while a transaction is open. */
  get tables(): Tables {
    if (this.#tables === null) throw new Error("the store is not open yet");
    return this.#tables;
  }

  /** Milliseconds since the Unix epoch by the host's clock. */
  now(): number {
    return this.#now ?? realNow();
  }

  /** Sets the virtual clock, or with null the real one. */
  setNow(now: number | null): void {
    this.#now = now;
  }

  /** A number for a host operation, never used twice in this Worker. */
  nextOp(): number {
    this.#lastOp += 1;
    return this.#lastOp;
  }

  /** Opens the transaction of a reducer or hook; the supervisor has reserved the lock. */
  beginReserved(call: GuestCall): void {
    this.#lock.adopt();
    this.#begin(call);
  }

  /** Opens a procedure's transaction; waits while another Worker has one open. */
  begin(call: GuestCall): void {
    this.#lock.acquire();
    this.#begin(call);
  }

  /** Commits the open transaction and gives its `seq`. */
  commit(): number {
    const { seq, scheduled } = this.tables.commit((this.open as GuestCall).spec.n);
    this.#release();
    if (scheduled) this.post({ t: "scheduled" });
    return seq;
  }

  /** Undoes the open transaction. */
  rollback(): void {
    this.tables.rollback();
    this.#release();
  }

  /** Writes a line to the kit's log. */
  log(call: GuestCall | null, level: Level, message: string): void {
    this.post({ t: "log", call: call?.spec.name ?? null, level, message });
  }

  #begin(call: GuestCall): void {
    this.tables.begin();
    this.open = call;
  }

  #release(): void {
    this.open = null;
    const release = this.#lock.release();
    if (release !== "quiet") this.post({ t: "lock", release });
  }
}
