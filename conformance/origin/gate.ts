import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Deferred, deferred } from "./deferred.ts";
import type { Arrival, EventDetail, Header } from "./events.ts";
import { bodyOf, completeReply, type Reply, writeHead } from "./reply.ts";

/** What a gate tells its session. */
export interface GateKeeper {
  /** Adds an event to the log and gives its index. */
  record(event: EventDetail): number;
  /** One more request is held, or one fewer. */
  holds(change: 1 | -1): void;
}

/** What a scenario asked of a gate that the gate's state does not allow. */
export class GateError extends Error {
  override name = "GateError";
}

/** Where a gate is: nothing arrived, held, let go, ended by the scenario, or closed by the client before its reply was complete. */
export type GateState = "waiting" | "held" | "released" | "reset" | "closed";

/** Bytes of the longest body that the log holds. */
const longestText = 65_536;

/** One request that the scenario expects, and decides over. */
export class Gate {
  /** Its name, for people. */
  readonly name: string;
  /** Where a guest fetches it. */
  readonly url: string;
  readonly #keeper: GateKeeper;
  readonly #arrived: Deferred<Arrival> = deferred();
  readonly #closed: Deferred<void> = deferred();
  #state: GateState = "waiting";
  #response: ServerResponse | undefined;
  /** The reply of which the first part has been sent, and how many bytes of its body. */
  #begun: { readonly reply: Reply; readonly bytes: number } | undefined;
  /** What to do with the request as soon as it arrives. */
  #prepared: (() => void) | undefined;
  /** Settled when the reply has been sent. */
  #sending: Deferred<void> | undefined;

  constructor(name: string, url: string, keeper: GateKeeper) {
    this.name = name;
    this.url = url;
    this.#keeper = keeper;
  }

  /** Resolves when the request has arrived, body included. Rejects where it cannot arrive any more. */
  get arrived(): Promise<Arrival> {
    return this.#arrived.promise;
  }

  /** Resolves when the client closes before the reply is complete. Rejects where that cannot happen any more. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Where the gate is. */
  get state(): GateState {
    return this.#state;
  }

  /**
   * Lets the held request go. Resolves when the last byte of the reply was handed to the operating system.
   * @throws GateError where nothing is held, or the client closes first
   */
  async release(reply?: Partial<Reply>): Promise<void> {
    const response = this.#held("release");
    if (this.#begun && reply) throw new GateError(`Gate ${this.name}: its reply has begun and cannot be exchanged.`);
    const whole = this.#begun?.reply ?? completeReply(this.name, reply ?? {});
    if (!this.#begun) writeHead(response, whole);
    const body = bodyOf(whole);
    this.#state = "released";
    this.#sending = deferred();
    const text = body.length > longestText ? null : body.toString("utf8");
    const [, location] = whole.headers.find(([name]) => name.toLowerCase() === "location") ?? [];
    const said = { status: whole.status, bytes: body.length, text, ...(location !== undefined && { location }) };
    this.#keeper.record({ kind: "release", gate: this.name, ...said });
    this.#keeper.holds(-1);
    response.end(body.subarray(this.#begun?.bytes ?? 0));
    await this.#sending.promise;
  }

  /**
   * Sends the head of a reply and the first bytes of its body, and holds the rest until `release()`, `reset()` or
   * `cut()`. Resolves when they were handed to the operating system.
   * @throws GateError where nothing is held or the reply has begun already
   */
  async begin(reply: Partial<Reply>, bytes: number): Promise<void> {
    const response = this.#held("begin");
    if (this.#begun) throw new GateError(`Gate ${this.name}: its reply has begun already.`);
    const whole = completeReply(this.name, reply);
    const part = bodyOf(whole).subarray(0, bytes);
    writeHead(response, whole);
    this.#begun = { reply: whole, bytes: part.length };
    this.#keeper.record({ kind: "begin", gate: this.name, status: whole.status, bytes: part.length });
    response.flushHeaders();
    const flushed = deferred<void>();
    const done = (error?: Error | null): void => (error ? flushed.reject(this.#lost()) : flushed.resolve());
    if (part.length > 0) response.write(part, done);
    else response.req.socket.write("", done);
    await flushed.promise;
  }

  /**
   * Prepares the gate: the request is answered as soon as it arrives. Resolves when the reply has been sent.
   * @throws GateError where the request has arrived already, or cannot any more
   */
  open(reply: Partial<Reply> = {}): Promise<void> {
    if (this.#state !== "waiting" || this.#prepared) {
      return Promise.reject(new GateError(`Gate ${this.name} cannot be opened in advance: it is ${this.#describe()}.`));
    }
    const opened = deferred<void>();
    this.#prepared = () => {
      this.release(reply).then(opened.resolve, opened.reject);
    };
    this.#arrived.promise.catch(opened.reject);
    return opened.promise;
  }

  /**
   * Ends the held request's connection by a TCP reset.
   * @throws GateError where nothing is held
   */
  reset(): void {
    this.#end("reset").resetAndDestroy();
  }

  /**
   * Ends the held request's connection in order, without the rest of the reply: a truncated body after `begin`, an empty
   * answer without it.
   * @throws GateError where nothing is held
   */
  cut(): void {
    this.#end("end").destroySoon();
  }

  /**
   * Answers the held request by bytes that are no HTTP, and ends its connection in order.
   * @throws GateError where nothing is held
   */
  garble(bytes: string): void {
    this.#end("end").end(bytes);
  }

  /** Takes a request for this gate's path; the origin calls it. False where one came before. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#response || this.#state !== "waiting") return false;
    this.#response = response;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => this.#arrive(request, Buffer.concat(chunks)));
    response.on("finish", () => this.#sent());
    response.on("close", () => this.#close());
    return true;
  }

  /** Gives the gate up, with its connection where one is open; the session calls it when it ends. */
  abandon(reason: string): void {
    const error = new GateError(`Gate ${this.name}: ${reason}; it was ${this.#describe()}.`);
    if (this.#state === "held") this.#keeper.holds(-1);
    if (this.#state === "waiting" || this.#state === "held") this.#state = "reset";
    this.#arrived.reject(error);
    this.#closed.reject(error);
    this.#sending?.reject(error);
    if (this.#response && !this.#response.writableFinished) this.#response.req.socket.resetAndDestroy();
  }

  #arrive(request: IncomingMessage, body: Buffer): void {
    if (this.#state !== "waiting") return;
    this.#state = "held";
    const method = request.method ?? "";
    const target = request.url ?? "";
    const sha256 = body.length > 0 && { sha256: createHash("sha256").update(body).digest("hex") };
    const arrival = { kind: "arrive", gate: this.name, method, target, bytes: body.length, ...sha256 } as const;
    const index = this.#keeper.record(arrival);
    const { httpVersion } = request;
    this.#arrived.resolve({ index, method, target, httpVersion, headers: headersOf(request.rawHeaders), body });
    this.#keeper.holds(1);
    this.#prepared?.();
  }

  #sent(): void {
    if (this.#state !== "released") return;
    this.#keeper.record({ kind: "sent", gate: this.name });
    this.#sending?.resolve();
    this.#closed.reject(
      new GateError(`Gate ${this.name}: the reply was sent in full, so the client cannot close before that.`),
    );
  }

  #close(): void {
    const state = this.#state;
    if (this.#response?.writableFinished || state === "reset" || state === "closed") return;
    this.#state = "closed";
    const during = state === "waiting" ? "request" : state === "held" ? "held" : "reply";
    this.#keeper.record({ kind: "close", gate: this.name, during });
    if (state === "held") this.#keeper.holds(-1);
    this.#arrived.reject(this.#lost());
    this.#sending?.reject(this.#lost());
    this.#closed.resolve();
  }

  #held(action: string): ServerResponse {
    if (this.#state === "held" && this.#response) return this.#response;
    throw new GateError(`Gate ${this.name}: ${action} needs a held request, but it is ${this.#describe()}.`);
  }

  #end(how: "reset" | "end"): Socket {
    const response = this.#held(how);
    this.#state = "reset";
    this.#keeper.record({ kind: "reset", gate: this.name, how });
    this.#keeper.holds(-1);
    this.#closed.reject(new GateError(`Gate ${this.name}: the scenario itself ended the connection.`));
    // Not the response's own socket: it has none while an earlier request on the same connection is unanswered.
    return response.req.socket;
  }

  #lost(): GateError {
    return new GateError(`Gate ${this.name}: the client closed before it had the whole reply.`);
  }

  #describe(): string {
    const described: Record<GateState, string> = {
      waiting: "waiting for its request",
      held: "held",
      released: "released",
      reset: "ended by the scenario",
      closed: "closed by the client",
    };
    return described[this.#state];
  }
}

function headersOf(raw: readonly string[]): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at < raw.length; at += 2) headers.push([raw[at]!.toLowerCase(), raw[at + 1]!]);
  return headers;
}
