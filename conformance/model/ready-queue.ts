import type { Completion, ModelCall, Operation } from "./call.ts";
import type { Fiber } from "./fiber.ts";
import type { Fetched } from "./program.ts";

/** What the lane may take next. */
export type Item =
  | { readonly kind: "request"; readonly call: ModelCall }
  | { readonly kind: "completion"; readonly call: ModelCall; readonly completion: Completion };

/** The lane's ready queue with its two classes: requests in the order in which they were submitted, and the outcomes of operations. */
export class ReadyQueue {
  readonly #burst: number;
  readonly #places: number | null;
  /** Procedures that have begun and not ended. */
  readonly #inFlight = new Set<ModelCall>();
  /** Procedures that wait for a place. */
  #heldBack: ModelCall[] = [];
  #requests: ModelCall[] = [];
  #completions: Completion[] = [];
  #epoch = 0;
  #entered = 0;
  /** Requests taken in a row while a completion was ready, at most: one may have been released and not come in. */
  #passed = 0;
  /** The same while a completion was ready for certain. */
  #passedForCertain = 0;

  /** `burst` is how many requests a ready completion lets pass in a row, `places` how many procedures may be in flight at once. */
  constructor(burst: number, places: number | null) {
    this.#burst = burst;
    this.#places = places;
  }

  /** A request comes in behind the others. */
  push(call: ModelCall): void {
    this.#requests.push(call);
  }

  /** The outcomes that wait. */
  get completions(): readonly Completion[] {
    return this.#completions;
  }

  /** The outcome of an operation comes in; `ready` is what its call's fibers then ask for, where that is certain. */
  enter(operation: Operation, outcome: Fetched | undefined, ready: readonly Fiber[] | undefined): void {
    this.#entered += 1;
    const { call, what } = operation;
    // What nobody outside saw come in may have come in before all that waits.
    const epoch = "fetch" in what && what.hop.fails !== undefined ? 0 : this.#epoch;
    this.#completions.push({ call, operation, outcome, ready, order: this.#entered, epoch, certain: false });
  }

  /** The outcomes that came in until now are there for certain, before all that come later. */
  barrier(): void {
    this.#epoch += 1;
    for (const completion of this.#completions) completion.certain = true;
  }

  /** The requests that were submitted until now are there for certain. */
  requestsAreIn(): void {
    for (const call of this.#requests) call.certain = true;
  }

  /** What may be taken next. `blocked` says of a request that its turn cannot begin now. */
  items(blocked: (call: ModelCall) => boolean): Item[] {
    this.#holdBack();
    const [head] = this.#requests;
    const headIsBlocked = head !== undefined && blocked(head);
    const first = Math.min(...this.#completions.map(({ epoch }) => epoch));
    const completions = this.#completions.filter(({ epoch }) => epoch === first);
    const completionDue = this.#passedForCertain >= this.#burst && this.#completions.some(({ certain }) => certain);
    const requestDue = this.#passed < this.#burst && !headIsBlocked && this.#requests.some(({ certain }) => certain);
    const items: Item[] = [];
    if (!completionDue) {
      for (const call of this.#foremost()) if (!blocked(call)) items.push({ kind: "request", call });
    }
    if (!requestDue) {
      for (const completion of completions.toSorted((a, b) => a.order - b.order)) {
        items.push({ kind: "completion", call: completion.call, completion });
      }
    }
    return items;
  }

  /** Takes an item out. */
  take(item: Item): void {
    if (item.call.program?.kind === "procedure") this.#inFlight.add(item.call);
    if (item.kind === "request") {
      this.#requests.splice(this.#requests.indexOf(item.call), 1);
      this.#passed = this.#completions.length === 0 ? 0 : this.#passed + 1;
      this.#passedForCertain = this.#completions.some(({ certain }) => certain) ? this.#passedForCertain + 1 : 0;
    } else {
      this.#completions = this.#completions.filter((other) => other !== item.completion);
      this.#passed = 0;
      this.#passedForCertain = 0;
    }
  }

  /** A call has ended: takes out all that is its own, and gives its place to the one that waits longest, before later requests. */
  forget(call: ModelCall): void {
    this.#heldBack = this.#heldBack.filter((other) => other !== call);
    this.#requests = this.#requests.filter((other) => other !== call);
    this.#completions = this.#completions.filter((other) => other.call !== call);
    if (!this.#inFlight.delete(call)) return;
    const next = this.#heldBack.shift();
    if (next !== undefined) this.#requests.unshift(next);
  }

  /** Procedures at the head of the queue for which there is no place leave it until another has ended. */
  #holdBack(): void {
    while (
      this.#places !== null &&
      this.#inFlight.size >= this.#places &&
      this.#requests[0]?.program?.kind === "procedure"
    ) {
      this.#heldBack.push(this.#requests.shift()!);
    }
  }

  /**
   * The requests of which none is behind another for certain. What clients submit is in one order, and so is what one call submits; but where a
   * client's request has been sent and nobody knows whether it has come, another call may have submitted one before it.
   */
  #foremost(): ModelCall[] {
    const found: ModelCall[] = [];
    for (const call of this.#requests) {
      if (found.every(({ maker }) => maker !== call.maker)) found.push(call);
      if (call.certain) break;
    }
    return found;
  }
}
