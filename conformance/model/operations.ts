import type { ModelCall, Operation } from "./call.ts";
import { firstHop, isRequest, redirected } from "./egress.ts";
import type { Fiber } from "./fiber.ts";
import type { Network } from "./network.ts";
import { aborted, type EffectOf, type Fetched, type Reply, type Signal } from "./program.ts";
import { byTime, firstOf } from "./timer.ts";

/** Milliseconds that a fetch has where its request does not say. */
const fetchLimit = 30_000;
/** Milliseconds that a fetch has at most. */
const mostFetchLimit = 180_000;
/** Bytes of the longest body of a response. */
const longestBody = 32 * 1024 * 1024;

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

  /** The operation whose time comes next: a sleep, or a fetch at its time limit. */
  get first(): Operation | undefined {
    return firstOf(this.#all);
  }

  /** A fiber fetches. Gives the fibers that go on in the same turn: none where it has to wait. */
  fetch(call: ModelCall, fiber: Fiber, { request, signal }: EffectOf<"fetch">): readonly Fiber[] {
    if (!isRequest(request)) return fiber.answer({ ok: false, category: "bad-value" } satisfies Fetched);
    if (signal?.aborted) return fiber.answer(aborted);
    const hop = firstHop(request, this.#network);
    const limit = Math.min(request.timeoutMs ?? fetchLimit, mostFetchLimit);
    this.#add(call, fiber, this.#now + limit, { fetch: hop.url, hop, ...(signal && { signal }) });
    return [];
  }

  /** A fiber sleeps until a time (ms since the epoch). Gives the fibers that go on in the same turn: none where it has to wait. */
  sleep(call: ModelCall, fiber: Fiber, at: number): readonly Fiber[] {
    if (at <= this.#now) return fiber.answer(undefined);
    this.#add(call, fiber, at, { sleep: at });
    return [];
  }

  /** A call aborts a signal. Gives the fetches in flight that end by it, in their turns. */
  abort(call: ModelCall, signal: Signal): readonly Operation[] {
    signal.aborted = true;
    return this.fetches.filter((one) => one.call === call && "fetch" in one.what && one.what.signal === signal);
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

  #add(call: ModelCall, fiber: Fiber, due: number, what: Operation["what"]): void {
    const committed = call.seqs.at(-1) ?? 0;
    this.#all.push({ call, fiber, issued: this.nextPlace(), committed, due, what });
  }
}
