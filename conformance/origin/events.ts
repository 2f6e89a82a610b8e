/** What the origin saw and did: evidence from outside the host. */

/** A header as it arrived: the name in lower case, repeats in order. */
export type Header = readonly [name: string, value: string];

/** A request that reached its gate, read to its end. */
export interface Arrival {
  /** Index of the `arrive` event in the session's log. */
  readonly index: number;
  readonly method: string;
  /** Path and query, as the client sent them. */
  readonly target: string;
  readonly httpVersion: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/** One entry of a session's log. The log is one total order: `index` counts from 0 without a gap. */
export type OriginEvent = { readonly index: number } & EventDetail;

/** What an event says, by kind. */
export type EventDetail =
  /** The request has arrived in full; from here it is held. */
  | {
      readonly kind: "arrive";
      readonly gate: string;
      readonly method: string;
      readonly target: string;
      readonly bytes: number;
      /** SHA-256 of the body, in hexadecimal; absent where the body is empty. */
      readonly sha256?: string;
    }
  /** The head and the first `bytes` bytes of the body were sent; the request is still held. */
  | { readonly kind: "begin"; readonly gate: string; readonly status: number; readonly bytes: number }
  /** The scenario let the reply go; `bytes` is the length of the whole body, `text` the body as UTF-8, or null for a long one. */
  | {
      readonly kind: "release";
      readonly gate: string;
      readonly status: number;
      readonly bytes: number;
      readonly text: string | null;
      /** The header `location`; absent where the reply has none. */
      readonly location?: string;
    }
  /** The last byte of the reply was handed to the operating system. */
  | { readonly kind: "sent"; readonly gate: string }
  /** The scenario ended the connection without a whole reply: by a reset, or in order. */
  | { readonly kind: "reset"; readonly gate: string; readonly how: "reset" | "end" }
  /** The client closed while it was sending the request, while it was held, or before the reply was complete. */
  | { readonly kind: "close"; readonly gate: string; readonly during: "request" | "held" | "reply" }
  /** A request for a path of this session that belongs to no gate; answered 404. */
  | { readonly kind: "unexpected"; readonly gate: null; readonly method: string; readonly target: string }
  /** A second request for a gate; answered 409. */
  | { readonly kind: "repeated"; readonly gate: string; readonly method: string };

/** A request that belongs to no session, or that is no HTTP. */
export interface Stray {
  /** Method, or null for what is no HTTP. */
  readonly method: string | null;
  /** Path and query, or the parser's complaint. */
  readonly target: string;
}
