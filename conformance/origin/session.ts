import type { IncomingMessage, ServerResponse } from "node:http";
import { type Deferred, deferred } from "./deferred.ts";
import type { EventDetail, OriginEvent } from "./events.ts";
import { Gate, GateError, type GateKeeper } from "./gate.ts";
import type { Neighbours } from "./neighbours.ts";

/** Who is told of a session. */
export interface SessionHooks {
  /** An event was added to the log. */
  event(event: OriginEvent): void;
  /** The session has ended. */
  ended(): void;
}

/** Gates, log and counts of one scenario; several sessions share a server without mixing. */
export class OriginSession {
  /** What stands beside the origin. */
  readonly neighbours: Neighbours;
  readonly #base: string;
  readonly #prefix: string;
  readonly #nonce: () => string;
  readonly #hooks: SessionHooks;
  readonly #gates = new Map<string, Gate>();
  readonly #paths = new Map<string, Gate>();
  readonly #log: OriginEvent[] = [];
  readonly #faults: string[] = [];
  readonly #waiters = new Set<{ readonly count: number; readonly reached: Deferred<void> }>();
  readonly #keeper: GateKeeper;
  #held = 0;
  #maxHeld = 0;
  #over = false;

  /**
   * @param prefix the first part of the session's paths, unique to it
   * @param nonce gives a text that no other path of the run holds
   */
  constructor(base: string, prefix: string, nonce: () => string, hooks: SessionHooks, neighbours: Neighbours) {
    this.neighbours = neighbours;
    this.#base = base;
    this.#prefix = prefix;
    this.#nonce = nonce;
    this.#hooks = hooks;
    this.#keeper = { record: (event) => this.#record(event), holds: (change) => this.#holds(change) };
  }

  /** What happened so far, in one total order. */
  get log(): readonly OriginEvent[] {
    return this.#log;
  }

  /** Requests that have arrived and are neither released, ended nor closed. */
  get held(): number {
    return this.#held;
  }

  /** The gates whose requests are held, in the order in which the gates were made. */
  get gatesHeld(): readonly Gate[] {
    return [...this.#gates.values()].filter(({ state }) => state === "held");
  }

  /** The most requests that were held at once. */
  get maxHeld(): number {
    return this.#maxHeld;
  }

  /** Requests that no scenario can have meant, a sentence each: repeated and unexpected ones. */
  get faults(): readonly string[] {
    return this.#faults;
  }

  /**
   * Makes a gate under a name for people.
   * @throws GateError where the session has a gate of that name, or has ended
   */
  gate(name: string): Gate {
    if (this.#over) throw new GateError(`Gate ${name} cannot be made: the session has ended.`);
    if (this.#gates.has(name))
      throw new GateError(`The session already has a gate ${name}: each name stands for one request.`);
    // The name's part of the path is for people only; the nonce before it makes the path unique.
    const path = `${this.#prefix}/${this.#nonce()}/${name.replace(/[^A-Za-z0-9_-]+/g, "-")}`;
    const gate = new Gate(name, `${this.#base}${path}`, this.#keeper);
    this.#gates.set(name, gate);
    this.#paths.set(path, gate);
    return gate;
  }

  /** Resolves at the moment at which `count` requests are held at once. Rejects where the session ends before. */
  whenHeld(count: number): Promise<void> {
    if (this.#held >= count) return Promise.resolve();
    const reached = deferred<void>();
    if (this.#over) reached.reject(this.#neverHeld(count));
    else this.#waiters.add({ count, reached });
    return reached.promise;
  }

  /**
   * Ends the session: what it still holds is reset, what is awaited is rejected, the log stays as it is. Requests that
   * come later are the origin's strays.
   */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const gate of this.#gates.values()) gate.abandon("the session has ended");
    for (const { count, reached } of this.#waiters) reached.reject(this.#neverHeld(count));
    this.#waiters.clear();
    this.#hooks.ended();
  }

  /** Answers a request for a path of this session; the origin calls it. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const method = request.method ?? "";
    const target = request.url ?? "";
    const gate = this.#paths.get(pathOf(target));
    if (gate?.take(request, response)) return;
    request.resume();
    if (gate) {
      this.#faults.push(`a second request came to gate ${gate.name}: ${method} ${target}`);
      this.#record({ kind: "repeated", gate: gate.name, method });
      refuse(response, 409, `gate ${gate.name} has had its request\n`);
    } else {
      this.#faults.push(`a request came for a path that no gate has: ${method} ${target}`);
      this.#record({ kind: "unexpected", gate: null, method, target });
      refuse(response, 404, "no gate has this path\n");
    }
  }

  #record(event: EventDetail): number {
    const index = this.#log.length;
    if (this.#over) return index;
    const entry = { index, ...event };
    this.#log.push(entry);
    this.#hooks.event(entry);
    return index;
  }

  #holds(change: 1 | -1): void {
    this.#held += change;
    this.#maxHeld = Math.max(this.#maxHeld, this.#held);
    for (const waiter of this.#waiters) {
      if (this.#held < waiter.count) continue;
      this.#waiters.delete(waiter);
      waiter.reached.resolve();
    }
  }

  #neverHeld(count: number): GateError {
    return new GateError(
      `The session ended before ${count} requests were held at once: ${this.#maxHeld} were at most.`,
    );
  }
}

/** The path of a request's target, which may be in absolute form. */
export function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/, "");
}

/** Answers a request that should not have come. */
export function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, ["content-type", "text/plain", "content-length", String(Buffer.byteLength(text))]);
  response.end(text);
}
