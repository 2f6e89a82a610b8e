/** The ABI's table of refusals. */

/** No row under a key: not a failure by itself. */
export const ABSENT: i32 = -1;
/** A row that is there already under the key of one to insert. */
export const UNIQUE_VIOLATION: i32 = -5;
/** A value that the contract does not take. */
export const BAD_VALUE: i32 = -7;
/** A handle whose transaction has ended. */
export const HANDLE_CLOSED: i32 = -11;

/** The category of a refusal's code; "unknown" for one that this version of the ABI does not have. */
export function categoryOf(code: i32): string {
  switch (code) {
    case -1: return "absent";
    case -2: return "no-transaction";
    case -3: return "transaction-open";
    case -4: return "not-allowed";
    case -5: return "unique-violation";
    case -6: return "unknown-table";
    case -7: return "bad-value";
    case -8: return "thenable-body";
    case -9: return "transport";
    case -10: return "timeout";
    case -11: return "handle-closed";
    case -12: return "conflict";
    case -13: return "limit";
    case -14: return "cancelled";
    case -15: return "aborted";
    default: return "unknown";
  }
}
