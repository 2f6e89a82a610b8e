/** What stands behind the `host` object of a JavaScript guest: one per call, every method a host call. */
import { code, Refusal } from "../guest/codes.ts";
import { clip, type GuestCall } from "./guest-call.ts";
import type { OpOutcome } from "./messages.ts";

/** How a Worker waits for a host operation: a promise on the lane, a number on the blocking path. */
export interface Waiter {
  wait(issue: Issue, finish: (outcome: OpOutcome) => number): number | Promise<number>;
}

/** Begins an operation and gives its number, or null where there is nothing to wait for. */
export type Issue = (settled: (outcome: OpOutcome) => void) => number | null;

/** A response whose parts have not been taken. */
interface Held {
  head: string | null;
  body: Uint8Array | null;
}

const { apply } = Reflect;
const { isView } = ArrayBuffer;
/** Reads which kind of typed array a value is, and no property of it. */
const kindOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as () => string | undefined;

/** The host as one call of a JavaScript guest sees it. A refusal is a negative number, and `message()` its text. */
export class TsHost {
  readonly #call: GuestCall;
  readonly #waiter: Waiter;
  readonly #responses = new Map<number, Held>();
  #message = "";
  #lastHandle = -1;

  constructor(call: GuestCall, waiter: Waiter) {
    this.#call = call;
    this.#waiter = waiter;
  }

  /** The text of the last refusal. */
  message(): string {
    return this.#message;
  }

  context(): string | number {
    return this.#try(() => this.#call.context());
  }

  log(level: number, text: string): number {
    return this.#try(() => {
      this.#call.log(level, text);
      return 0;
    });
  }

  txBegin(): number {
    return this.#do(() => this.#call.begin());
  }

  /** Commits; `value` is what the transaction's body gave. Throws only what reading its `then` threw. */
  txCommit(value: unknown): number {
    if (!this.#call.inTransaction || this.#call.reduces) return this.#do(() => this.#call.commit());
    let thenable: boolean;
    try {
      thenable = isThenable(value);
    } catch (error) {
      this.#do(() => this.#call.abort());
      throw error;
    }
    // The getter of `then` may have ended the transaction itself: then the refusal is that of the commit.
    if (!thenable || !this.#call.inTransaction) return this.#do(() => this.#call.commit());
    return this.#do(() => {
      this.#call.abort();
      throw new Refusal(
        code.thenableBody,
        "the transaction's body gave a thenable: a body is synchronous; it was undone",
      );
    });
  }

  txAbort(): number {
    return this.#do(() => this.#call.abort());
  }

  txPoint(name: string): number {
    return this.#do(() => this.#call.point(name));
  }

  tableGet(table: string, key: string): string | number {
    return this.#try(() => this.#call.get(table, key));
  }

  tableInsert(table: string, key: string, row: string): number {
    return this.#do(() => this.#call.insert(table, key, row));
  }

  tableUpdate(table: string, key: string, row: string): number {
    return this.#do(() => this.#call.update(table, key, row));
  }

  tableDelete(table: string, key: string): number {
    return this.#do(() => this.#call.remove(table, key));
  }

  tableScan(table: string, from: string, to: string): string | number {
    return this.#try(() => this.#call.scan(table, from, to));
  }

  schedule(name: string, args: string, at: number): number {
    return this.#do(() => this.#call.schedule(name, args, at, null));
  }

  scheduleEvery(name: string, args: string, first: number, every: number): number {
    return this.#do(() => this.#call.schedule(name, args, first, every));
  }

  callReducer(name: string, args: string): number {
    return this.#do(() => this.#call.callReducer(name, args));
  }

  txTimestamp(): number {
    return this.#try(() => this.#call.transactionTime());
  }

  uuid(): string | number {
    return this.#try(() => this.#call.uuid());
  }

  /** Fetches: a handle of 0 or more, or a code; on the lane a promise of it, save for a refusal before it is issued. */
  fetch(request: string, body: Uint8Array | null, signal?: number): number | Promise<number> {
    return this.#try(() => {
      const bytes = copyBody(body);
      return this.#waiter.wait(
        (settled) => this.#call.fetch(request, bytes, signal ?? null, settled),
        (outcome) => this.#finish(outcome),
      );
    });
  }

  abortFetch(signal: number): number {
    return this.#do(() => this.#call.abortFetch(signal));
  }

  takeHead(handle: number): string | number {
    return this.#try(() => {
      const held = this.#held(handle);
      const { head } = held;
      if (head === null) throw taken("head", handle);
      held.head = null;
      this.#forget(handle, held);
      return head;
    });
  }

  takeBody(handle: number): Uint8Array | number {
    return this.#try(() => {
      const held = this.#held(handle);
      const { body } = held;
      if (body === null) throw taken("body", handle);
      held.body = null;
      this.#forget(handle, held);
      return body;
    });
  }

  sleepUntil(at: number): number | Promise<number> {
    return this.#try(() =>
      this.#waiter.wait(
        (settled) => this.#call.sleep(at, settled),
        (outcome) => this.#finish(outcome),
      ),
    );
  }

  /** Records why the call is about to fail. */
  fail(number: number, message: string): void {
    this.#call.fail(number, message);
  }

  /** Turns an outcome into the number that the guest reads. */
  #finish(outcome: OpOutcome): number {
    switch (outcome.kind) {
      case "slept":
        return 0;
      case "refused":
        this.#message = outcome.message;
        return outcome.code;
      case "response": {
        const handle = this.#lastHandle + 1;
        this.#lastHandle = handle;
        this.#responses.set(handle, { head: outcome.head, body: new Uint8Array(outcome.body) });
        return handle;
      }
    }
  }

  #held(handle: number): Held {
    this.#call.context();
    const held = this.#responses.get(handle);
    if (held !== undefined) return held;
    const known = typeof handle === "number" && handle >= 0 && handle <= this.#lastHandle;
    if (known) throw taken("head and body", handle);
    throw new Refusal(code.badValue, "there is no response of that handle");
  }

  #forget(handle: number, held: Held): void {
    if (held.head === null && held.body === null) this.#responses.delete(handle);
  }

  #do(action: () => void): number {
    return this.#try(() => {
      action();
      return 0;
    });
  }

  #try<T>(action: () => T): T | number {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#message = error.message;
      return error.code;
    }
  }
}

/** Whether a value is a thenable. Reads its `then`, which may run the guest's code and may throw. */
export function isThenable(value: unknown): boolean {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  return typeof (value as { then?: unknown }).then === "function";
}

function taken(part: string, handle: number): Refusal {
  return new Refusal(code.handleClosed, `the ${part} of response ${clip(String(handle))} was taken already: each once`);
}

/** The guest's body, copied: what it does to the array afterwards does not reach the request. */
function copyBody(body: unknown): Uint8Array<ArrayBuffer> | null {
  if (body === null || body === undefined) return null;
  // The guest's arrays are those of its own realm.
  if (!isView(body) || apply(kindOf, body, []) !== "Uint8Array") {
    throw new Refusal(code.badValue, "the request's body is neither a Uint8Array nor null");
  }
  return new Uint8Array(body as Uint8Array);
}
