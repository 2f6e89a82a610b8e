/** A loaded module: its description, its store, its lane, its blocking path and its calls in flight. */
import { checkArguments } from "../guest/arguments.ts";
import type { Category } from "../guest/codes.ts";
import type { Description, FunctionDescription, Guest } from "../guest/description.ts";
import { callSeed, identity } from "../guest/seed.ts";
import { RpcError, rpcCode } from "../protocol/errors.ts";
import { firstOwner, SupervisorLock } from "../store/lock.ts";
import type { Scheduled, Store } from "../store/snapshot.ts";
import { newUuidMemory } from "../store/uuids.ts";
import type { Ended, FromWorker, Kind, WorkerStart } from "../worker/messages.ts";
import { CallBook } from "./call-book.ts";
import type { Call, CallEnd, Connection, Submission } from "./calls.ts";
import { GuestWorker, type GuestWorkerEvents, type Loss, type Surroundings } from "./guest-worker.ts";
import { Lane, type LaneModule } from "./lane.ts";
import { Loading } from "./loading.ts";
import type { FetchCounts } from "./operations.ts";
import { BlockingPool, type PoolModule } from "./pool.ts";
import { Schedules } from "./schedules.ts";

/** What a module needs of its host. */
export interface ModuleHost extends Surroundings {
  readonly runSeed: string;
  log(module: string, call: string | null, level: string, message: string): void;
  /** A call stands at a point. */
  parked(module: string, call: string, point: string): void;
  /** Something happened that may have made a module quiet. */
  changed(): void;
}

/** What a module is made from. */
export interface ModuleSource {
  readonly id: string;
  readonly guest: Guest;
  readonly program: WorkerStart["program"];
  readonly store: Store;
}

/** A module. */
export class Module implements LaneModule, PoolModule {
  readonly id: string;
  readonly lock = new SupervisorLock();
  readonly lane = new Lane(this);
  readonly counts: FetchCounts = { inFlight: 0, outcomes: 0 };
  readonly connections = new Set<Connection>();
  readonly #host: ModuleHost;
  readonly #source: ModuleSource;
  readonly #pool = new BlockingPool(this);
  readonly #calls = new CallBook();
  readonly #loading = new Map<GuestWorker, Loading>();
  readonly #schedules: Schedules;
  readonly #uuids = newUuidMemory();
  #description: Description | null = null;
  #identity = "";
  #nextOwner = firstOwner;
  #closed = false;

  constructor(host: ModuleHost, source: ModuleSource) {
    this.#host = host;
    this.#source = source;
    this.id = source.id;
    this.#schedules = new Schedules(source.store, host.clock, (scheduled, over) => this.#runScheduled(scheduled, over));
  }

  /** The description; only once it has been accepted. */
  get description(): Description {
    if (this.#description === null) throw new Error("the module has not been described yet");
    return this.#description;
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

  /** Loads the guest into the lane and gives its description's text. Rejects with a `LoadFailure`. */
  describe(): Promise<string> {
    const worker = this.lane.start();
    return this.#load(worker).described;
  }

  /** Accepts the description: turns may begin. */
  async open(description: Description): Promise<void> {
    this.#description = description;
    this.#identity = identity(this.#host.runSeed, description.name);
    this.lane.instances = 1;
    for (const loading of this.#loading.values()) await loading.open(description);
    this.#loading.clear();
    this.lane.open();
  }

  /** Rows of a table as JSON text, and the last commit that they include. */
  read(table: string): { rows: string; seq: number } {
    const index = this.description.tables.indexOf(table);
    if (index === -1) {
      throw new RpcError(rpcCode.unknownName, `module ${this.id} declares no table ${JSON.stringify(table)}`);
    }
    return this.#source.store.read(index);
  }

  /** Submits a hook. Without one of that name it has ended at once. */
  hook(name: "init" | "connected" | "disconnected", connection: Connection | null, done: (end: CallEnd) => void): void {
    if (!this.description.hooks.includes(name)) done({ outcome: { value: "null" }, seqs: [] });
    else {
      const hook = { name: null, function: `$${name}`, args: {}, connection, park: false, done, refuse: null };
      this.#submit(this.#calls.number(null), hook, "hook", "{}");
    }
  }

  /** Submits a call. */
  call(submission: Submission): void {
    const { name, function: target, args } = submission;
    // A call that fails here has its number all the same: numbers are by submission.
    const n = this.#calls.number(name);
    const fail = (category: Category, message: string) => {
      this.#calls.failpoints.ended(n);
      submission.done({ outcome: { category, message }, seqs: [] });
    };
    const found = this.description.functions.find((entry) => entry.name === target);
    if (found === undefined) {
      fail("unknown-function", `module ${this.id} has no function ${JSON.stringify(target)}`);
      return;
    }
    let text: string;
    try {
      text = checkArguments(args, found);
    } catch (error) {
      fail("bad-arguments", (error as Error).message);
      return;
    }
    this.#submit(n, submission, kindOf(found), text);
  }

  /** Ends the call of that name as cancelled; nothing happens where it has ended. */
  cancel(name: string): void {
    const call = this.#calls.named(name);
    if (call === undefined) return;
    if (call.spec.kind === "sync") this.#pool.cancel(call);
    else this.lane.cancel(call);
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
    for (const call of this.#calls.drain()) {
      const seqs = this.#source.store.commitsOf(call.spec.n);
      call.done({
        outcome: { category: "shutdown", message: "the module was shut down while the call was in flight" },
        seqs,
      });
    }
    await Promise.all([this.lane.close(), this.#pool.close()]);
  }

  /** Removes the tables of a module that is closed. */
  remove(): void {
    this.#source.store.remove();
  }

  startLane(events: GuestWorkerEvents): GuestWorker {
    return this.#startWorker("lane", events);
  }

  startPool(events: GuestWorkerEvents): GuestWorker {
    return this.#startWorker("pool", events);
  }

  async prepare(worker: GuestWorker): Promise<void> {
    const loading = this.#load(worker);
    await loading.described;
    await loading.open(this.description);
    this.#loading.delete(worker);
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
        this.#loading.get(worker)?.message(message);
        break;
      case "fetch":
        worker.operations.fetch(message.n, message.op, message.request, message.body);
        break;
      case "abort":
        worker.operations.abort(message.n, message.op);
        break;
      case "reducer":
        this.#submitReducer(message.n, message.name, message.args);
        break;
      case "sleep":
        worker.operations.sleep(message.n, message.op, message.at);
        break;
      case "log":
        this.#host.log(this.id, message.call, message.level, message.message);
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
    if (!this.#calls.has(call)) return false;
    const { connection, refuse } = call;
    if (connection?.state !== "refused") return true;
    this.#calls.forget(call);
    // A connection that `connected` has refused has nothing to disconnect.
    if (refuse === null) call.done({ outcome: { value: "null" }, seqs: [] });
    else
      refuse(
        new RpcError(rpcCode.unknownName, `connection ${JSON.stringify(connection.name)} was refused by \`connected\``),
      );
    return false;
  }

  ended(worker: GuestWorker, ended: readonly Ended[]): void {
    for (const { n, outcome, seqs } of ended) {
      worker.operations.drop(n);
      this.#calls.end(n, { outcome, seqs });
    }
  }

  lost(culprit: Call | null, others: readonly Call[], loss: Loss): void {
    this.#schedules.take();
    const { category, message } = loss;
    const all = culprit === null || others.includes(culprit) ? others : [culprit, ...others];
    for (const call of all) {
      const seqs = this.#source.store.commitsOf(call.spec.n);
      if (call === culprit) this.#calls.end(call.spec.n, { outcome: { category, message }, seqs });
      else {
        const done = seqs.length === 0 ? "it had committed nothing" : `it had committed ${seqs.join(", ")}`;
        const text = `the lane had to be rebuilt (${message}); ${done}, and may be tried again`;
        this.#calls.end(call.spec.n, { outcome: { category: "lane-lost", message: text }, seqs });
      }
    }
  }

  cancelled(call: Call): void {
    const { n } = call.spec;
    const outcome = { category: "cancelled", message: "the call was cancelled" } as const;
    this.#calls.end(n, { outcome, seqs: this.#source.store.commitsOf(n) });
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

  #submit(n: number, { name, function: called, connection, park, done, refuse }: Submission, kind: Kind, args: string) {
    const spec = {
      n,
      name: name ?? `$${n}`,
      function: called,
      kind,
      args,
      sender: connection?.identity ?? this.#identity,
      connection: connection?.name ?? null,
      seed: callSeed(this.#host.runSeed, n),
      park,
    };
    const call: Call = { spec, connection, done, refuse };
    this.#calls.add(call, name);
    if (kind !== "sync") this.lane.submit(call);
    else if (connection?.state === "opening") connection.waiting.push(() => this.#toPool(call));
    else this.#toPool(call);
  }

  #toPool(call: Call): void {
    if (this.admits(call)) this.#pool.submit(call);
  }

  #runScheduled({ name, args }: Scheduled, over: () => void): void {
    if (this.#closed) return;
    const done = (end: CallEnd) => {
      over();
      this.#report("error", `the scheduled call of ${name}`, end);
    };
    const refuse = null;
    this.call({ name: null, function: name, args: JSON.parse(args), connection: null, park: false, done, refuse });
  }

  /** Submits a reducer that call `n` has called, as if its client had. */
  #submitReducer(n: number, name: string, args: string): void {
    const caller = this.#calls.numbered(n);
    if (caller === undefined || this.#closed) return;
    const { connection, spec } = caller;
    const done = (end: CallEnd) => this.#report("warn", `the reducer ${name}, called by ${spec.name},`, end);
    this.call({ name: null, function: name, args: JSON.parse(args), connection, park: false, done, refuse: null });
  }

  #report(level: "warn" | "error", what: string, { outcome }: CallEnd): void {
    if (this.#closed || "value" in outcome) return;
    this.#host.log(this.id, null, level, `${what} failed: ${outcome.category}: ${outcome.message}`);
  }

  #startWorker(role: WorkerStart["role"], events: GuestWorkerEvents): GuestWorker {
    const owner = this.#nextOwner;
    this.#nextOwner += 1;
    const { guest, program, store } = this.#source;
    const [lock, failpoints] = [this.lock.memory, this.#calls.failpoints.memory];
    const { runSeed: seed, clock } = this.#host;
    const uuids = this.#uuids;
    const shared = { lock, failpoints, uuids, clock: clock.memory };
    const start = { role, guest, program, store: store.path, seed, owner, now: clock.now(), ...shared };
    const worker = new GuestWorker(start, this.#host, this.counts, {
      ...events,
      gone: (loss) => {
        this.#loading.get(worker)?.gone(loss);
        this.#loading.delete(worker);
        events.gone(loss);
      },
    });
    return worker;
  }

  #load(worker: GuestWorker): Loading {
    const loading = new Loading(worker);
    this.#loading.set(worker, loading);
    return loading;
  }
}

function kindOf(target: FunctionDescription): Kind {
  return target.kind === "reducer" ? "reducer" : target.mode;
}
