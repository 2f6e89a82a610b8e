/** What all calls in one Worker share: the store, the transaction lock, the clock and the way to the supervisor. */
import { code, Refusal } from "../guest/codes.ts";
import type { FunctionDescription } from "../guest/description.ts";
import { WorkerControl } from "../store/control.ts";
import { conflicts } from "../store/failpoints.ts";
import { WorkerLock } from "../store/lock.ts";
import { Tables } from "../store/tables.ts";
import { nextUuid } from "../store/uuids.ts";
import type { GuestCall } from "./guest-call.ts";
import type { FromWorker, Level, WorkerStart } from "./messages.ts";

// Captured before any guest runs: a guest shares the realm and may replace what it finds there.
const realNow = Date.now;
const { max } = Math;

/** One Worker's share of its module. */
export class Runtime {
  readonly post: (message: FromWorker) => void;
  readonly control: WorkerControl;
  readonly #lock: WorkerLock;
  readonly #start: WorkerStart;
  #functions: readonly FunctionDescription[] = [];
  #tables: Tables | null = null;
  #now: number | null;
  #lastOp = 0;
  /** The call whose turn is running. */
  current: GuestCall | null = null;
  /** The call that has a transaction open in this Worker. */
  open: GuestCall | null = null;
  /** When its transaction began. */
  began = 0;
  /** Runs when the thread has waited for the lock, before its guest goes on. */
  afterWait: () => void = () => {};
  /** Stops the thread at a point until the call goes on; null where calls do not stop. */
  park: ((n: number, point: string) => void) | null = null;

  constructor(start: WorkerStart, post: Runtime["post"]) {
    this.#start = start;
    this.control = new WorkerControl(start.control);
    this.#lock = new WorkerLock(start.lock, start.owner, this.control, {
      begins: () => post({ t: "waits" }),
      ends: () => {
        if (start.clock !== null) this.#now = start.clock[0] as number;
        this.afterWait();
      },
    });
    this.#now = start.now;
    this.post = post;
  }

  /** Opens the store, once the supervisor has accepted the description. */
  openStore(tables: readonly string[], functions: readonly FunctionDescription[]): void {
    this.#functions = functions;
    const names = functions.map(({ name }) => name);
    this.#tables = new Tables(this.#start.store, tables, names, this.#start.watch);
  }

  /** The reducer of that name. */
  reducer(name: string): FunctionDescription | undefined {
    return this.#functions.find((entry) => entry.kind === "reducer" && entry.name === name);
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

  /** The module's next UUID. */
  uuid(): string {
    return nextUuid(this.#start.uuids, this.#start.seed, this.now());
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
    if (!this.#lock.acquire()) throw cancelled();
    this.#begin(call);
  }

  /** Commits the open transaction and gives its `seq`. Undoes it where that is refused, as a `conflict` for example. */
  commit(): number {
    if (!this.control.beginCommit()) {
      this.rollback();
      throw cancelled();
    }
    try {
      return this.#commit((this.open as GuestCall).spec.n);
    } finally {
      if (this.control.endCommit()) this.post({ t: "committed" });
    }
  }

  /** Undoes the open transaction. */
  rollback(): void {
    this.tables.rollback();
    this.#release();
  }

  /** Gives the lock up that is left where a guest's stack ended in the middle of a begin or an end of a transaction. */
  tidy(): void {
    if (this.open === null && this.#lock.isHeld) this.#release();
  }

  /** Writes a line to the kit's log. */
  log(call: GuestCall | null, level: Level, message: string): void {
    this.post({ t: "log", call: call?.spec.name ?? null, level, message });
  }

  /** No cancellation ends the call meanwhile: its entry among the failpoints would be another call's then. */
  #commit(n: number): number {
    if (conflicts(this.#start.failpoints, n)) {
      this.rollback();
      throw new Refusal(code.conflict, "the commit conflicted with another transaction, and was undone");
    }
    const { seq, scheduled, watched } = this.tables.commit(n);
    this.#release();
    if (watched) this.post({ t: "changed" });
    if (scheduled) this.post({ t: "scheduled" });
    return seq;
  }

  #begin(call: GuestCall): void {
    // A real clock may have been set back since the call began.
    this.began = max(this.now(), call.timestamp);
    this.tables.begin();
    this.open = call;
  }

  #release(): void {
    this.open = null;
    const release = this.#lock.release();
    if (release !== "quiet") this.post({ t: "lock", release });
  }
}

/** The refusal of every host call of a cancelled call. */
export function cancelled(): Refusal {
  return new Refusal(code.cancelled, "the call was cancelled");
}
