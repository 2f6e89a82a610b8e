/** One fetch of a guest: a request, its redirects, and the whole response or the reason why there is none. */
import type { ClientRequest, IncomingMessage } from "node:http";
import { canonicalOf } from "../guest/canonical.ts";
import { code } from "../guest/codes.ts";
import type { Limits } from "../limits.ts";
import type { OpOutcome } from "../worker/messages.ts";

import { type Hop, redirected } from "./redirects.ts";

/** The bounds of a fetch. */
export type FetchBounds = Pick<Limits, "redirects" | "responseBytes">;

/** Opens the request of one hop; throws an `Error` where its address may not be reached. */
export type Open = (hop: Hop) => ClientRequest;

/** A fetch that has been issued. It settles once. */
export class Fetch {
  readonly #open: Open;
  readonly #bounds: FetchBounds;
  #done: ((outcome: OpOutcome) => void) | null;
  /** The request of each hop, the last one last. */
  readonly #requests: ClientRequest[] = [];

  /** Issues `hop`; `done` is told the outcome, later. */
  constructor(hop: Hop, open: Open, bounds: FetchBounds, done: (outcome: OpOutcome) => void) {
    this.#open = open;
    this.#bounds = bounds;
    this.#done = done;
    this.#send(hop);
  }

  /** Drops the request: the server sees its connection close. `done` is not told any more. */
  abort(): void {
    this.#done = null;
    this.#destroy();
  }

  #send(hop: Hop): void {
    let request: ClientRequest;
    try {
      request = this.#open(hop);
    } catch (error) {
      queueMicrotask(() => this.#fail(hop, error));
      return;
    }
    this.#requests.push(request);
    request.on("response", (response) => this.#received(hop, response));
    request.on("upgrade", (_, socket) => {
      socket.destroy();
      this.#fail(hop, new Error("the server switched protocols without being asked"));
    });
    request.on("error", (error) => {
      // One that has been redirected has done its part.
      if (this.#requests.at(-1) === request) this.#fail(hop, error);
    });
    for (const [name, value] of hop.headers) request.appendHeader(name, value);
    if (hop.body === null) request.end();
    else {
      request.setHeader("content-length", hop.body.byteLength);
      request.end(hop.body);
    }
  }

  #received(hop: Hop, response: IncomingMessage): void {
    const status = response.statusCode as number;
    const { redirects, responseBytes } = this.#bounds;
    let next: Hop | null;
    try {
      next = redirected(hop, status, response.headers.location);
      if (next !== null && this.#requests.length > redirects) throw new Error(`more than ${redirects} redirects`);
    } catch (error) {
      this.#destroy();
      this.#fail(hop, error);
      return;
    }
    if (next !== null) {
      // The body of a redirect is read to its end, so that the connection can serve again; its end is not waited for.
      response.on("error", () => {});
      response.resume();
      this.#send(next);
      return;
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    response.on("data", (chunk: Uint8Array) => {
      length += chunk.byteLength;
      if (length > responseBytes) {
        this.#destroy();
        const message = `the response of ${hop.url.origin} passes ${responseBytes} bytes`;
        this.#settle({ kind: "refused", code: code.limit, message });
      } else chunks.push(chunk);
    });
    response.on("error", (error) => this.#fail(hop, error));
    response.on("end", () => {
      const body = new Uint8Array(length);
      let at = 0;
      for (const chunk of chunks) {
        body.set(chunk, at);
        at += chunk.byteLength;
      }
      this.#settle({ kind: "response", head: headOf(hop, response), body: body.buffer });
    });
  }

  #fail(hop: Hop, error: unknown): void {
    // Messages name the origin alone: a path or a query may hold what is not for logs.
    const cause = error instanceof Error ? error.message || error.name : String(error);
    const message = `the fetch from ${hop.url.origin} failed: ${cause}`;
    this.#settle({ kind: "refused", code: code.transport, message });
  }

  #destroy(): void {
    for (const request of this.#requests) request.destroy();
  }

  #settle(outcome: OpOutcome): void {
    const done = this.#done;
    this.#done = null;
    done?.(outcome);
  }
}

function headOf(hop: Hop, response: IncomingMessage): string {
  const { rawHeaders } = response;
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([(rawHeaders[index] as string).toLowerCase(), rawHeaders[index + 1] as string]);
  }
  const { statusCode, statusMessage } = response;
  return canonicalOf(
    { status: statusCode as number, statusText: statusMessage ?? "", headers, url: hop.url.href },
    "the response's head",
  );
}
