/**
 * One module under the contract, as the smallest machine that keeps it. The machine decides nothing: it says which steps the contract allows now
 * (`items`, the turn that runs, the blocking path) and takes the one that its user picks. Everything else is a consequence.
 */
import type { GuestLanguage, Limits } from "../protocol/schemas.ts";
import { type Completion, ModelCall, type NewCall, type Operation } from "./call.ts";
import { endOf, failure } from "./ending.ts";
import { Refused } from "./failure.ts";
import { Fiber } from "./fiber.ts";
import { Operations } from "./operations.ts";
import type { Body, Fetched, Instance, ModelModule, Point } from "./program.ts";
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
  /** What the operator has bounded besides; see `bounded`. */
  readonly limits?: Limits;
}

/** What the lane may take next. */
export type Item =
  | { readonly kind: "request"; readonly call: ModelCall }
  | { readonly kind: "completion"; readonly call: ModelCall; readonly completion: Completion };

/** The transaction that is open because its call stands still at a point. */
interface Open {
  readonly call: ModelCall;
  readonly asked: Asked;
  readonly transaction: Transaction;
  readonly rest: Generator<Point, unknown, void>;
  readonly point: string;
}

/** A transaction that a fiber has asked for. */
interface Asked {
  readonly fiber: Fiber;
  readonly body: Body<unknown>;
}

/** A module under the contract. */
export class Machine {
  readonly tables: Tables;
  readonly profile: MachineProfile;
  readonly #module: ModelModule;
  readonly #calls = new Map<string, ModelCall>();
  #requests: ModelCall[] = [];
  #completions: Completion[] = [];
  readonly #operations: Operations;
  /** Procedures that wait for a place on the lane. */
  readonly #heldBack: ModelCall[] = [];
  readonly #onLane = new Set<ModelCall>();
  readonly #poolQueue: ModelCall[] = [];
  readonly #onPool = new Set<ModelCall>();
  #laneInstance: Instance = { visits: 0 };
  readonly #conflicts = new Map<string, number>();
  #turn: ModelCall | undefined;
  #open: Open | undefined;
  #paused = false;
  #epoch = 0;
  #entered = 0;
  /** Requests taken in a row while a completion was ready, at most: one may have been released and not come in. */
  #passed = 0;
  /** The same while a completion was ready for certain. */
  #passedForCertain = 0;

  /** A module whose clock shows `now` (ms since the epoch); an empty one, unless tables are given, which it takes over. */
  constructor(module: ModelModule, profile: MachineProfile, now = 0, tables?: Tables) {
    this.#module = module;
    this.tables = tables ?? new Tables();
    this.profile = profile;
    this.#operations = new Operations(now);
    const init = module.hooks.get("init");
    if (init !== undefined && tables === undefined) this.#hook((tx) => init(tx, ""));
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

  /** Sleeps in flight, in the order in which they are due. */
  get sleeps(): readonly Operation[] {
    return this.#operations.sleeps;
  }

  /** The operation whose time comes next, where the clock is to be moved that far: a sleep, or a fetch at its time limit. */
  get due(): Operation | undefined {
    return this.#operations.due;
  }

  /** The call whose turn runs on the lane, and waits for its transaction. */
  get turn(): ModelCall | undefined {
    return this.#turn;
  }

  /** The call that stands still at a point, with its transaction open, and the point. */
  get parked(): { call: ModelCall; point: string } | undefined {
    return this.#open;
  }

  /** Calls of the blocking path that wait to run a transaction. */
  get poolTransactions(): readonly ModelCall[] {
    return this.#open === undefined ? [...this.#onPool].filter((call) => call.wantsTransaction) : [];
  }

  /** What its clock shows, in ms since the epoch. */
  get now(): number {
    return this.#operations.now;
  }

  /** Opens a connection; its hook has committed. */
  connect(connection: string): void {
    const hook = this.#module.hooks.get("connected");
    if (hook !== undefined) this.#hook((tx) => hook(tx, connection));
  }

  /** Closes a connection; its hook has ended. Its calls run on. */
  disconnect(connection: string): void {
    const hook = this.#module.hooks.get("disconnected");
    if (hook !== undefined) this.#hook((tx) => hook(tx, connection));
  }

  /** Submits a call. */
  submit(call: NewCall): ModelCall {
    const program = this.#module.functions.get(call.function);
    const blocking = program?.kind === "procedure" && program.sync && this.profile.guest === "ts";
    const submitted = new ModelCall(call, program, blocking ? "pool" : "lane");
    submitted.conflicts = this.#conflicts.get(call.name) ?? 0;
    submitted.certain = this.#paused;
    this.#calls.set(call.name, submitted);
    if (program === undefined) {
      submitted.end = { outcome: "failed", category: "unknown-function", message: undefined };
    } else if (blocking) {
      this.#poolQueue.push(submitted);
      this.#fillPool();
    } else {
      if (program.kind === "procedure") submitted.ready = this.#fiber(submitted).start();
      this.#requests.push(submitted);
    }
    return submitted;
  }

  /** The next commits of a call conflict. */
  failCommits(call: string, commits: number): void {
    this.#conflicts.set(call, (this.#conflicts.get(call) ?? 0) + commits);
    const known = this.#calls.get(call);
    if (known !== undefined) known.conflicts += commits;
  }

  /** Ends a call as `cancelled`, wherever it is. */
  cancel(call: ModelCall): void {
    this.end(call, "cancelled");
  }

  /** Ends a call from outside, wherever it is. */
  end(call: ModelCall, category: string): void {
    if (call.end !== undefined) return;
    call.end = { outcome: "failed", category, message: undefined };
    if (this.#open?.call === call) this.#open = undefined;
    if (this.#turn === call) this.#turn = undefined;
    this.#forget(call);
  }

  /** The lane is given up and built anew. The calls on it are lost; those that wait to begin are not. */
  loseLane(): void {
    for (const call of [...this.#onLane]) this.end(call, "lane-lost");
    this.#laneInstance = { visits: 0 };
  }

  /** An outcome of a fetch in flight comes in. */
  settle(operation: Operation, outcome: Fetched): void {
    this.#enter(operation, outcome);
  }

  /** The clock is to be moved; what falls due is fired by `fire`, one at a time, whenever nothing else can run. */
  advance(to: number): void {
    this.#operations.moveTo(to);
  }

  /** The clock has been moved: nothing is due any more. */
  advanced(): void {
    this.#operations.moved();
  }

  /** Lets the operation that is due come in. */
  fire(): void {
    const due = this.#operations.takeDue();
    this.barrier();
    this.#enter(due, "fetch" in due.what ? { ok: false, category: "timeout" } : undefined);
    this.barrier();
  }

  /** Whatever was released or submitted until now is in its queue for certain, before all that comes later. */
  barrier(): void {
    this.#epoch += 1;
    for (const completion of this.#completions) completion.certain = true;
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
    for (const call of this.#requests) call.certain = true;
  }

  /** What the contract lets the lane take next; nothing while a turn runs. `stepping` is a single turn of a lane that stands still. */
  items(stepping = false): Item[] {
    if (this.#turn !== undefined || (this.#paused && !stepping)) return [];
    this.#holdBack();
    const [head] = this.#requests;
    const reducerWaits = head?.program?.kind === "reducer" && this.#open !== undefined;
    const first = Math.min(...this.#completions.map(({ epoch }) => epoch));
    const completions = this.#completions.filter(({ epoch }) => epoch === first);
    const { requestBurst } = this.profile;
    const completionDue = this.#passedForCertain >= requestBurst && this.#completions.some(({ certain }) => certain);
    const requestDue = this.#passed < requestBurst && !reducerWaits && this.#requests.some(({ certain }) => certain);
    const items: Item[] = [];
    if (head !== undefined && !reducerWaits && !completionDue) items.push({ kind: "request", call: head });
    if (!requestDue) {
      for (const completion of completions.toSorted((a, b) => a.order - b.order)) {
        items.push({ kind: "completion", call: completion.call, completion });
      }
    }
    return items;
  }

  /** The lane takes an item. Its turn runs up to its first transaction, or to its end. */
  take(item: Item): void {
    const { call } = item;
    this.#turn = call;
    if (item.kind === "request") {
      this.#requests.shift();
      this.#passed = this.#completions.length === 0 ? 0 : this.#passed + 1;
      this.#passedForCertain = this.#completions.some(({ certain }) => certain) ? this.#passedForCertain + 1 : 0;
    } else {
      this.#completions = this.#completions.filter((other) => other !== item.completion);
      this.#passed = 0;
      this.#passedForCertain = 0;
      call.ready = [...item.completion.ready];
    }
    if (call.program?.kind === "reducer") return;
    call.started = true;
    this.#onLane.add(call);
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
    this.#run(call, { fiber, body: fiber.next.body });
  }

  /** The call that stands still at a point goes on. */
  goOn(): void {
    if (this.#open === undefined) throw new Error("no call stands still at a point");
    const { call, asked, transaction, rest } = this.#open;
    this.#open = undefined;
    this.#between(call, asked, transaction, rest);
  }

  /** Whether nothing can happen without the kit. */
  get quiet(): boolean {
    return this.#turn === undefined && this.items().length === 0 && this.poolTransactions.length === 0;
  }

  #run(call: ModelCall, asked: Asked): void {
    const transaction = new Transaction(this.tables);
    let given: unknown;
    try {
      given = asked.body(transaction);
    } catch (error) {
      this.#goOn(call, asked.fiber.refuse(error));
      return;
    }
    if (isGenerator(given)) this.#between(call, asked, transaction, given);
    else this.#commit(call, asked, transaction, given);
  }

  #between(call: ModelCall, asked: Asked, transaction: Transaction, rest: Generator<Point, unknown, void>): void {
    let step: IteratorResult<Point, unknown>;
    try {
      do step = rest.next();
      while (!step.done && !(call.new.park && call.path === "pool"));
    } catch (error) {
      this.#goOn(call, asked.fiber.refuse(error));
      return;
    }
    if (step.done) this.#commit(call, asked, transaction, step.value);
    else this.#open = { call, asked, transaction, rest, point: step.value.point };
  }

  #commit(call: ModelCall, asked: Asked, transaction: Transaction, value: unknown): void {
    if (!this.#conflicting(call)) {
      call.seqs.push(this.tables.commit(transaction.writes));
      this.#goOn(call, asked.fiber.answer(value));
    } else if (this.profile.retry === "replay") this.#run(call, asked);
    else this.#goOn(call, asked.fiber.refuse(new Refused("conflict")));
  }

  /** Whether this commit of the call is one that was made to conflict. */
  #conflicting(call: ModelCall): boolean {
    if (call.conflicts === 0) return false;
    call.conflicts -= 1;
    return true;
  }

  #goOn(call: ModelCall, fibers: readonly Fiber[]): void {
    call.ready = [...fibers, ...call.ready];
    this.#runOn(call);
  }

  /** Does what the call asks for up to its next transaction. Where nothing is left to do, its turn is over. */
  #runOn(call: ModelCall): void {
    while (call.end === undefined) {
      const fiber = call.ready.find(({ next }) => next?.do !== "tx");
      if (fiber?.next === undefined || call.ready.indexOf(fiber) > 0) break;
      call.ready.shift();
      if (fiber.next.do === "sleep" && fiber.next.at <= this.now) call.ready.unshift(...fiber.answer(undefined));
      else this.#operations.issue(call, fiber);
    }
    if (call.ready.length === 0) call.end ??= call.coming;
    if (call.end !== undefined) {
      this.#forget(call);
      if (this.#turn === call) this.#turn = undefined;
    } else if (call.ready.length === 0 && this.#turn === call) this.#turn = undefined;
  }

  #enter(operation: Operation, outcome: Fetched | undefined): void {
    const { call, fiber } = operation;
    this.#operations.remove(operation);
    const ready = fiber.answer(outcome);
    if (call.path === "pool") {
      this.#goOn(call, ready);
      return;
    }
    this.#entered += 1;
    this.#completions.push({ call, ready, order: this.#entered, epoch: this.#epoch, certain: false });
  }

  #reduce(call: ModelCall): void {
    const program = call.program;
    if (program?.kind !== "reducer") throw new Error(`${call.new.name} is no reducer`);
    const transaction = new Transaction(this.tables);
    call.started = true;
    try {
      const value = program.run(transaction, call.new.args) ?? null;
      if (this.#conflicting(call)) {
        if (this.profile.retry === "replay") {
          this.#reduce(call);
          return;
        }
        throw new Refused("conflict");
      }
      call.seqs.push(this.tables.commit(transaction.writes));
      call.end = { outcome: "returned", value };
    } catch (error) {
      call.end = failure(error);
    }
    this.#turn = undefined;
  }

  #hook(run: (tx: Transaction) => void): void {
    const transaction = new Transaction(this.tables);
    run(transaction);
    this.tables.commit(transaction.writes);
  }

  #fiber(call: ModelCall): Fiber {
    const { program } = call;
    if (program?.kind !== "procedure") throw new Error(`${call.new.name} is no procedure`);
    const instance = call.path === "lane" ? this.#laneInstance : undefined;
    const { guest, limits } = this.profile;
    const steps = program.run(call.new.args, { guest, instance, memoryBytes: limits?.memoryBytes });
    return new Fiber(steps, (end) => {
      call.coming ??= endOf(end);
    });
  }

  /** Procedures at the head of the queue for which there is no place leave it until another has ended. */
  #holdBack(): void {
    const { maxInFlight } = this.profile;
    while (
      maxInFlight !== null &&
      this.#onLane.size >= maxInFlight &&
      this.#requests[0]?.program?.kind === "procedure"
    ) {
      this.#heldBack.push(this.#requests.shift()!);
    }
  }

  #fillPool(): void {
    while (this.#onPool.size < (this.profile.blockingPool ?? 1)) {
      const call = this.#poolQueue.shift();
      if (call === undefined) return;
      this.#onPool.add(call);
      call.started = true;
      this.#goOn(call, this.#fiber(call).start());
    }
  }

  #forget(call: ModelCall): void {
    this.#requests = this.#requests.filter((other) => other !== call);
    this.#completions = this.#completions.filter((other) => other.call !== call);
    this.#operations.removeAllOf(call);
    const queued = this.#poolQueue.indexOf(call);
    if (queued >= 0) this.#poolQueue.splice(queued, 1);
    const waiting = this.#heldBack.indexOf(call);
    if (waiting >= 0) this.#heldBack.splice(waiting, 1);
    call.ready = [];
    if (this.#onPool.delete(call)) this.#fillPool();
    if (this.#onLane.delete(call) && this.#heldBack.length > 0) this.#requests.unshift(this.#heldBack.shift()!);
  }
}

function isGenerator(value: unknown): value is Generator<Point, unknown, void> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && "throw" in value;
}
