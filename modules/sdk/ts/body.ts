import { THENABLE_BODY } from "./abi.ts";
import { EvenlaneError } from "./errors.ts";

/**
 * Refuses a transaction's body that is a native async function, before any of it runs. One that only gives a promise, as a down-levelled
 * async function does, is the host's to refuse, once it has run.
 */
export function refuseAsync(body: (...args: never[]) => unknown): void {
  if (body.constructor.name !== "AsyncFunction") return;
  throw new EvenlaneError(
    THENABLE_BODY,
    "the body of a transaction is an async function: write it as a plain one, and await before or after the transaction",
  );
}
