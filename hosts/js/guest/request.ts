/** The checks that a request passes before it is issued. What fails them is refused as `bad-value`. */
import { fetchMillis, mostFetchMillis } from "../limits.ts";
import type { CheckedRequest } from "../worker/messages.ts";
import { type Json, parseJson } from "./canonical.ts";
import { code, Refusal } from "./codes.ts";

const NativeUrl = URL;
const { isInteger } = Number;

const fields = ["url", "method", "headers", "timeoutMs"];

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** A field value: bytes as characters, without controls but tab. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const upperCased = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
const refusedMethods = ["CONNECT", "TRACE", "TRACK"];
/** Fields that frame the message or name its connection: the host's own. */
const ownFields = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Reads a request's JSON and checks it. Throws a `Refusal` that names the part that is wrong. */
export function checkRequest(text: string): CheckedRequest {
  const value = parseJson(text, "the request");
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad("the request is not an object");
  for (const name of Object.keys(value)) {
    if (!fields.includes(name)) throw bad(`the request has an unknown field "${name}"`);
  }
  return {
    method: checkMethod(value.method),
    url: checkUrl(value.url),
    headers: checkHeaders(value.headers),
    timeoutMs: checkTimeout(value.timeoutMs),
  };
}

function checkTimeout(value: Json | undefined): number {
  if (value === undefined) return fetchMillis;
  if (typeof value !== "number" || !isInteger(value) || value < 1) {
    throw bad("the request's `timeoutMs` is not a whole number of milliseconds from 1");
  }
  return Math.min(value, mostFetchMillis);
}

function checkUrl(value: Json | undefined): string {
  if (typeof value !== "string") throw bad("the request's `url` is not a string");
  let url: URL;
  try {
    url = new NativeUrl(value);
  } catch {
    throw bad("the request's `url` is not an absolute URL");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw bad(`the request's \`url\` has the scheme ${url.protocol} where http: or https: is expected`);
  }
  if (url.username !== "" || url.password !== "") throw bad("the request's `url` holds credentials; give a header");
  url.hash = "";
  return url.href;
}

function checkMethod(value: Json | undefined): string {
  if (value === undefined) return "GET";
  if (typeof value !== "string" || !token.test(value)) throw bad("the request's `method` is not a token");
  const upper = value.toUpperCase();
  if (refusedMethods.includes(upper)) throw bad(`the method ${upper} is not one that a guest may use`);
  return upperCased.includes(upper) ? upper : value;
}

function checkHeaders(value: Json | undefined): [string, string][] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw bad("the request's `headers` are not a list");
  return value.map((entry, index) => {
    if (!Array.isArray(entry) || entry.length !== 2) throw bad(`header ${index} is not a pair of a name and a value`);
    const [name, text] = entry;
    if (typeof name !== "string" || !token.test(name)) throw bad(`the name of header ${index} is not a token`);
    const lower = name.toLowerCase();
    if (ownFields.includes(lower) || lower.startsWith("proxy-"))
      throw bad(`header "${name}" is the host's own: leave it out`);
    const trimmed = typeof text === "string" ? text.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "") : null;
    if (trimmed === null || !fieldValue.test(trimmed)) {
      throw bad(`the value of header "${name}" holds a character that no header may hold`);
    }
    return [name, trimmed];
  });
}

function bad(message: string): Refusal {
  return new Refusal(code.badValue, message);
}
