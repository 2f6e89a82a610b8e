import type { Effect, Steps } from "./program.ts";
import { Task } from "./task.ts";

/** What a fiber does next: an effect that it has asked for and not been given, or nothing any more. */
export type Next = Exclude<Effect, { do: "all" | "begin" | "wait" }>;

/** What a part of a procedure belongs to, and tells of its end. Both give the fibers that go on. */
export interface Outer {
  done(value: unknown): Fiber[];
  failed(error: unknown): Fiber[];
}

/**
 * A procedure's execution as a tree: a part that runs others side by side waits for all of them, or begins one and goes on. What runs between two host calls depends on nothing
 * but what the fiber was given, so it is run ahead: `next` is known before the host lets it happen.
 */
export class Fiber {
  readonly #steps: Steps<unknown>;
  readonly #outer: Outer | undefined;
  readonly #over: (end: FiberEnd) => void;
  #next: Next | undefined;
  #parts: { values: unknown[]; left: number } | undefined;

  /** `over` is told how the whole tree ended; of a part, `outer` how that did. */
  constructor(steps: Steps<unknown>, over: (end: FiberEnd) => void, outer?: Outer) {
    this.#steps = steps;
    this.#over = over;
    this.#outer = outer;
  }

  /** What it asks for now. */
  get next(): Next | undefined {
    return this.#next;
  }

  /** Runs from its begin to what it asks for first. Gives the fibers of the tree that ask for something now. */
  start(): Fiber[] {
    return this.#advance(() => this.#steps.next());
  }

  /** Gives it the answer to what it asked for, and runs it on. */
  answer(value: unknown): Fiber[] {
    return this.#advance(() => this.#steps.next(value));
  }

  /** Throws at it where it asked. */
  refuse(error: unknown): Fiber[] {
    return this.#advance(() => this.#steps.throw(error));
  }

  #advance(run: () => IteratorResult<Effect, unknown>): Fiber[] {
    this.#next = undefined;
    let result: IteratorResult<Effect, unknown>;
    try {
      result = run();
    } catch (error) {
      return this.#outer === undefined ? this.#end({ error }) : this.#outer.failed(error);
    }
    if (!result.done) return this.#take(result.value);
    return this.#outer === undefined ? this.#end({ value: result.value }) : this.#outer.done(result.value);
  }

  #take(effect: Effect): Fiber[] {
    if (effect.do === "wait") return effect.task.wait(this);
    if (effect.do === "begin") {
      const task = new Task();
      const begun = new Fiber(effect.part, this.#over, task).start();
      return [...begun, ...this.answer(task)];
    }
    if (effect.do !== "all") {
      this.#next = effect;
      return [this];
    }
    if (effect.parts.length === 0) return this.answer([]);
    this.#parts = { values: [], left: effect.parts.length };
    return effect.parts.flatMap((part, index) => new Fiber(part, this.#over, this.#outerOf(index)).start());
  }

  #outerOf(index: number): Outer {
    return { done: (value) => this.#partDone(index, value), failed: (error) => this.refuse(error) };
  }

  #partDone(index: number, value: unknown): Fiber[] {
    const parts = this.#parts!;
    parts.values[index] = value;
    parts.left -= 1;
    return parts.left === 0 ? this.answer(parts.values) : [];
  }

  #end(end: FiberEnd): [] {
    this.#over(end);
    return [];
  }
}

/** How a procedure ended. */
export type FiberEnd = { readonly value: unknown } | { readonly error: unknown };
