import type { Effect, Steps } from "./program.ts";

/** What a fiber does next: an effect that it has asked for and not been given, or nothing any more. */
export type Next = Exclude<Effect, { do: "all" }>;

/**
 * A procedure's execution as a tree: a part that runs others side by side waits for all of them. What runs between two host calls depends on nothing
 * but what the fiber was given, so it is run ahead: `next` is known before the host lets it happen.
 */
export class Fiber {
  readonly #steps: Steps<unknown>;
  readonly #parent: { readonly fiber: Fiber; readonly index: number } | undefined;
  readonly #over: (end: FiberEnd) => void;
  #next: Next | undefined;
  #parts: { values: unknown[]; left: number } | undefined;

  /** `over` is told how the whole tree ended. */
  constructor(steps: Steps<unknown>, over: (end: FiberEnd) => void, parent?: { fiber: Fiber; index: number }) {
    this.#steps = steps;
    this.#over = over;
    this.#parent = parent;
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
      return this.#parent === undefined ? this.#end({ error }) : this.#parent.fiber.refuse(error);
    }
    if (!result.done) return this.#take(result.value);
    if (this.#parent === undefined) return this.#end({ value: result.value });
    return this.#parent.fiber.#partDone(this.#parent.index, result.value);
  }

  #take(effect: Effect): Fiber[] {
    if (effect.do !== "all") {
      this.#next = effect;
      return [this];
    }
    if (effect.parts.length === 0) return this.answer([]);
    this.#parts = { values: [], left: effect.parts.length };
    return effect.parts.flatMap((part, index) => new Fiber(part, this.#over, { fiber: this, index }).start());
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
