/** The transactions of procedures: from the body that a fiber asks for to its commit, over the points at which a call may stand still. */
import type { ModelCall } from "./call.ts";
import { Refused } from "./failure.ts";
import type { Fiber } from "./fiber.ts";
import type { Body, Point } from "./program.ts";
import type { Transaction } from "./tables.ts";

/** The transaction that is open because its call stands still at a point. */
interface Open {
  readonly call: ModelCall;
  readonly asked: Asked;
  readonly transaction: Transaction;
  readonly rest: Generator<Point, unknown, void>;
  readonly point: string;
}

/** A transaction that a fiber has asked for. */
export interface Asked {
  readonly fiber: Fiber;
  readonly body: Body<unknown>;
}

/** What surrounds a transaction. */
export interface Surroundings {
  /** Whether the body of a transaction runs again whose commit conflicts; the guest is told otherwise. */
  readonly replays: boolean;
  /** A transaction begins. */
  begin(): Transaction;
  /** It commits. */
  store(call: ModelCall, transaction: Transaction): void;
  /** It is over; the fibers go on with what came of it. */
  goOn(call: ModelCall, fibers: readonly Fiber[]): void;
}

/** Runs the transactions of one module's procedures, one at a time. */
export class OpenTransaction {
  readonly #around: Surroundings;
  #open: Open | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** The call that stands still at a point, and the point. */
  get parked(): { readonly call: ModelCall; readonly point: string } | undefined {
    return this.#open;
  }

  /** Runs what the call has asked for: to its commit, its end without one, or a point. */
  run(call: ModelCall, asked: Asked): void {
    const transaction = this.#around.begin();
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
    if (!conflicting(call)) {
      this.#around.store(call, transaction);
      this.#around.goOn(call, asked.fiber.answer(value));
    } else if (this.#around.replays) this.run(call, asked);
    else this.#around.goOn(call, asked.fiber.refuse(new Refused("conflict")));
  }
}

/** Whether this commit of the call is one that was made to conflict; it is counted. */
export function conflicting(call: ModelCall): boolean {
  if (call.conflicts === 0) return false;
  call.conflicts -= 1;
  return true;
}

function isGenerator(value: unknown): value is Generator<Point, unknown, void> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && "throw" in value;
}
