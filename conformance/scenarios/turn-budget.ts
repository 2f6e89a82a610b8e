import { cpuTimeOf } from "./cpu-time.ts";
import type { Stage } from "./stage.ts";
import type { LoadOptions } from "./stage-setting.ts";
import { Violation } from "./violation.ts";

/** How many times a turn's budget the whole host may have used before the turn counts as one that nobody ends: many, since other threads work as well. */
const overdraft = 10;

/** How a module is loaded whose turns are to have a budget of so many milliseconds of CPU time: with that limit, where the host takes limits; its own budget holds elsewhere. */
export function withTurnBudget(stage: Stage, turnMs: number): LoadOptions {
  return stage.host.info.capabilities.includes("limits") ? { limits: { turnMs } } : {};
}

/** Reads the log again and again until so many transactions have recorded themselves: a turn that then runs on without end says nothing else of itself. */
export async function untilRecorded(stage: Stage, count: number): Promise<void> {
  while ((await stage.rows("log")).length < count);
}

/** Watches the CPU time that a host uses while a turn should be ended: what computes on says nothing else. Watches nothing where CPU time cannot be read. */
export class OverdraftWatch {
  /** Rejects once the host has used many times the budget. */
  readonly overdrawn: Promise<never>;
  readonly #timer: NodeJS.Timeout | undefined;

  /** Watches from now on the process `pid`; a turn has `budget` milliseconds. */
  constructor(pid: number, budget: number) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.overdrawn = promise;
    promise.catch(() => {});
    if (process.platform !== "linux") return;
    const before = cpuTimeOf(pid);
    this.#timer = setInterval(() => {
      const used = cpuTimeOf(pid) - before;
      if (used <= overdraft * budget) return;
      reject(new Violation("missing-result", `the host has used ${used} ms of CPU time on a turn of ${budget} ms`));
    }, 250);
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
