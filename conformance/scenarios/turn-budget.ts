import type { Stage } from "./stage.ts";
import type { LoadOptions } from "./stage-setting.ts";

/** How a module is loaded whose turns are to have a budget of so many milliseconds of CPU time: with that limit, where the host takes limits; its own budget holds elsewhere. */
export function withTurnBudget(stage: Stage, turnMs: number): LoadOptions {
  return stage.host.info.capabilities.includes("limits") ? { limits: { turnMs } } : {};
}

/** Reads the log again and again until so many transactions have recorded themselves: a turn that then runs on without end says nothing else of itself. */
export async function untilRecorded(stage: Stage, count: number): Promise<void> {
  while ((await stage.rows("log")).length < count);
}
