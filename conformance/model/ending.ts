import type { End } from "./call.ts";
import { Refused, Stopped, Thrown } from "./failure.ts";
import type { FiberEnd } from "./fiber.ts";
import { FetchFailed } from "./program.ts";

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
