import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Requirement } from "../spec/requirement.ts";

/** Why a requirement, or one scenario of it, does not speak of a guest language; undefined where it does. */
export function silentOn(guest: GuestLanguage, { guests }: Pick<Requirement | Scenario, "guests">): string | undefined {
  if (guests === "js" && guest !== "ts")
    return "it speaks of guests with native async functions, which this guest language does not have";
  if (guests === "wasm" && guest !== "as")
    return "it speaks of guests that the host suspends, and those of this language are not";
  return undefined;
}
