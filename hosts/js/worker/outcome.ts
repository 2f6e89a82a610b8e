/** How a call ends: its result in canonical form, or its failure. */
import { canonical } from "../guest/canonical.ts";
import { type Category, categoryOf, code, type Failure, Refusal } from "../guest/codes.ts";
import { clip, type GuestCall, messageOf } from "./guest-call.ts";
import type { Ended } from "./messages.ts";
import type { Settled } from "./program.ts";

/** A failure of the host's finding, to be thrown in place of a guest's error. */
class Failed extends Error {
  readonly category: Category;

  constructor(category: Category, message: string) {
    super(message);
    this.category = category;
  }
}

/** A failure of that category, to be given as what the guest threw. */
export function failed(category: Category, message: string): Error {
  return new Failed(category, message);
}

/** The outcome of a call that has settled. */
export function outcomeOf(call: GuestCall, settled: Settled): Ended["outcome"] {
  if ("thrown" in settled) return failureOf(call, settled.thrown);
  try {
    if (typeof settled.value !== "string") {
      throw new Refusal(code.badValue, `the result of ${call.spec.function} is no JSON text`);
    }
    return { value: canonical(settled.value, `the result of ${call.spec.function}`) };
  } catch (error) {
    return refusalOf(error);
  }
}

/** A refusal as the failure of its call; any other error goes on. */
export function refusalOf(error: unknown): Failure {
  if (!(error instanceof Refusal)) throw error;
  return { category: categoryOf(error.code), message: error.message };
}

/** What a guest threw, as a failure: what the host found or the guest recorded before, or else its own message. */
function failureOf(call: GuestCall, thrown: unknown): Failure {
  if (thrown instanceof Failed) return { category: thrown.category, message: clip(thrown.message) };
  // What a wasm guest hands over wrongly is found only when its call has ended.
  if (thrown instanceof Refusal) return { category: categoryOf(thrown.code), message: clip(thrown.message) };
  return call.failure ?? { category: "guest-error", message: messageOf(thrown) };
}
