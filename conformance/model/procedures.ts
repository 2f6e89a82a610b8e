/** What procedures do between their transactions. */
import type { Ahead, Completion, ModelCall, Operation } from "./call.ts";
import type { Contexts } from "./context.ts";
import { endOf } from "./ending.ts";
import { Fiber, type Next } from "./fiber.ts";
import type { MachineProfile } from "./machine-profile.ts";
import type { Operations } from "./operations.ts";
import { aborted, type EffectOf, type Fetched, type Instance, type Signal } from "./program.ts";
import type { ReadyQueue } from "./ready-queue.ts";

/** What surrounds the procedures of a module. */
export interface Surroundings {
  readonly profile: MachineProfile;
  readonly contexts: Contexts;
  readonly queue: ReadyQueue;
  readonly operations: Operations;
  /** A call submits another, and does not wait for it. */
  submit(effect: EffectOf<"submit">, maker: ModelCall): void;
  /** A call has nothing to do until an outcome comes in: its turn is over. */
  turnOver(call: ModelCall): void;
  /** A call has ended. */
  over(call: ModelCall): void;
}

/** Runs the procedures of one module. */
export class Procedures {
  readonly #around: Surroundings;
  #laneInstance: Instance = { visits: 0 };

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** The lane is built anew, with an instance that no call has run on. */
  renewLane(): void {
    this.#laneInstance = { visits: 0 };
  }

  /** Runs a call ahead, to what it asks for first. Gives the fibers that ask. */
  start(call: ModelCall): Fiber[] {
    const { program } = call;
    if (program?.kind !== "procedure") throw new Error(`${call.new.name} is no procedure`);
    const { profile, contexts } = this.#around;
    const steps = program.run(call.new.args, {
      guest: profile.guest,
      instance: call.path === "lane" ? this.#laneInstance : undefined,
      context: contexts.of(call),
      memoryBytes: profile.limits?.memoryBytes,
    });
    const fiber = new Fiber(steps, (end) => {
      call.coming ??= endOf(end);
    });
    return fiber.start();
  }

  /** An operation has ended. On the lane its outcome waits for its turn, on the blocking path its call goes on at once. */
  settle(operation: Operation, outcome: Fetched | undefined): void {
    const { call, fiber, what } = operation;
    const { operations, queue } = this.#around;
    operations.remove(operation);
    const mayBeAborted = "fetch" in what && what.signal !== undefined;
    if (call.path === "pool") this.goOn(call, fiber.answer(outcome));
    else queue.enter(operation, outcome, mayBeAborted ? undefined : aheadOf(operation, outcome));
  }

  /** The turn of an outcome has come: the call is given it. */
  give({ call, operation, outcome, ahead }: Completion): void {
    const { ready, coming } = ahead ?? aheadOf(operation, outcome);
    call.ready = [...ready];
    call.coming = coming;
  }

  /** These fibers of a call go on, before its others. */
  goOn(call: ModelCall, fibers: readonly Fiber[]): void {
    call.ready = [...fibers, ...call.ready];
    this.runOn(call);
  }

  /** Does what the call asks for up to its next transaction. Where nothing is left to do, its turn is over. */
  runOn(call: ModelCall): void {
    while (call.end === undefined) {
      const [fiber] = call.ready;
      if (fiber?.next === undefined || fiber.next.do === "tx") break;
      call.ready.shift();
      call.ready.unshift(...this.#perform(call, fiber, fiber.next));
    }
    if (call.ready.length === 0) call.end ??= call.coming;
    if (call.end !== undefined) this.#around.over(call);
    else if (call.ready.length === 0) this.#around.turnOver(call);
  }

  /** Does what a fiber asks for. Gives the fibers that go on in the same turn: none where it has to wait. */
  #perform(call: ModelCall, fiber: Fiber, next: Next): readonly Fiber[] {
    const { contexts, operations } = this.#around;
    switch (next.do) {
      case "look":
        return fiber.answer(next.at(contexts.of(call)));
      case "submit":
        this.#around.submit(next, call);
        return fiber.answer(undefined);
      case "abort":
        this.#abort(call, next.signal);
        return fiber.answer(undefined);
      case "fetch":
        return operations.fetch(call, fiber, next);
      case "sleep":
        return operations.sleep(call, fiber, next.at);
      case "tx":
        throw new Error(`${call.new.name} waits for its transaction`);
    }
  }

  /** Each fetch of the signal ends whose guest has not been given the outcome, whether that waits or is still to come. */
  #abort(call: ModelCall, signal: Signal): void {
    this.#around.queue.abort(call, signal);
    for (const operation of this.#around.operations.abort(call, signal)) this.settle(operation, aborted);
  }
}

/** What a call does once it is given the outcome. What the turn that runs now has left it to do stays as it is. */
function aheadOf({ call, fiber }: Operation, outcome: Fetched | undefined): Ahead {
  const before = call.coming;
  call.coming = undefined;
  const ready = fiber.answer(outcome);
  const { coming } = call;
  call.coming = before;
  return { ready, coming };
}
