/** Where a redirect leads, as the Fetch standard's `follow` has it. */
import { Buffer } from "node:buffer";

/** A request on its way. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | null;
}

const bodyFields = ["content-encoding", "content-language", "content-location", "content-type"];
const originFields = ["authorization", "cookie"];

/** The request that a response asks for, or null where it is no redirect. Throws an `Error` where it leads nowhere. */
export function redirected(hop: Hop, status: number, location: string | undefined): Hop | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return null;
  // A header's value comes one character a byte; a location is UTF-8, as browsers and servers have it.
  const text = Buffer.from(location, "latin1").toString("utf8");
  const url = URL.parse(text, hop.url.href);
  if (url === null) throw new Error("the redirect's location is not a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`the redirect leads to the scheme ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") throw new Error("the redirect's location holds credentials");
  url.hash = "";
  let { method, headers, body } = hop;
  const toGet =
    status === 303 ? method !== "GET" && method !== "HEAD" : (status === 301 || status === 302) && method === "POST";
  if (toGet) {
    method = "GET";
    body = null;
    headers = without(headers, bodyFields);
  }
  if (url.origin !== hop.url.origin) headers = without(headers, originFields);
  return { method, url, headers, body };
}

function without(headers: Hop["headers"], names: readonly string[]): Hop["headers"] {
  return headers.filter(([name]) => !names.includes(name.toLowerCase()));
}
