/** The transactions of a module, from their begin to their commit: those of reducers, and those that fibers ask for, over the points at which a call may stand still. */
import type { ModelCall } from "./call.ts";
import type { Contexts } from "./context.ts";
import { failure } from "./ending.ts";
import { Refused } from "./failure.ts";
import type { Fiber } from "./fiber.ts";
import type { Body, Point } from "./program.ts";
import type { Schedules } from "./schedules.ts";
import { type Tables, Transaction } from "./tables.ts";

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

/** What surrounds a transaction. */
export interface Surroundings {
  /** Whether the body of a transaction runs again whose commit conflicts; the guest is told otherwise. */
  readonly replays: boolean;
  readonly contexts: Contexts;
  readonly tables: Tables;
  readonly schedules: Schedules;
  /** What the clock shows, in ms since the epoch. */
  now(): number;
  /** The transaction of a procedure is over; the fibers go on with what came of it. */
  goOn(call: ModelCall, fibers: readonly Fiber[]): void;
}

/** Runs the transactions of one module, one at a time. */
export class Transactions {
  readonly #around: Surroundings;
  /** Commits that are still to conflict, by the names of their calls. */
  readonly #conflicts = new Map<string, number>();
  #open: Open | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** The call that stands still at a point, and the point. */
  get parked(): { readonly call: ModelCall; readonly point: string } | undefined {
    return this.#open;
  }

  /** The next commits of a call conflict. */
  failCommits(call: string, commits: number): void {
    this.#conflicts.set(call, (this.#conflicts.get(call) ?? 0) + commits);
  }

  /** Runs a reducer, which is one transaction, to its end. */
  reduce(call: ModelCall): void {
    const { program } = call;
    if (program?.kind !== "reducer") throw new Error(`${call.new.name} is no reducer`);
    const { contexts, replays } = this.#around;
    const transaction = this.#begin();
    try {
      const value = program.run(transaction, call.new.args, contexts.of(call)) ?? null;
      if (this.#isToConflict(call)) {
        if (replays) {
          this.reduce(call);
          return;
        }
        throw new Refused("conflict");
      }
      this.#store(call, transaction);
      call.end = { outcome: "returned", value };
    } catch (error) {
      call.end = failure(error);
    }
  }

  /** Runs what a fiber of the call has asked for: to its commit, its end without one, or a point. */
  run(call: ModelCall): void {
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

  /** The call has ended; what it has open is undone. */
  drop(call: ModelCall): void {
    if (this.#open?.call === call) this.#open = undefined;
  }

  #run(call: ModelCall, asked: Asked): void {
    const transaction = this.#begin();
    let given: unknown;
    try {
      given = asked.body(transaction);
    } catch (error) {
      this.#around.goOn(call, asked.fiber.refuse(error));
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
      this.#around.goOn(call, asked.fiber.refuse(error));
      return;
    }
    if (step.done) this.#commit(call, asked, transaction, step.value);
    else this.#open = { call, asked, transaction, rest, point: step.value.point };
  }

  #commit(call: ModelCall, asked: Asked, transaction: Transaction, value: unknown): void {
    if (!this.#isToConflict(call)) {
      this.#store(call, transaction);
      this.#around.goOn(call, asked.fiber.answer(value));
    } else if (this.#around.replays) this.#run(call, asked);
    else this.#around.goOn(call, asked.fiber.refuse(new Refused("conflict")));
  }

  #begin(): Transaction {
    return new Transaction(this.#around.tables, this.#around.now());
  }

  /** Commits what a transaction has written and scheduled. */
  #store(call: ModelCall, { writes, scheduled }: Transaction): void {
    const { tables, schedules } = this.#around;
    const made = tables.commit(writes);
    call.seqs.push(made);
    for (const one of scheduled) schedules.add(one, one.at, made, call);
  }

  /** Whether this commit of the call is one that was made to conflict; it is counted. */
  #isToConflict({ new: { name } }: ModelCall): boolean {
    const left = this.#conflicts.get(name) ?? 0;
    if (left > 0) this.#conflicts.set(name, left - 1);
    return left > 0;
  }
}

function isGenerator(value: unknown): value is Generator<Point, unknown, void> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && "throw" in value;
}
