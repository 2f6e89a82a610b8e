/** How host calls are refused and how calls fail: the codes and categories of the guest ABI. */

/** The code of a refused host call, as both kinds of guest read it. */
export const code = {
  absent: -1,
  noTransaction: -2,
  transactionOpen: -3,
  notAllowed: -4,
  uniqueViolation: -5,
  unknownTable: -6,
  badValue: -7,
  thenableBody: -8,
  transport: -9,
  timeout: -10,
  handleClosed: -11,
  conflict: -12,
  limit: -13,
  cancelled: -14,
  aborted: -15,
} as const;

/** A number of the table of refusals. */
export type Code = (typeof code)[keyof typeof code];

const byCode: Readonly<Record<number, Category>> = {
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
};

/** What the caller of a failed call reads. */
export type Category =
  | "absent"
  | "no-transaction"
  | "transaction-open"
  | "not-allowed"
  | "unique-violation"
  | "unknown-table"
  | "bad-value"
  | "thenable-body"
  | "transport"
  | "timeout"
  | "handle-closed"
  | "conflict"
  | "limit"
  | "cancelled"
  | "aborted"
  | "guest-error"
  | "unknown-function"
  | "bad-arguments"
  | "promise-from-sync"
  | "async-reducer"
  | "stalled"
  | "budget"
  | "deadline"
  | "memory"
  | "lane-lost"
  | "shutdown";

/** Why a call failed, for its caller. */
export interface Failure {
  readonly category: Category;
  readonly message: string;
}

/** The category of that code; a number that is no code counts as `guest-error`. */
export function categoryOf(number: number): Category {
  return byCode[number] ?? "guest-error";
}

/** A host call refused, on its way to the guest as a code and a message. Never crosses the guest as an exception. */
export class Refusal extends Error {
  readonly code: Code;

  /** `message` is for people and holds no query string and no credentials. */
  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}
