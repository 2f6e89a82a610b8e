import type { Fiber, FiberEnd, Outer } from "./fiber.ts";

/** A part of a procedure that runs beside it, as a promise stands for it: the procedure may wait for its end, or never ask. */
export class Task implements Outer {
  #end: FiberEnd | undefined;
  readonly #waiting: Fiber[] = [];

  /** The part gave this value. Gives the fibers that go on with it. */
  done(value: unknown): Fiber[] {
    return this.#over({ value });
  }

  /** The part threw this: those hear of it that wait, and nobody else. */
  failed(error: unknown): Fiber[] {
    return this.#over({ error });
  }

  /** A fiber waits for the end. Gives the fibers that go on now. */
  wait(fiber: Fiber): Fiber[] {
    if (this.#end !== undefined) return tell(fiber, this.#end);
    this.#waiting.push(fiber);
    return [];
  }

  #over(end: FiberEnd): Fiber[] {
    this.#end = end;
    return this.#waiting.splice(0).flatMap((fiber) => tell(fiber, end));
  }
}

function tell(fiber: Fiber, end: FiberEnd): Fiber[] {
  return "error" in end ? fiber.refuse(end.error) : fiber.answer(end.value);
}
