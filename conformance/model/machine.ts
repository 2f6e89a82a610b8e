/**
 * One module under the contract, as the smallest machine that keeps it. The machine decides nothing: it says which steps the contract allows now
 * (`items`, the turn that runs, the blocking path) and takes the one that its user picks. Everything else is a consequence.
 */
import { isHook, ModelCall, type NewCall, type Operation } from "./call.ts";
import { Contexts } from "./context.ts";
import { type Deadline, Deadlines } from "./deadlines.ts";
import { refusalOf } from "./ending.ts";
import { Refused } from "./failure.ts";
import type { MachineProfile } from "./machine-profile.ts";
import { Operations } from "./operations.ts";
import { OwnCalls } from "./own-calls.ts";
import { Pool } from "./pool.ts";
import { Procedures } from "./procedures.ts";
import { type ModelModule, type Reply, reducer } from "./program.ts";
import { type Item, ReadyQueue } from "./ready-queue.ts";
import { type Scheduled, Schedules, type Waiting } from "./schedules.ts";
import { Tables } from "./tables.ts";
import { firstOf } from "./timer.ts";
import { Transactions } from "./transactions.ts";

/** What runs in place of a function that the new code of its module does not have. */
const gone = reducer(() => {
  throw new Refused("unknown-function");
});

/** A module under the contract. */
export class Machine {
  readonly tables: Tables;
  readonly profile: MachineProfile;
  #module: ModelModule;
  readonly #calls = new Map<string, ModelCall>();
  readonly #queue: ReadyQueue;
  readonly #operations: Operations;
  readonly #schedules: Schedules;
  readonly #deadlines: Deadlines;
  /** The `connected` hook of each connection. */
  readonly #openings = new Map<string, ModelCall>();
  readonly #pool: Pool;
  #turn: ModelCall | undefined;
  readonly #transactions: Transactions;
  readonly #procedures: Procedures;
  #paused = false;
  readonly #own = new OwnCalls();

  /** A module of that name whose clock shows `now` (ms since the epoch); an empty one, unless tables are given, which it takes over. */
  constructor(module: ModelModule, profile: MachineProfile, now = 0, tables?: Tables, name = "") {
    this.#module = module;
    this.tables = tables ?? new Tables();
    this.profile = profile;
    this.#queue = new ReadyQueue(profile.requestBurst, profile.maxInFlight);
    this.#pool = new Pool(profile.blockingPool ?? 1);
    this.#operations = new Operations(now, profile.network);
    this.#deadlines = new Deadlines(profile.limits?.callMs);
    this.#schedules = new Schedules({
      now: () => this.now,
      nextPlace: () => this.#operations.nextPlace(),
      submit: (scheduled, maker) => this.submit(this.#own.scheduled(scheduled), maker),
    });
    const contexts = new Contexts(profile.seed, name, () => this.now, this.tables.loads);
    this.#procedures = new Procedures({
      profile,
      contexts,
      queue: this.#queue,
      operations: this.#operations,
      submit: (effect, maker) => this.submit(this.#own.submitted(effect, maker), maker),
      turnOver: (call) => this.#turnOver(call),
      over: (call) => this.#over(call),
    });
    this.#transactions = new Transactions({
      replays: profile.retry === "replay",
      contexts,
      tables: this.tables,
      schedules: this.#schedules,
      now: () => this.now,
      goOn: (call, fibers) => this.#procedures.goOn(call, fibers),
    });
    // `init` is the first commit.
    if (this.tables.seq > 0) return;
    const init = this.#hook("init", null);
    if (init !== undefined) {
      this.take({ kind: "request", call: init });
      this.transact(init);
    }
  }

  /** The call of that name. */
  call(name: string): ModelCall | undefined {
    return this.#calls.get(name);
  }

  /** Every call, in submission order. */
  get calls(): ReadonlyMap<string, ModelCall> {
    return this.#calls;
  }

  /** Fetches in flight, oldest first. */
  get fetches(): readonly Operation[] {
    return this.#operations.fetches;
  }

  /** Fetches that were in flight when their call ended. */
  get dropped(): readonly Operation[] {
    return this.#operations.dropped;
  }

  /** Sleeps in flight, in the order in which they are due. */
  get sleeps(): readonly Operation[] {
    return this.#operations.sleeps;
  }

  /** What comes next by its time, where the clock is to be moved that far: a sleep, a fetch at its time limit, a schedule, or the end of a call's time. */
  get due(): Operation | Waiting | Deadline | undefined {
    const timers = [this.#operations.first, this.#schedules.first, this.#deadlines.first];
    const first = firstOf(timers.filter((one) => one !== undefined));
    return first !== undefined && first.due <= this.#operations.target ? first : undefined;
  }

  /** When an operation in flight is over at the latest, in ms since the epoch: at its own time, or with its call's. */
  latestEnd({ call, due }: Operation): number {
    return Math.min(due, this.#deadlines.of(call));
  }

  /** The call whose turn runs on the lane, and waits for its transaction. */
  get turn(): ModelCall | undefined {
    return this.#turn;
  }

  /** The call that stands still at a point, with its transaction open, and the point. */
  get parked(): { call: ModelCall; point: string } | undefined {
    return this.#transactions.parked;
  }

  /** Calls of the blocking path that wait to run a transaction. */
  get poolTransactions(): readonly ModelCall[] {
    return this.parked === undefined ? [...this.#pool.running].filter((call) => call.wantsTransaction) : [];
  }

  /** What its clock shows, in ms since the epoch. */
  get now(): number {
    return this.#operations.now;
  }

  /**
   * The module gets the code of another: what has begun ends by the code that it began with, and what begins from now on runs the new one, also where it
   * was submitted before.
   */
  update(to: ModelModule): void {
    this.#module = to;
    for (const call of this.#calls.values()) {
      if (call.started || call.end !== undefined || call === this.#turn || isHook(call)) continue;
      call.program = to.functions.get(call.new.function) ?? gone;
      call.coming = undefined;
      call.ready = call.path === "lane" && call.program.kind === "procedure" ? this.#procedures.start(call) : [];
    }
  }

  /** Opens a connection. Gives its hook, which takes its turn among the requests, where the module has one. */
  connect(connection: string): ModelCall | undefined {
    const hook = this.#hook("connected", connection);
    if (hook !== undefined) this.#openings.set(connection, hook);
    return hook;
  }

  /** Closes a connection. Gives its hook, which takes its turn among the requests, where the module has one. Its calls run on. */
  disconnect(connection: string): ModelCall | undefined {
    return this.#hook("disconnected", connection);
  }

  /** Submits a call; `maker` is the call of the module that does. */
  submit(call: NewCall, maker?: ModelCall): ModelCall {
    const program = this.#module.functions.get(call.function);
    const blocking = program?.kind === "procedure" && program.sync && this.profile.guest === "ts";
    const submitted = new ModelCall(call, this.#calls.size, program, blocking ? "pool" : "lane", maker);
    this.#calls.set(call.name, submitted);
    submitted.end = refusalOf(program, call.args);
    if (program === undefined || submitted.end !== undefined) return submitted;
    if (blocking) {
      this.#pool.push(submitted, this.#openings.get(call.connection ?? ""));
      this.#fillPool();
    } else {
      if (program.kind === "procedure") submitted.ready = this.#procedures.start(submitted);
      // What the lane or the clock submits is in the queue before anything else happens.
      this.#queue.push(submitted, this.#paused || (call.own !== undefined && maker?.path !== "pool"));
    }
    return submitted;
  }

  /** The next commits of a call conflict. */
  failCommits(call: string, commits: number): void {
    this.#transactions.failCommits(call, commits);
  }

  /** The schedules that wait. */
  get waiting(): readonly Waiting[] {
    return this.#schedules.all;
  }

  /** A schedule that commit number `made` made waits from now on; where its time has passed it is due, and submitted, at that commit. */
  schedule(scheduled: Scheduled, due: number, made: number, maker?: ModelCall): void {
    this.#schedules.add(scheduled, due, made, maker);
  }

  /** Ends a call as `cancelled`, wherever it is. */
  cancel(call: ModelCall): void {
    this.end(call, "cancelled");
  }

  /** Ends a call from outside, wherever it is. */
  end(call: ModelCall, category: string): void {
    if (call.end !== undefined) return;
    call.end = { outcome: "failed", category, message: undefined };
    this.#transactions.drop(call);
    this.#over(call);
  }

  /** The lane is given up and built anew. The calls on it are lost; those that wait to begin are not. */
  loseLane(): void {
    for (const call of this.#calls.values()) if (call.isOnLane) this.end(call, "lane-lost");
    this.#procedures.renewLane();
  }

  /** What came of a fetch in flight comes in; where that is a redirect, the fetch goes on. */
  settle(operation: Operation, reply: Reply): void {
    const outcome = this.#operations.reply(operation, reply);
    if (outcome !== undefined) this.#procedures.settle(operation, outcome);
  }

  /** The clock is to be moved; what falls due is fired by `fire`, one at a time, whenever nothing else can run. */
  advance(to: number): void {
    this.#operations.moveTo(to);
  }

  /** The clock has been moved: nothing is due any more. */
  advanced(): void {
    this.#operations.moved();
  }

  /** Lets what is due come in. */
  fire(): void {
    const { due } = this;
    if (due === undefined) throw new Error("nothing is due");
    this.#operations.reach(due.due);
    this.barrier();
    if ("scheduled" in due) this.#schedules.fall(due);
    else if ("late" in due) this.end(due.late, "deadline");
    else this.#procedures.settle(due, "fetch" in due.what ? { ok: false, category: "timeout" } : undefined);
    this.barrier();
  }

  /** Whatever was released or submitted until now is in its queue for certain, before all that comes later. */
  barrier(): void {
    this.#queue.barrier();
  }

  /** Whether the lane stands still. */
  get paused(): boolean {
    return this.#paused;
  }

  /** The lane stands still. */
  pause(): void {
    this.#paused = true;
  }

  /** The lane goes on: what was submitted before is in the queue. */
  resume(): void {
    this.#paused = false;
    this.#queue.requestsAreIn();
  }

  /** What the contract lets the lane take next; nothing while a turn runs. `stepping` is a single turn of a lane that stands still. */
  items(stepping = false): Item[] {
    if (this.#turn !== undefined || (this.#paused && !stepping)) return [];
    return this.#queue.items(({ program }) => program?.kind === "reducer" && this.parked !== undefined);
  }

  /** The lane takes an item. Its turn runs up to its first transaction, or to its end. */
  take(item: Item): void {
    const { call } = item;
    this.#turn = call;
    this.#queue.take(item);
    if (item.kind === "completion") this.#procedures.give(item.completion);
    if (call.program?.kind === "reducer") return;
    this.#begin(call);
    this.#procedures.runOn(call);
  }

  /**
   * The call that waits for its transaction, of the lane's turn or of the blocking path, runs it: to its commit, its end without one, or a point. Then
   * it runs on up to the next transaction.
   */
  transact(call: ModelCall): void {
    if (call.program?.kind === "reducer") {
      this.#begin(call);
      this.#transactions.reduce(call);
      this.#over(call);
    } else this.#transactions.run(call);
  }

  /** The call that stands still at a point goes on. */
  goOn(): void {
    this.#transactions.goOn();
  }

  /** Whether nothing can happen without the kit. */
  get quiet(): boolean {
    return this.#turn === undefined && this.items().length === 0 && this.poolTransactions.length === 0;
  }

  /** Submits a hook, in its turn among the requests. */
  #hook(name: string, connection: string | null): ModelCall | undefined {
    if (!this.#module.hooks.has(name)) return undefined;
    // It runs the code that its module has by then.
    const program = reducer((tx) => this.#module.hooks.get(name)?.(tx, connection ?? ""));
    const hook = new ModelCall(this.#own.hook(name, connection), this.#calls.size, program, "lane");
    this.#calls.set(hook.new.name, hook);
    this.#queue.push(hook, this.#paused);
    return hook;
  }

  #begin(call: ModelCall): void {
    if (call.started) return;
    call.began = this.now;
    this.#deadlines.begin(call, this.now, this.#operations.nextPlace());
  }

  #fillPool(): void {
    for (let call = this.#pool.next(); call !== undefined; call = this.#pool.next()) {
      this.#begin(call);
      this.#procedures.goOn(call, this.#procedures.start(call));
    }
  }

  #turnOver(call: ModelCall): void {
    if (this.#turn === call) this.#turn = undefined;
  }

  /** A call has ended: nothing of it is left, and its place is free. */
  #over(call: ModelCall): void {
    this.#turnOver(call);
    this.#queue.forget(call);
    this.#operations.removeAllOf(call);
    this.#deadlines.forget(call);
    this.#pool.forget(call);
    call.ready = [];
    this.#fillPool();
  }
}
