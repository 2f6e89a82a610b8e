import type { ModelCall } from "./call.ts";

/** The blocking path: a bounded number of places, and a queue before them. */
export class Pool {
  readonly #places: number;
  /** Calls that are submitted while the hook of their connection has not ended, with that hook. */
  #awaiting: { readonly call: ModelCall; readonly hook: ModelCall }[] = [];
  #queue: ModelCall[] = [];
  readonly #running = new Set<ModelCall>();

  constructor(places: number) {
    this.#places = places;
  }

  /** The calls that have begun and not ended. */
  get running(): ReadonlySet<ModelCall> {
    return this.#running;
  }

  /** A call is submitted, behind the hook of its connection where that has not ended. */
  push(call: ModelCall, hook: ModelCall | undefined): void {
    if (hook === undefined || hook.end !== undefined) this.#queue.push(call);
    else this.#awaiting.push({ call, hook });
  }

  /** The next call gets a free place; undefined where there is none, of either. */
  next(): ModelCall | undefined {
    this.#letIn();
    const call = this.#running.size < this.#places ? this.#queue.shift() : undefined;
    if (call !== undefined) this.#running.add(call);
    return call;
  }

  /** Takes a call out, wherever it is. */
  forget(call: ModelCall): void {
    this.#awaiting = this.#awaiting.filter((other) => other.call !== call);
    this.#queue = this.#queue.filter((other) => other !== call);
    this.#running.delete(call);
  }

  #letIn(): void {
    this.#queue.push(...this.#awaiting.filter(({ hook }) => hook.end !== undefined).map(({ call }) => call));
    this.#awaiting = this.#awaiting.filter(({ hook }) => hook.end === undefined);
  }
}
