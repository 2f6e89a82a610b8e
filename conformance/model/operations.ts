import type { Completion, ModelCall, Operation } from "./call.ts";
import { firstHop, isRequest, redirected } from "./egress.ts";
import type { Fiber } from "./fiber.ts";
import type { Network } from "./network.ts";
import type { Fetched, Reply, Signal } from "./program.ts";

/** Milliseconds that a fetch has where its request does not say. */
const fetchLimit = 30_000;
/** Milliseconds that a fetch has at most. */
const mostFetchLimit = 180_000;
/** Bytes of the longest body of a response. */
const longestBody = 32 * 1024 * 1024;

/** What a fetch came to that its guest has aborted. */
export const aborted = { ok: false, category: "aborted" } as const satisfies Fetched;

/** The host operations in flight, and the clock that ends some of them. */
export class Operations {
  #all: Operation[] = [];
  readonly #dropped: Operation[] = [];
  #issued = 0;
  #now: number;
  #target: number;
  readonly #network: Network | undefined;

  /** A clock that shows `now`, in ms since the epoch, and the network, where that is known. */
  constructor(now: number, network?: Network) {
    this.#now = now;
    this.#network = network;
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

  /** Does what the fiber asks for. Gives the fibers that go on in the same turn: none where the fiber has to wait. */
  perform(call: ModelCall, fiber: Fiber): readonly Fiber[] {
    const { next } = fiber;
    const base = { call, fiber, issued: this.nextPlace(), committed: call.seqs.at(-1) ?? 0 };
    if (next?.do === "fetch") {
      if (!isRequest(next.request)) return fiber.answer({ ok: false, category: "bad-value" } satisfies Fetched);
      const { signal } = next;
      if (signal?.aborted) return fiber.answer(aborted);
      const hop = firstHop(next.request, this.#network);
      const limit = Math.min(next.request.timeoutMs ?? fetchLimit, mostFetchLimit);
      this.#all.push({ ...base, due: this.#now + limit, what: { fetch: hop.url, hop, ...(signal && { signal }) } });
    }
    if (next?.do === "sleep") {
      if (next.at <= this.#now) return fiber.answer(undefined);
      this.#all.push({ ...base, due: next.at, what: { sleep: next.at } });
    }
    return next?.do === "abort" ? fiber.answer(undefined) : [];
  }

  /** A call aborts a signal. Gives the fetches that end by it, in their turns; the outcome of one that waits for its turn is changed where it is. */
  abort(call: ModelCall, signal: Signal, waiting: readonly Completion[]): readonly Operation[] {
    const isOfSignal = ({ what }: Operation) => "fetch" in what && what.signal === signal;
    for (const completion of waiting) {
      if (completion.call === call && isOfSignal(completion.operation)) completion.outcome = aborted;
    }
    signal.aborted = true;
    return this.#all.filter((operation) => operation.call === call && isOfSignal(operation));
  }

  /** Takes what came of a request. Gives what the fetch came to; undefined where it has been redirected, and goes on. */
  reply(operation: Operation, reply: Reply): Fetched | undefined {
    if (!("fetch" in operation.what)) throw new Error("a sleep has no reply");
    if (!reply.ok) return reply;
    const { hop } = operation.what;
    const next = redirected(hop, reply.status, reply.location, this.#network);
    if (next === undefined) {
      const { ok, status } = reply;
      const { body, bytes } = hop.method === "HEAD" ? { body: "", bytes: 0 } : reply;
      if (bytes !== undefined && bytes > longestBody) return { ok: false, category: "limit" };
      return { ok, status, body, url: hop.url, ...(bytes !== undefined && { bytes }) };
    }
    if ("ends" in next) return { ok: false, category: next.ends };
    const what = { ...operation.what, fetch: next.to.url, hop: next.to };
    this.#all = this.#all.map((other) => (other.issued === operation.issued ? { ...other, what } : other));
    return undefined;
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
