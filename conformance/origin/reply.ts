import type { ServerResponse } from "node:http";

/** What a gate answers. */
export interface Reply {
  /** Status code, 200 to 599. */
  readonly status: number;
  /** Status text; that of the code where absent. */
  readonly statusText?: string;
  /** Headers in order, repeats allowed. A `content-length` is added unless this list frames the body itself. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Body; a text is sent as UTF-8. */
  readonly body: string | Uint8Array;
}

/** A gate's reply, with what the scenario did not say filled in. */
export function completeReply(gate: string, reply: Partial<Reply>): Reply {
  return { status: 200, headers: [["content-type", "text/plain"]], body: `response to ${gate}`, ...reply };
}

/** The body's bytes; none for a status that has no body. */
export function bodyOf({ status, body }: Reply): Buffer {
  if (isBodiless(status)) return Buffer.alloc(0);
  return typeof body === "string" ? Buffer.from(body, "utf8") : Buffer.from(body);
}

/**
 * Hands the head of a reply to the response, which sends it with the first byte of the body or at its end.
 * @throws where the status, the status text or a header cannot be sent; nothing has been done then.
 */
export function writeHead(response: ServerResponse, reply: Reply): void {
  const { status, statusText, headers } = reply;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`A reply's status is a whole number from 200 to 599, not ${status}.`);
  }
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const framed = names.has("content-length") || names.has("transfer-encoding") || isBodiless(status);
  const list = framed ? headers : [...headers, ["content-length", String(bodyOf(reply).length)]];
  const flat = list.flatMap(([name, value]) => [name!, value!]);
  if (statusText === undefined) response.writeHead(status, flat);
  else response.writeHead(status, statusText, flat);
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}
