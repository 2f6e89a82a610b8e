/** What becomes of a fetch before and between the addresses that it asks: a pure function of the request and of the network around the host. */
import { createHash } from "node:crypto";
import { type Network, unreachable } from "./network.ts";

/** A header of a request. */
type Header = readonly [name: string, value: string];

/** What is known of a body: its length, and SHA-256 of its bytes in hexadecimal, undefined where only the length is known. */
export interface Content {
  readonly bytes: number;
  readonly sha256: string | undefined;
}

/** A request as a guest makes it. */
export interface Request {
  readonly url: string;
  readonly method?: string;
  readonly headers?: readonly Header[];
  /** Undefined where the model does not know it. */
  readonly body?: Content | undefined;
  readonly timeoutMs?: number;
}

/** A request on its way to one address: the guest's own, or what a redirect made of it. */
export interface Hop {
  /** As a response tells it: without a fragment. */
  readonly url: string;
  readonly method: string;
  /** Undefined where the model does not know it. */
  readonly body: Content | undefined;
  /** Redirects that it has followed. */
  readonly redirects: number;
  /** The category as which it ends without having arrived anywhere; absent where it arrives. */
  readonly fails?: string;
}

/** Where a redirect leads: another hop, or the category as which the fetch ends. */
export type Redirected = { readonly to: Hop } | { readonly ends: string };

/** Redirects that one fetch follows. */
const mostRedirects = 10;
/** Methods that are sent in upper case, however a guest writes them. */
const normalised = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
const refusedMethods = ["CONNECT", "TRACE", "TRACK"];
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Bytes, but for those that would end the header or the text of it. */
const headerValue = /^[^\0\r\n\u{100}-\u{10ffff}]*$/u;
const ownHeaders =
  /^(?:connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i;

/** A body of these bytes. */
export function contentOf(bytes: Uint8Array): Content {
  return { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** No body. */
export const noContent: Content = contentOf(new Uint8Array());

/** Whether this is a request at all; what is none is refused before anything of it is sent. */
export function isRequest({ url, method, headers, timeoutMs }: Request): boolean {
  const verb = method ?? "GET";
  return (
    target(url) !== undefined &&
    token.test(verb) &&
    !refusedMethods.includes(verb.toUpperCase()) &&
    (headers ?? []).every(([name, value]) => token.test(name) && !ownHeaders.test(name) && headerValue.test(value)) &&
    (timeoutMs === undefined || (Number.isInteger(timeoutMs) && timeoutMs >= 1))
  );
}

/** The first hop of a request. */
export function firstHop(request: Request, network: Network | undefined): Hop {
  const { url, method = "GET" } = request;
  const upper = method.toUpperCase();
  const body = "body" in request ? request.body : noContent;
  const sent = normalised.includes(upper) ? upper : method;
  return hop({ url: target(url)?.href ?? url, method: sent, body, redirects: 0 }, network);
}

/** Where a response of this status with this `location` leads; undefined where it is no redirect. */
export function redirected(
  from: Hop,
  status: number,
  location: string | undefined,
  network: Network | undefined,
): Redirected | undefined {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const url = target(location, from.url);
  if (url === undefined || from.redirects === mostRedirects) return { ends: "transport" };
  const becomesGet =
    (status === 303 && from.method !== "GET" && from.method !== "HEAD") || (status < 303 && from.method === "POST");
  const request = becomesGet ? { method: "GET", body: noContent } : { method: from.method, body: from.body };
  return { to: hop({ url: url.href, ...request, redirects: from.redirects + 1 }, network) };
}

function hop(request: Hop, network: Network | undefined): Hop {
  return unreachable(request.url, network) ? { ...request, fails: "transport" } : request;
}

/** The absolute address that a text names, without its fragment; undefined where a host may not ask it. */
function target(text: string, base?: string): URL | undefined {
  const url = URL.parse(text, base);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  url.hash = "";
  return url;
}
