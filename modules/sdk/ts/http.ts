import { BAD_VALUE, type Host } from "./abi.ts";
import type { AbortSignal } from "./abort.ts";
import { accept, EvenlaneError } from "./errors.ts";
import { toJson } from "./json.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

/** What a fetch sends besides its URL. The SDK adds no header of its own. */
export interface RequestInit {
  /** Default: `GET`. */
  readonly method?: string;
  /** Header fields: an object, or pairs, which may repeat a name. */
  readonly headers?: Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[];
  /** Text is sent as UTF-8. */
  readonly body?: string | Uint8Array | ArrayBuffer | null;
  /** Milliseconds from the issue to the last byte, a whole number from 1; at most 180,000. Default: 30,000. */
  readonly timeoutMs?: number;
  /** Aborts the fetch: it then rejects with the signal's reason, and its connection is closed. */
  readonly signal?: AbortSignal | null;
}

/** Where a fetch goes. */
export type RequestTarget = string | { readonly url: string };

/** A request as the host takes it: its head as JSON text and its body. */
export function toRequest(target: RequestTarget, init: RequestInit = {}): [head: string, body: Uint8Array | null] {
  const url = typeof target === "string" ? target : target.url;
  const headers = init.headers && (isPairs(init.headers) ? init.headers : Object.entries(init.headers));
  const { method, timeoutMs } = init;
  return [toJson({ url, method, headers, timeoutMs }, "the request"), toBytes(init.body)];
}

function isPairs(headers: NonNullable<RequestInit["headers"]>): headers is readonly (readonly [string, string])[] {
  return Array.isArray(headers);
}

function toBytes(body: RequestInit["body"]): Uint8Array | null {
  if (body === undefined || body === null) return null;
  if (typeof body === "string") return encodeUtf8(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new EvenlaneError(BAD_VALUE, "the request's body is neither text nor bytes");
}

/** A response's header fields: names in lower case, repeats in the order in which they came. */
export class Headers {
  readonly #fields: readonly (readonly [string, string])[];

  constructor(fields: readonly (readonly [string, string])[]) {
    this.#fields = fields;
  }

  /** The value under a name, repeats joined with a comma and a space; null where there is none. */
  get(name: string): string | null {
    const wanted = name.toLowerCase();
    const values = this.#fields.filter(([field]) => field === wanted).map(([, value]) => value);
    return values.length === 0 ? null : values.join(", ");
  }

  /** Whether a field of that name came. */
  has(name: string): boolean {
    return this.get(name) !== null;
  }

  /** Each field as it came, repeats included. */
  entries(): IterableIterator<readonly [name: string, value: string]> {
    return this.#fields.values();
  }

  [Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    return this.entries();
  }
}

/** A complete response: a fetch settles with its last byte, so nothing here waits and the body can be read again. */
export class Response {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  /** The URL that answered, after redirects. */
  readonly url: string;
  readonly #body: Uint8Array;

  constructor(
    head: { status: number; statusText: string; headers: readonly (readonly [string, string])[]; url: string },
    body: Uint8Array,
  ) {
    this.status = head.status;
    this.statusText = head.statusText;
    this.headers = new Headers(head.headers);
    this.url = head.url;
    this.#body = body;
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** The body as UTF-8, without a byte order mark; U+FFFD stands for what is ill-formed. */
  text(): string {
    return decodeUtf8(this.#body);
  }

  /** The body as JSON. Throws a SyntaxError where it is none. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  /** A copy of the body. */
  bytes(): Uint8Array {
    return this.#body.slice();
  }

  /** A copy of the body. */
  arrayBuffer(): ArrayBuffer {
    return this.bytes().buffer as ArrayBuffer;
  }
}

/** Takes the response of a settled fetch from the host. */
export function takeResponse(host: Host, handle: number): Response {
  const head = accept(host, host.takeHead(handle)) as string;
  const body = accept(host, host.takeBody(handle)) as unknown as Uint8Array;
  return new Response(JSON.parse(head), body);
}
