import { misfits } from "./arguments.ts";
import type { End } from "./call.ts";
import { Refused, Stopped, Thrown } from "./failure.ts";
import type { FiberEnd } from "./fiber.ts";
import { FetchFailed, type Program } from "./program.ts";

/** How a call ends of which no guest code runs: there is no such function, or the arguments do not fit it. Undefined where it runs. */
export function refusalOf(program: Program | undefined, args: Readonly<Record<string, unknown>>): End | undefined {
  if (program === undefined) return { outcome: "failed", category: "unknown-function", message: undefined };
  const naming = program.params === undefined ? [] : misfits(program.params, args);
  return naming.length === 0 ? undefined : { outcome: "failed", category: "bad-arguments", message: undefined, naming };
}

/** How a procedure ended. */
export function endOf(end: FiberEnd): End {
  return "error" in end ? failure(end.error) : { outcome: "returned", value: end.value ?? null };
}

/** How a call ends that throws this. */
export function failure(error: unknown): End {
  if (error instanceof Refused || error instanceof FetchFailed || error instanceof Stopped) {
    return { outcome: "failed", category: error.category, message: undefined };
  }
  if (error instanceof Thrown) {
    return { outcome: "failed", category: "guest-error", message: error.told ? error.message : undefined };
  }
  throw error;
}
