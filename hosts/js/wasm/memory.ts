/** What a wasm guest hands over and takes: bytes of its memory. */
import { wellFormed } from "../guest/canonical.ts";
import { code, Refusal } from "../guest/codes.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8 of a text. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** A copy of the bytes at `pointer`; refuses a range outside of the memory. */
export function copyBytes(memory: WebAssembly.Memory, pointer: number, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view(memory, pointer, length));
}

/** The text at `pointer`; refuses what is not UTF-8 or lies outside of the memory. */
export function readText(memory: WebAssembly.Memory, pointer: number, length: number, what: string): string {
  try {
    return decoder.decode(view(memory, pointer, length));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(code.badValue, `${what} is not UTF-8`);
  }
}

/** The text at `pointer` for people: what cannot be read is replaced. */
export function readMessage(memory: WebAssembly.Memory, pointer: number, length: number): string {
  try {
    return lenient.decode(view(memory, pointer, length));
  } catch {
    return "the guest's message lies outside of its memory";
  }
}

/** Copies `bytes` to `pointer`. Throws where they do not fit, which is a trap to the guest. */
export function writeBytes(memory: WebAssembly.Memory, pointer: number, bytes: Uint8Array): void {
  new Uint8Array(memory.buffer).set(bytes, pointer >>> 0);
}

/** One payload of several parts. */
export function concatenate(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** Payload of a response: the head's length (32 bits, little-endian), the head, the body. */
export function responsePayload(head: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = encode(head);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.byteLength, true);
  return concatenate(length, bytes, body);
}

function view(memory: WebAssembly.Memory, pointer: number, length: number): Uint8Array<ArrayBuffer> {
  const [from, count] = [pointer >>> 0, length >>> 0];
  if (from + count > memory.buffer.byteLength) {
    throw new Refusal(code.badValue, "the guest hands over a range that lies outside of its memory");
  }
  return new Uint8Array(memory.buffer as ArrayBuffer, from, count);
}

/** Text as it can be encoded: a message may hold what the guest wrote. */
export function encodable(text: string): string {
  return wellFormed(text) ? text : text.toWellFormed();
}
