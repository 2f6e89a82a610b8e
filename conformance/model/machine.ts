/**
 * One module under the contract, as the smallest machine that keeps it. The machine decides nothing: it says which steps the contract allows now
 * (`items`, the turn that runs, the blocking path) and takes the one that its user picks. Everything else is a consequence.
 */
import type { GuestLanguage, Limits } from "../protocol/schemas.ts";
import { isHook, ModelCall, type NewCall, type Operation } from "./call.ts";
import { type Context, contextOf } from "./context.ts";
import { type Deadline, Deadlines } from "./deadlines.ts";
import { endOf, failure, refusalOf } from "./ending.ts";
import { Refused } from "./failure.ts";
import { Fiber } from "./fiber.ts";
import type { Network } from "./network.ts";
import { conflicting, OpenTransaction } from "./open-transaction.ts";
import { aborted, Operations } from "./operations.ts";
import { Pool } from "./pool.ts";
import { type Fetched, type Instance, type ModelModule, type Reply, reducer } from "./program.ts";
import { type Item, ReadyQueue } from "./ready-queue.ts";
import { isMissed, type Scheduled, Schedules, tickAfter, type Waiting } from "./schedules.ts";
import { identityOf, randomOf, Uuids } from "./seeded.ts";
import { Tables, Transaction } from "./tables.ts";

/** What a host declares that the contract leaves open. */
export interface MachineProfile {
  readonly guest: GuestLanguage;
  /** Places on the blocking path. */
  readonly blockingPool: number | null;
  /** Requests that a ready completion lets pass in a row. */
  readonly requestBurst: number;
  /** Procedures in flight on the lane at once; null where there is no bound. */
  readonly maxInFlight: number | null;
  /** What a conflicting commit does: the guest is told, or the transaction's body runs again. */
  readonly retry: "none" | "replay";
  /** What the operator has bounded; see `bounded`. */
  readonly limits?: Limits;
  /** The run's seed. Where it is absent, what follows from it is open. */
  readonly seed?: string;
  /** What hosts reach. Where it is absent, every address may be. */
  readonly network?: Network;
}

/** What runs in place of a function that the new code of its module does not have. */
const gone = reducer(() => {
  throw new Refused("unknown-function");
});

/** A module under the contract. */
export class Machine {
  readonly tables: Tables;
  readonly profile: MachineProfile;
  #module: ModelModule;
  readonly #name: string;
  readonly #calls = new Map<string, ModelCall>();
  readonly #queue: ReadyQueue;
  readonly #operations: Operations;
  readonly #schedules = new Schedules();
  readonly #deadlines: Deadlines;
  readonly #uuids: Uuids;
  /** The `connected` hook of each connection. */
  readonly #openings = new Map<string, ModelCall>();
  readonly #pool: Pool;
  #laneInstance: Instance = { visits: 0 };
  readonly #conflicts = new Map<string, number>();
  #turn: ModelCall | undefined;
  readonly #transaction: OpenTransaction;
  #paused = false;
  #own = 0;

  /** A module of that name whose clock shows `now` (ms since the epoch); an empty one, unless tables are given, which it takes over. */
  constructor(module: ModelModule, profile: MachineProfile, now = 0, tables?: Tables, name = "") {
    this.#module = module;
    this.#name = name;
    this.tables = tables ?? new Tables();
    this.profile = profile;
    this.#queue = new ReadyQueue(profile.requestBurst, profile.maxInFlight);
    this.#pool = new Pool(profile.blockingPool ?? 1);
    this.#operations = new Operations(now, profile.network);
    this.#uuids = new Uuids(profile.seed);
    this.#deadlines = new Deadlines(profile.limits?.callMs);
    this.#transaction = new OpenTransaction({
      replays: profile.retry === "replay",
      begin: () => new Transaction(this.tables, this.now),
      store: (call, transaction) => this.#store(call, transaction),
      goOn: (call, fibers) => this.#goOn(call, fibers),
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
    return [this.#operations.due, this.#schedules.first, this.#deadlines.first]
      .filter((one) => one !== undefined)
      .filter(({ due }) => due <= this.#operations.target)
      .sort((a, b) => a.due - b.due || a.issued - b.issued)[0];
  }

  /** The call whose turn runs on the lane, and waits for its transaction. */
  get turn(): ModelCall | undefined {
    return this.#turn;
  }

  /** The call that stands still at a point, with its transaction open, and the point. */
  get parked(): { call: ModelCall; point: string } | undefined {
    return this.#transaction.parked;
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
      call.ready = call.path === "lane" && call.program.kind === "procedure" ? this.#fiber(call).start() : [];
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
    submitted.conflicts = this.#conflicts.get(call.name) ?? 0;
    this.#calls.set(call.name, submitted);
    submitted.end = refusalOf(program, call.args);
    if (program === undefined || submitted.end !== undefined) return submitted;
    if (blocking) {
      this.#pool.push(submitted, this.#openings.get(call.connection ?? ""));
      this.#fillPool();
    } else {
      if (program.kind === "procedure") submitted.ready = this.#fiber(submitted).start();
      this.#request(submitted, call.own !== undefined && maker?.path !== "pool");
    }
    return submitted;
  }

  /** The next commits of a call conflict. */
  failCommits(call: string, commits: number): void {
    this.#conflicts.set(call, (this.#conflicts.get(call) ?? 0) + commits);
    const known = this.#calls.get(call);
    if (known !== undefined) known.conflicts += commits;
  }

  /** The schedules that wait. */
  get waiting(): readonly Waiting[] {
    return this.#schedules.all;
  }

  /** A schedule that commit number `made` made waits from now on; where its time has passed it is due, and submitted, at that commit. */
  schedule(scheduled: Scheduled, due: number, made: number, maker?: ModelCall): void {
    const waiting = { scheduled, due, issued: this.#operations.nextPlace(), made, last: undefined };
    if (due > this.now) this.#schedules.add(waiting);
    else this.#fall(waiting, maker);
  }

  /** Ends a call as `cancelled`, wherever it is. */
  cancel(call: ModelCall): void {
    this.end(call, "cancelled");
  }

  /** Ends a call from outside, wherever it is. */
  end(call: ModelCall, category: string): void {
    if (call.end !== undefined) return;
    call.end = { outcome: "failed", category, message: undefined };
    this.#transaction.drop(call);
    this.#over(call);
  }

  /** The lane is given up and built anew. The calls on it are lost; those that wait to begin are not. */
  loseLane(): void {
    for (const call of this.#calls.values()) if (call.isOnLane) this.end(call, "lane-lost");
    this.#laneInstance = { visits: 0 };
  }

  /** What came of a fetch in flight comes in; where that is a redirect, the fetch goes on. */
  settle(operation: Operation, reply: Reply): void {
    const outcome = this.#operations.reply(operation, reply);
    if (outcome !== undefined) this.#enter(operation, outcome);
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
    if ("scheduled" in due) this.#fall(due);
    else if ("late" in due) this.end(due.late, "deadline");
    else this.#enter(due, "fetch" in due.what ? { ok: false, category: "timeout" } : undefined);
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
    if (item.kind === "completion") {
      const { ready, operation, outcome } = item.completion;
      call.ready = [...(ready ?? operation.fiber.answer(outcome))];
    }
    if (call.program?.kind === "reducer") return;
    this.#begin(call);
    this.#runOn(call);
  }

  /**
   * The call that waits for its transaction, of the lane's turn or of the blocking path, runs it: to its commit, its end without one, or a point. Then
   * it runs on up to the next transaction.
   */
  transact(call: ModelCall): void {
    if (call.program?.kind === "reducer") {
      this.#reduce(call);
      return;
    }
    const fiber = call.ready.find(({ next }) => next?.do === "tx");
    if (fiber?.next?.do !== "tx") throw new Error(`${call.new.name} waits for no transaction`);
    call.ready = call.ready.filter((other) => other !== fiber);
    this.#transaction.run(call, { fiber, body: fiber.next.body });
  }

  /** The call that stands still at a point goes on. */
  goOn(): void {
    this.#transaction.goOn();
  }

  /** Whether nothing can happen without the kit. */
  get quiet(): boolean {
    return this.#turn === undefined && this.items().length === 0 && this.poolTransactions.length === 0;
  }

  #goOn(call: ModelCall, fibers: readonly Fiber[]): void {
    call.ready = [...fibers, ...call.ready];
    this.#runOn(call);
  }

  /** Commits what a transaction has written and scheduled. */
  #store(call: ModelCall, { writes, scheduled }: Transaction): void {
    const made = this.tables.commit(writes);
    call.seqs.push(made);
    for (const one of scheduled) this.schedule(one, one.at, made, call);
  }

  /** The time of a schedule has come, at the commit of its `maker` where it had passed before. */
  #fall(waiting: Waiting, maker?: ModelCall): void {
    const { scheduled, made } = waiting;
    this.#schedules.remove(waiting);
    const last = isMissed(waiting) ? waiting.last : this.#submitScheduled(scheduled, maker);
    if (scheduled.every === undefined) return;
    const due = tickAfter(this.now, scheduled.at, scheduled.every);
    this.#schedules.add({ scheduled, due, issued: this.#operations.nextPlace(), made, last });
  }

  #submitScheduled({ function: called, args }: Scheduled, maker: ModelCall | undefined): ModelCall {
    return this.submit({ ...this.#ownCall("scheduled", `scheduled ${called}`, null), function: called, args }, maker);
  }

  /** Does what the call asks for up to its next transaction. Where nothing is left to do, its turn is over. */
  #runOn(call: ModelCall): void {
    while (call.end === undefined) {
      const fiber = call.ready.find(({ next }) => next?.do !== "tx");
      if (fiber?.next === undefined || call.ready.indexOf(fiber) > 0) break;
      const { next } = fiber;
      call.ready.shift();
      if (next.do === "look") call.ready.unshift(...fiber.answer(next.at(this.#contextOf(call))));
      else if (next.do === "submit") {
        const own = this.#ownCall("submitted", `${next.function} of ${call.new.name}`, call.new.connection);
        this.submit({ ...own, function: next.function, args: next.args }, call);
        call.ready.unshift(...fiber.answer(undefined));
      } else {
        const ended = next.do === "abort" ? this.#operations.abort(call, next.signal, this.#queue.completions) : [];
        for (const operation of ended) this.#enter(operation, aborted);
        call.ready.unshift(...this.#operations.perform(call, fiber));
      }
    }
    if (call.ready.length === 0) call.end ??= call.coming;
    if (call.end !== undefined) this.#over(call);
    else if (call.ready.length === 0 && this.#turn === call) this.#turn = undefined;
  }

  #enter(operation: Operation, outcome: Fetched | undefined): void {
    const { call, fiber, what } = operation;
    this.#operations.remove(operation);
    if (call.path === "pool") this.#goOn(call, fiber.answer(outcome));
    // What has a signal can be aborted until its turn: the fiber is not run ahead.
    else this.#queue.enter(operation, outcome, "fetch" in what && what.signal ? undefined : fiber.answer(outcome));
  }

  #reduce(call: ModelCall): void {
    const program = call.program;
    if (program?.kind !== "reducer") throw new Error(`${call.new.name} is no reducer`);
    const transaction = new Transaction(this.tables, this.now);
    this.#begin(call);
    try {
      const value = program.run(transaction, call.new.args, this.#contextOf(call)) ?? null;
      if (conflicting(call)) {
        if (this.profile.retry === "replay") {
          this.#reduce(call);
          return;
        }
        throw new Refused("conflict");
      }
      this.#store(call, transaction);
      call.end = { outcome: "returned", value };
    } catch (error) {
      call.end = failure(error);
    }
    this.#over(call);
  }

  /** Submits a hook, in its turn among the requests. */
  #hook(name: string, connection: string | null): ModelCall | undefined {
    const hook = this.#module.hooks.get(name);
    if (hook === undefined) return undefined;
    const what = this.#ownCall("hook", `${name} of ${connection}`, connection);
    const own = { ...what, function: `$${name}`, args: {} };
    const call = new ModelCall(
      own,
      this.#calls.size,
      reducer((tx) => this.#module.hooks.get(name)?.(tx, connection ?? "")),
      "lane",
    );
    this.#calls.set(own.name, call);
    this.#request(call, false);
    return call;
  }

  /** A call that nobody submits from outside, under a name that no other has. */
  #ownCall(
    own: NonNullable<NewCall["own"]>,
    what: string,
    connection: string | null,
  ): Omit<NewCall, "function" | "args"> {
    this.#own += 1;
    return { name: `${what}, own call ${this.#own}`, connection, park: false, own };
  }

  /** A request comes into the queue; `here` says that the lane or the clock puts it there, so that it is there before anything else happens. */
  #request(call: ModelCall, here: boolean): void {
    call.certain = here || this.#paused;
    this.#queue.push(call);
  }

  #begin(call: ModelCall): void {
    call.started = true;
    if (call.began !== undefined) return;
    call.began = this.now;
    this.#deadlines.begin(call, this.now, this.#operations.nextPlace());
  }

  #contextOf(call: ModelCall): Context {
    const { seed } = this.profile;
    call.context ??= contextOf(call, {
      sender: identityOf(seed, this.#name, call.new.connection),
      random: randomOf(seed, call.number),
      uuid: () => this.#uuids.next(this.now),
    });
    return call.context;
  }

  #fiber(call: ModelCall): Fiber {
    const { program } = call;
    if (program?.kind !== "procedure") throw new Error(`${call.new.name} is no procedure`);
    const instance = call.path === "lane" ? this.#laneInstance : undefined;
    const { guest, limits } = this.profile;
    const setting = { guest, instance, context: this.#contextOf(call), memoryBytes: limits?.memoryBytes };
    const steps = program.run(call.new.args, setting);
    return new Fiber(steps, (end) => {
      call.coming ??= endOf(end);
    });
  }

  #fillPool(): void {
    for (let call = this.#pool.next(); call !== undefined; call = this.#pool.next()) {
      this.#begin(call);
      this.#goOn(call, this.#fiber(call).start());
    }
  }

  /** A call has ended: nothing of it is left, and its place is free. */
  #over(call: ModelCall): void {
    if (this.#turn === call) this.#turn = undefined;
    this.#queue.forget(call);
    this.#operations.removeAllOf(call);
    this.#deadlines.forget(call);
    this.#pool.forget(call);
    call.ready = [];
    this.#fillPool();
  }
}
