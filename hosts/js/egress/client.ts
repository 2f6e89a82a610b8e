/**
 * The way out for guests: HTTP/1.1 over connections that are kept. `node:http` and not the engine's `fetch`, which joins
 * repeated headers in every runtime. No limit of sockets, no time-out of the library, no decompression, no retry.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { CheckedRequest, OpOutcome } from "../worker/messages.ts";
import { type Allowed, guardedLookup, isSpecial, literalOf } from "./addresses.ts";
import { Fetch, type FetchBounds } from "./fetch.ts";
import type { Hop } from "./redirects.ts";

const keep = {
  keepAlive: true,
  maxSockets: Number.POSITIVE_INFINITY,
  maxFreeSockets: Number.POSITIVE_INFINITY,
  scheduling: "lifo",
} as const;

/** Issues fetches. */
export class Egress {
  readonly #allowed: Allowed;
  readonly #http = new HttpAgent(keep);
  readonly #https = new HttpsAgent(keep);

  constructor(allowed: Allowed) {
    this.#allowed = allowed;
  }

  /** Issues a fetch; `done` is told its outcome, once, never before this returns. */
  fetch(
    request: CheckedRequest,
    body: Uint8Array | null,
    bounds: FetchBounds,
    done: (outcome: OpOutcome) => void,
  ): Fetch {
    const hop: Hop = { method: request.method, url: new URL(request.url), headers: request.headers, body };
    return new Fetch(hop, (next) => this.#open(next), bounds, done);
  }

  /** Closes every connection. */
  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #open(hop: Hop): ClientRequest {
    const allowed = this.#allowed.names(hop.url);
    const literal = literalOf(hop.url);
    if (!allowed && literal !== null && isSpecial(literal)) {
      throw new Error(`the address ${literal} is special, and guests may not reach it`);
    }
    const [open, agent] = hop.url.protocol === "https:" ? [httpsRequest, this.#https] : [httpRequest, this.#http];
    return open({
      agent,
      method: hop.method,
      protocol: hop.url.protocol,
      hostname: literal ?? hop.url.hostname,
      port: hop.url.port,
      path: hop.url.pathname + hop.url.search,
      ...(allowed ? {} : { lookup: guardedLookup }),
    });
  }
}
