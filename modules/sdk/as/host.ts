/** What the rest of the SDK needs of the host: text as strings, payloads as buffers, a failed call as one function. */

import * as imports from "./imports";

/** Text as UTF-8. A lone surrogate becomes what is no UTF-8, which the host refuses. */
@inline
export function utf8(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

/** Where a buffer's bytes are. The buffer must be in a local of the caller: the collector finds it there. */
@inline
export function at(buffer: ArrayBuffer): usize {
  return changetype<usize>(buffer);
}

/** Takes the waiting payload. */
export function takeBytes(length: i32): ArrayBuffer {
  const buffer = new ArrayBuffer(length);
  imports.take(at(buffer));
  return buffer;
}

/** Takes the waiting payload as text; the host gives well-formed UTF-8 only. */
export function takeText(length: i32): string {
  const buffer = takeBytes(length);
  return String.UTF8.decodeUnsafe(at(buffer), buffer.byteLength);
}

/** Takes the message that waits after a refusal. */
export function takeMessage(): string {
  return takeText(imports.payload_len());
}

/** Ends the call with a code's category and a message. */
export function failCall(code: i32, message: string): void {
  const text = utf8(message);
  imports.fail(code, at(text), text.byteLength);
  unreachable();
}

/** Gives a host call's answer back; ends the call with the refusal that it is. */
export function accept(answer: i32): i32 {
  if (answer < 0) failCall(answer, takeMessage());
  return answer;
}

/** Ends the call as `guest-error`. The compiler calls it for `throw` and for failed assertions. */
export function onAbort(message: string | null, _file: string | null, line: u32, column: u32): void {
  const text = utf8(message === null ? "aborted without a message" : message);
  imports.abort(at(text), text.byteLength, line, column);
  unreachable();
}
