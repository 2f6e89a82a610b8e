import type { ModelCall, Operation } from "./call.ts";
import type { Fiber } from "./fiber.ts";

/** Milliseconds that a fetch has where its request does not say. */
const fetchLimit = 30_000;
/** Milliseconds that a fetch has at most. */
const mostFetchLimit = 180_000;

/** The host operations in flight, and the clock that ends some of them. */
export class Operations {
  #all: Operation[] = [];
  readonly #dropped: Operation[] = [];
  #issued = 0;
  #now: number;
  #target: number;

  /** A clock that shows `now`, in ms since the epoch. */
  constructor(now: number) {
    this.#now = now;
    this.#target = now;
  }

  /** What the clock shows, in ms since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** How far the clock is to be moved. */
  get target(): number {
    return this.#target;
  }

  /** The next place in the order of creation, which all timers of the module share. */
  nextPlace(): number {
    this.#issued += 1;
    return this.#issued;
  }

  /** Fetches, oldest first. */
  get fetches(): readonly Operation[] {
    return this.#all.filter(({ what }) => "fetch" in what);
  }

  /** Fetches that were in flight when their call ended: whether such a request still arrives is nobody's to say. */
  get dropped(): readonly Operation[] {
    return this.#dropped;
  }

  /** Sleeps, in the order in which they are due. */
  get sleeps(): readonly Operation[] {
    return this.#all.filter(({ what }) => "sleep" in what).sort(byTime);
  }

  /** The operation whose time comes next, where the clock is to be moved that far: a sleep, or a fetch at its time limit. */
  get due(): Operation | undefined {
    const [first] = this.#all.toSorted(byTime);
    return first !== undefined && first.due <= this.#target ? first : undefined;
  }

  /** Issues what the fiber asks for: a fetch, or a sleep whose time has not passed. */
  issue(call: ModelCall, fiber: Fiber): void {
    const { next } = fiber;
    const base = { call, fiber, issued: this.nextPlace(), committed: call.seqs.at(-1) ?? 0 };
    if (next?.do === "fetch") {
      const limit = Math.min(next.timeoutMs ?? fetchLimit, mostFetchLimit);
      this.#all.push({ ...base, due: this.#now + limit, what: { fetch: next.url } });
    }
    if (next?.do === "sleep") this.#all.push({ ...base, due: next.at, what: { sleep: next.at } });
  }

  /** An operation has ended. */
  remove(operation: Operation): void {
    this.#all = this.#all.filter(({ issued }) => issued !== operation.issued);
  }

  /** A call has ended, and with it all that it waits for. */
  removeAllOf(call: ModelCall): void {
    this.#dropped.push(...this.fetches.filter((other) => other.call === call));
    this.#all = this.#all.filter((other) => other.call !== call);
  }

  /** The clock is to be moved that far. */
  moveTo(to: number): void {
    this.#target = Math.max(this.#target, to);
  }

  /** The clock shows that time, on its way. */
  reach(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  /** The clock has been moved: nothing is due any more. */
  moved(): void {
    this.#now = this.#target;
  }
}

function byTime(a: Operation, b: Operation): number {
  return a.due - b.due || a.issued - b.issued;
}
