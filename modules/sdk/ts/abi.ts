/** What the guest ABI, version 1, fixes for a JavaScript guest: the host object and the table of refusals. */

/** The host as one call sees it. Every method gives a negative code for a refusal; `message()` is then its text. */
export interface Host {
  context(): string;
  message(): string;
  log(level: number, text: string): void;
  txBegin(): number;
  /** `value` is what the transaction's body gave: a thenable undoes the transaction and is refused. */
  txCommit(value: unknown): number;
  txAbort(): number;
  /** Marks a place in the open transaction, where the host may be told to stop a call of the blocking path. */
  txPoint(name: string): number;
  tableGet(table: string, key: string): string | number;
  tableInsert(table: string, key: string, row: string): number;
  tableUpdate(table: string, key: string, row: string): number;
  tableDelete(table: string, key: string): number;
  tableScan(table: string, from: string, to: string): string | number;
  schedule(name: string, args: string, at: number): number;
  scheduleEvery(name: string, args: string, first: number, every: number): number;
  callReducer(name: string, args: string): number;
  /** When the open transaction began; a time is never negative. */
  txTimestamp(): number;
  uuid(): string | number;
  /**
   * A promise on the lane, a number on the blocking path; a request refused before it is issued gives its code at once.
   * `signal` is a number of the guest's choice, from 1, under which `abortFetch` finds the fetch.
   */
  fetch(request: string, body: Uint8Array | null, signal?: number): number | Promise<number>;
  abortFetch(signal: number): number;
  takeHead(handle: number): string | number;
  takeBody(handle: number): Uint8Array | number;
  sleepUntil(at: number): number | Promise<number>;
  fail(code: number, message: string): void;
}

/** What a module exports. */
export interface Module {
  readonly abi: 1;
  /** The module's description, as JSON text. */
  describe(): string;
  /** Runs one function or hook; a promise for an async procedure, else the result's JSON text. */
  call(host: Host, name: string, args: string): string | Promise<string>;
}

/** The code of a row that is not there: not a failure by itself. */
export const ABSENT = -1;
/** The code of a value that the contract does not take. */
export const BAD_VALUE = -7;
/** The code of a transaction's body that is not synchronous. */
export const THENABLE_BODY = -8;
/** The code of a handle whose call or transaction has ended. */
export const HANDLE_CLOSED = -11;
/** The code of a fetch that the guest itself has aborted. */
export const ABORTED = -15;

/** What the caller of a failed call reads, by code. */
const categories = {
  [-1]: "absent",
  [-2]: "no-transaction",
  [-3]: "transaction-open",
  [-4]: "not-allowed",
  [-5]: "unique-violation",
  [-6]: "unknown-table",
  [-7]: "bad-value",
  [-8]: "thenable-body",
  [-9]: "transport",
  [-10]: "timeout",
  [-11]: "handle-closed",
  [-12]: "conflict",
  [-13]: "limit",
  [-14]: "cancelled",
  [-15]: "aborted",
} as const;

/** The category of a refusal. */
export type Category = (typeof categories)[keyof typeof categories] | "unknown";

/** The category of a code; `unknown` for one that this version of the ABI does not have. */
export function categoryOf(code: number): Category {
  return (categories as Record<number, Category>)[code] ?? "unknown";
}
