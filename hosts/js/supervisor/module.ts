/** A loaded module: its description, its store, its lane, its blocking path and its calls in flight. */
import type { Failure } from "../guest/codes.ts";
import type { Description, Guest } from "../guest/description.ts";
import { callSeed, identity } from "../guest/seed.ts";
import type { Limits } from "../limits.ts";
import { RpcError, rpcCode } from "../protocol/errors.ts";
import { firstOwner, SupervisorLock } from "../store/lock.ts";
import type { Store } from "../store/snapshot.ts";
import { newUuidMemory } from "../store/uuids.ts";
import type { Ended, FromWorker, Kind } from "../worker/messages.ts";
import { CallBook } from "./call-book.ts";
import type { Call, CallEnd, Connection, Submission } from "./calls.ts";
import type { Code } from "./code.ts";
import { type Accept, CurrentCode } from "./current-code.ts";
import { Deadlines } from "./deadlines.ts";
import type { GuestWorker, GuestWorkerEvents, Loss, Surroundings } from "./guest-worker.ts";
import { Lane, type LaneModule } from "./lane.ts";
import type { FetchCounts } from "./operations.ts";
import { OwnCalls, type OwnCallsModule } from "./own-calls.ts";
import { Places } from "./places.ts";
import { BlockingPool, type PoolModule } from "./pool.ts";
import { Schedules } from "./schedules.ts";
import { Subscriptions, type TellChanges } from "./subscriptions.ts";
import { Workers } from "./workers.ts";

/** What a module needs of its host. */
export interface ModuleHost extends Surroundings {
  readonly runSeed: string;
  log(module: string, call: string | null, level: string, message: string): void;
  /** A commit changed a table that somebody subscribes to. */
  readonly tableChanged: TellChanges;
  /** A call stands at a point. */
  parked(module: string, call: string, point: string): void;
  /** Something happened that may have made a module quiet. */
  changed(): void;
}

/** What a module is made from. */
export interface ModuleSource {
  readonly id: string;
  readonly guest: Guest;
  readonly store: Store;
  readonly limits: Limits;
}

/** A module. */
export class Module implements LaneModule, PoolModule, OwnCallsModule {
  readonly id: string;
  readonly lock = new SupervisorLock();
  readonly lane = new Lane(this);
  readonly counts: FetchCounts = { inFlight: 0, outcomes: 0 };
  readonly #host: ModuleHost;
  readonly #source: ModuleSource;
  readonly #pool = new BlockingPool(this);
  readonly #calls: CallBook;
  readonly #places: Places;
  readonly #deadlines: Deadlines;
  /** Calls that were submitted and have not begun, hooks aside. */
  readonly #waiting = new Set<Call>();
  readonly #workers: Workers;
  readonly #schedules: Schedules;
  readonly #subscriptions: Subscriptions;
  readonly #code: CurrentCode;
  #closed = false;
  readonly #own: OwnCalls;

  constructor(host: ModuleHost, source: ModuleSource) {
    this.#host = host;
    this.#source = source;
    this.id = source.id;
    this.#calls = new CallBook(source.store, (call) => this.#over(call));
    this.#own = new OwnCalls(this);
    this.#subscriptions = new Subscriptions(source.store, host.tableChanged);
    const shared = {
      guest: source.guest,
      store: source.store.path,
      seed: host.runSeed,
      lock: this.lock.memory,
      failpoints: this.#calls.failpoints.memory,
      uuids: newUuidMemory(),
      watch: this.#subscriptions.memory,
      clock: host.clock.memory,
    };
    this.#workers = new Workers(shared, host, source.limits, this.counts, firstOwner);
    this.#code = new CurrentCode(this.lane, this.#workers, () => {
      this.#pool.update();
      this.changed();
    });
    this.#places = new Places(source.limits.inFlight);
    this.#deadlines = new Deadlines(host.clock, source.limits.callMs, (call, failure) => {
      if (call.spec.kind === "sync") this.#pool.endOnceHeld(call, failure);
      else this.lane.end(call, failure);
    });
    this.#schedules = new Schedules(source.store, host.clock, (scheduled, over) =>
      this.#own.scheduled(scheduled, over),
    );
  }

  /** What calls that begin run; only once there is any. */
  get code(): Code {
    return this.#code.code;
  }

  /** What that says of itself. */
  get description(): Description {
    return this.code.description;
  }

  get guest(): Guest {
    return this.#source.guest;
  }

  get limits(): Limits {
    return this.#source.limits;
  }

  /** Calls in flight, queued ones included. */
  get callsInFlight(): number {
    return this.#calls.size;
  }

  /** Guest instances: those of the lane, and one for each Worker of the blocking path. */
  get instances(): number {
    return this.lane.instances + this.#pool.size;
  }

  /** Whether nothing of the module can run until a fetch ends, the clock moves or a request comes. */
  get quiet(): boolean {
    return this.lane.quiet && this.#pool.quiet;
  }

  get locked(): boolean {
    return this.#pool.isParked;
  }

  /** The name that the module was loaded with: that of its identities. */
  get name(): string {
    return this.#code.name;
  }

  /** Loads a program: the first, or other code in the place of what is in force. See `CurrentCode`. */
  run(read: () => Promise<Code["program"]>, accept: Accept): Promise<Description> {
    return this.#code.run(read, accept);
  }

  /** Rows of a table as JSON text, and the last commit that they include. */
  read(table: string): { rows: string; seq: number } {
    return this.#source.store.read(this.#table(table));
  }

  /** Subscribes to a table; gives what `read` does. */
  subscribe(name: string, table: string): { rows: string; seq: number } {
    return this.#subscriptions.add(name, this.#table(table));
  }

  /** Ends a subscription. */
  unsubscribe(name: string): void {
    this.#subscriptions.remove(name);
  }

  /** Whether it was given up. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Writes a line that no call wrote. */
  log(level: "warn" | "error", message: string): void {
    this.#host.log(this.id, null, level, message);
  }

  /** Submits a hook. Without one of that name it has ended at once. */
  hook(name: "init" | "connected" | "disconnected", connection: Connection | null, done: (end: CallEnd) => void): void {
    if (!this.description.hooks.includes(name)) done({ outcome: { value: "null" }, seqs: [] });
    else {
      const hook = {
        name: null,
        function: `$${name}`,
        args: {},
        connection,
        park: false,
        done,
        refuse: null,
        queues: false,
      };
      this.#submit(this.#calls.number(null), hook, "hook", "{}");
    }
  }

  /** Submits a call. */
  call(submission: Submission): void {
    const { name, function: target, args } = submission;
    // A call that fails here has its number all the same: numbers are by submission.
    const n = this.#calls.number(name);
    const checked = this.code.check(target, args);
    if ("category" in checked) {
      this.#calls.failpoints.ended(n);
      submission.done({ outcome: checked, seqs: [] });
    } else this.#submit(n, submission, checked.kind, checked.args);
  }

  /** Ends the call of that name as cancelled; nothing happens where it has ended. */
  cancel(name: string): void {
    const call = this.#calls.named(name);
    if (call === undefined) return;
    const failure: Failure = { category: "cancelled", message: "the call was cancelled" };
    if (this.#waiting.has(call)) this.#withdraw(call, failure);
    else if (call.spec.kind === "sync") this.#pool.end(call, failure);
    else this.lane.end(call, failure);
  }

  /** Lets the parked call of that name go on; false where none is parked. */
  continue(name: string): boolean {
    return this.#pool.continue(name);
  }

  /** Lets the next commits of a call conflict, be it submitted already or not. */
  failCommits(name: string, commits: number): void {
    this.#calls.failCommits(name, commits);
  }

  /** Ends every call as `shutdown` and gives the Workers up; settles when their threads are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#schedules.cancel();
    this.#places.close();
    this.#calls.shutDown();
    this.#code.close();
    this.lane.close();
    this.#pool.close();
    await this.#workers.close();
  }

  /** Removes the tables of a module that is closed. */
  remove(): void {
    this.#source.store.remove();
  }

  startLane(program: Code["program"], events: GuestWorkerEvents): GuestWorker {
    return this.#workers.start("lane", program, events);
  }

  startPool(events: GuestWorkerEvents): GuestWorker {
    return this.#workers.start("pool", this.code.program, events);
  }

  prepare(worker: GuestWorker, code: Code): Promise<void> {
    return this.#workers.prepare(worker, code);
  }

  dismiss(worker: GuestWorker): void {
    this.#workers.dismiss(worker);
  }

  renew(call: Call): boolean {
    if (!this.admits(call)) return false;
    const { kind, function: called, args } = call.spec;
    call.code = this.code;
    if (kind === "hook") {
      if (this.code.hasHook(called)) return true;
      this.#calls.end(call.spec.n, { outcome: { value: "null" }, seqs: [] });
      return false;
    }
    const checked = this.code.check(called, JSON.parse(args));
    if ("category" in checked) {
      this.cut(call, checked);
      return false;
    }
    call.spec = { ...call.spec, kind: checked.kind };
    if (checked.kind === "reducer") this.#places.free(call);
    if ((checked.kind === "sync") === (kind === "sync")) return true;
    if (checked.kind === "sync") this.#toPool(call);
    else this.lane.submit(call);
    return false;
  }

  stamp(): number | null {
    return this.#host.clock.stamp();
  }

  message(worker: GuestWorker, message: FromWorker): void {
    switch (message.t) {
      case "evaluating":
      case "described":
      case "refused":
      case "opened":
        this.#workers.message(worker, message);
        break;
      case "fetch":
        worker.operations.fetch(message.n, message.op, message.request, message.body);
        break;
      case "abort":
        worker.operations.abort(message.n, message.op);
        break;
      case "reducer": {
        const caller = this.#calls.numbered(message.n);
        if (caller !== undefined) this.#own.reducer(caller, message.name, message.args);
        break;
      }
      case "sleep":
        worker.operations.sleep(message.n, message.op, message.at);
        break;
      case "log":
        this.#host.log(this.id, message.call, message.level, message.message);
        break;
      case "changed":
        this.#subscriptions.flush();
        break;
      case "scheduled":
        this.#schedules.take();
        break;
      case "waits":
        this.changed();
        break;
      case "lock":
        this.lane.lockReleased(message.release);
        break;
    }
  }

  admits(call: Call): boolean {
    return this.#calls.admits(call);
  }

  ended(worker: GuestWorker, ended: readonly Ended[]): void {
    for (const { n, outcome, seqs } of ended) {
      worker.operations.drop(n);
      this.#calls.end(n, { outcome, seqs });
    }
  }

  lost(culprit: Call | null, others: readonly Call[], loss: Loss): void {
    this.#schedules.take();
    this.#calls.lost(culprit, others, loss);
  }

  place(call: Call, admit: () => void): boolean {
    return this.#places.take(call, admit);
  }

  began(call: Call): void {
    this.#waiting.delete(call);
    if (call.spec.kind !== "reducer" && call.spec.kind !== "hook") this.#deadlines.begin(call);
  }

  cut(call: Call, outcome: Failure): void {
    this.#calls.cut(call, outcome);
  }

  parked(call: Call, point: string): void {
    this.#host.parked(this.id, call.spec.name, point);
    this.lane.lockKept();
  }

  lockFreed(): void {
    this.lane.lockReleased("free");
  }

  changed(): void {
    this.#host.changed();
  }

  #table(name: string): number {
    const index = this.code.tables.indexOf(name);
    if (index !== -1) return index;
    throw new RpcError(rpcCode.unknownName, `module ${this.id} declares no table ${JSON.stringify(name)}`);
  }

  #submit(
    n: number,
    { name, function: called, connection, park, done, refuse, queues }: Submission,
    kind: Kind,
    args: string,
  ) {
    const spec = {
      n,
      name: name ?? `$${n}`,
      function: called,
      kind,
      args,
      sender: connection?.identity ?? identity(this.#host.runSeed, this.name),
      connection: connection?.name ?? null,
      seed: callSeed(this.#host.runSeed, n),
      park,
    };
    const call: Call = { spec, code: this.code, connection, done, refuse, queues };
    this.#calls.add(call, name);
    if (kind !== "hook") this.#waiting.add(call);
    if (kind !== "sync") this.lane.submit(call);
    else if (connection?.state === "opening") connection.waiting.push(() => this.#toPool(call));
    else this.#toPool(call);
    this.#checkQueue(call);
  }

  /** Refuses a call that has not begun and is one more than may wait. */
  #checkQueue(call: Call): void {
    const { queued } = this.#source.limits;
    if (queued === null || !call.queues || !this.#waiting.has(call)) return;
    const starting = new Set(this.#pool.starting);
    const waiting = [...this.#waiting].filter((other) => other.queues && !starting.has(other));
    if (waiting.length <= queued) return;
    const message = `${queued} calls of the module wait to begin, as many as may: try again when some have begun`;
    this.#withdraw(call, { category: "limit", message });
  }

  /** Ends a call that has not begun. */
  #withdraw(call: Call, failure: Failure): void {
    // One that waits for a place, or for its connection, is in neither queue.
    if (!this.lane.withdraw(call)) this.#pool.withdraw(call);
    this.cut(call, failure);
    this.changed();
  }

  /** A call is not in flight any more. */
  #over(call: Call): void {
    this.#subscriptions.flush();
    this.#waiting.delete(call);
    this.#deadlines.end(call);
    this.#places.free(call);
  }

  #toPool(call: Call): void {
    if (this.admits(call)) this.#pool.submit(call);
  }
}
