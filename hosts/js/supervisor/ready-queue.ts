/** The ready queue of a lane: two classes, requests in submission order and completions in order of entry. */
import { requestBurst } from "../limits.ts";

/** What a turn begins with. */
export type Ready<R, C> =
  | { readonly kind: "request"; readonly item: R }
  | { readonly kind: "completion"; readonly item: C };

/**
 * Requests go first; a completion that is ready waits for `requestBurst` of them at most. Requests that were taken while no
 * completion was ready do not count: nobody waited for them.
 */
export class ReadyQueue<R, C> {
  readonly #requests = new Fifo<R>();
  readonly #completions = new Fifo<C>();
  #overtaken = 0;

  /** Whether nothing is ready. */
  get empty(): boolean {
    return this.#requests.first === undefined && this.#completions.first === undefined;
  }

  /** Adds a request at the end. */
  request(item: R): void {
    this.#requests.push(item);
  }

  /** Adds a request before all others: one that was taken out because it could not begin. */
  readmit(item: R): void {
    this.#requests.unshift(item);
  }

  /** The first request, where there is one. */
  get firstRequest(): R | undefined {
    return this.#requests.first;
  }

  /** Takes the first request out. */
  shiftRequest(): void {
    this.#requests.shift();
  }

  /** Adds a completion at the end. */
  complete(item: C): void {
    this.#completions.push(item);
  }

  /**
   * Takes what the next turn begins with, or null. A first request that `mayBegin` declines stays where it is, and with it
   * all behind it; completions go on.
   */
  take(mayBegin: (request: R) => boolean): Ready<R, C> | null {
    const completion = this.#completions.first;
    const request = this.#requests.first;
    const due = completion !== undefined && this.#overtaken >= requestBurst;
    if (!due && request !== undefined && mayBegin(request)) {
      this.#requests.shift();
      this.#overtaken = completion === undefined ? 0 : this.#overtaken + 1;
      return { kind: "request", item: request };
    }
    if (completion === undefined) return null;
    this.#completions.shift();
    this.#overtaken = 0;
    return { kind: "completion", item: completion };
  }

  /** Removes a request; false where it is not in the queue. */
  withdraw(request: R): boolean {
    let found = false;
    this.#requests.filter((item) => {
      if (item !== request) return true;
      found = true;
      return false;
    });
    return found;
  }

  /** Removes the completions that `gone` picks. */
  dropCompletions(gone: (item: C) => boolean): void {
    this.#completions.filter((item) => !gone(item));
  }

  /** Removes and gives all requests. */
  drainRequests(): R[] {
    const all: R[] = [];
    this.#requests.filter((item) => {
      all.push(item);
      return false;
    });
    return all;
  }
}

/** First in, first out, without moving what remains at every step. */
class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  unshift(item: T): void {
    this.#clear([item, ...this.#items.slice(this.#head)]);
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#head += 1;
    if (this.#head < 1024 || this.#head * 2 < this.#items.length) {
      if (this.#head === this.#items.length) this.#clear([]);
      return;
    }
    this.#clear(this.#items.slice(this.#head));
  }

  filter(keep: (item: T) => boolean): void {
    const rest = this.#items.slice(this.#head);
    if (rest.length > 0) this.#clear(rest.filter(keep));
  }

  #clear(items: T[]): void {
    this.#items = items;
    this.#head = 0;
  }
}
