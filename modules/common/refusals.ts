import { type Category, categoryOf, EvenlaneError } from "evenlane/module";

/** The category with which the host refuses what `attempt` does; "none" where it does not. Other errors go on. */
export function categoryRefused(attempt: () => unknown): Category | "none" {
  try {
    attempt();
    return "none";
  } catch (error) {
    if (error instanceof EvenlaneError) return error.category;
    throw error;
  }
}

/** The category that a method of the host itself answered; "none" where that is no refusal. */
export function categoryAnswered(answer: unknown): Category | "none" {
  return typeof answer === "number" && answer < 0 ? categoryOf(answer) : "none";
}
