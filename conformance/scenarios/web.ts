/** The words in which scenarios speak of the module `web`. */
import { createHash } from "node:crypto";
import type { Arrival, Header } from "../origin/events.ts";
import type { Gate } from "../origin/gated-origin.ts";
import type { Connection, Submitted } from "./connection.ts";
import { expectSame, show } from "./expect.ts";
import type { Stage } from "./stage.ts";
import { Violation } from "./violation.ts";

/** A request as `web` takes it. */
export interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly headers?: readonly Header[];
  /** Bytes in hexadecimal, sent `times` in a row. */
  readonly body?: { readonly hex: string; readonly times?: number };
  readonly timeoutMs?: number;
}

/** What `web` reports of a response. */
export interface Answered {
  readonly outcome: "response";
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly Header[];
  readonly url: string;
  /** Bytes of the body. */
  readonly size: number;
  /** The body as text; null where it is long. */
  readonly text: string | null;
}

/** What `web` reports of a fetch: a response, or the category of a refusal. */
export type Report = Answered | { readonly outcome: string };

/** Submits a call that fetches and reports. */
export function send(connection: Connection, request: Asked): Submitted {
  return connection.call("send", { request });
}

/** The response of a call that must have one. */
export async function answered(stage: Stage, call: Submitted): Promise<Answered> {
  return responseIn(await stage.returned<Report>(call), call);
}

/** The response in a report. */
export function responseIn(report: Report, call: Submitted): Answered {
  if ("status" in report) return report;
  throw new Violation("wrong-response", `the fetch of ${call.call} (${call.function}) ended as ${report.outcome}`);
}

/** Demands that a call's fetch was refused, that the guest could handle that, and that its category is this. */
export async function refused(stage: Stage, call: Submitted, category: string, what: string): Promise<void> {
  const report = await stage.returned<Report>(call);
  expectSame(report.outcome, category, "wrong-category", what);
}

/** Fetches from a gate while nothing else is going on: waits for the request, releases this reply, and gives both ends. */
export async function roundTrip(
  stage: Stage,
  connection: Connection,
  gate: Gate,
  request: Omit<Asked, "url">,
  reply: Parameters<Stage["release"]>[1] = {},
): Promise<{ arrival: Arrival; response: Answered }> {
  const call = send(connection, { url: gate.url, ...request });
  await stage.held([gate]);
  const arrival = await gate.arrived;
  await stage.release(gate, reply);
  return { arrival, response: await answered(stage, call) };
}

/** The values of each header name, in order: the order of different names means nothing. */
export function valuesByName(headers: readonly Header[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) values.set(name, [...(values.get(name) ?? []), value]);
  return values;
}

/** Demands that two bodies are the same, byte for byte. */
export function expectSameBytes(observed: Uint8Array, expected: Uint8Array, what: string): void {
  const shown = (bytes: Uint8Array) =>
    show({ bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
  if (Buffer.from(observed.buffer, observed.byteOffset, observed.length).equals(expected)) return;
  throw new Violation("wrong-response", `${what}: expected ${shown(expected)}, observed ${shown(observed)}`);
}

/** Every value of a byte, in order. */
export const everyByte = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

/** 8 MiB in which every value of a byte stands next to others. */
export const eightMebibytes = Buffer.alloc(8 << 20, everyByte);

/** A redirect. Its body is short: a host may read it before it goes on. */
export function redirectTo(location: string, status = 302) {
  return { status, headers: [["location", location]] as const, body: "moved" };
}
