import { setTimeout as passes } from "node:timers/promises";
import { signalGroup } from "../protocol/process-group.ts";
import type { Submitted } from "./connection.ts";
import { cpuTimeOf } from "./cpu-time.ts";
import type { Stage } from "./stage.ts";
import { Unmeasured } from "./violation.ts";

/** How often a turn is begun, at most, until one could be stopped before it was over. */
const attempts = 5;
/** Milliseconds between two looks at the CPU time that a turn has used. */
const lookEvery = 2;

/**
 * Stops the host's processes in the midst of a turn of a call that computes, and lets them go on when so many milliseconds have passed by the clock: to
 * a host it is as if others had used all cores, for exactly so long. `submit` submits the call; the turn counts as running when the host has used
 * `begun` milliseconds of CPU time. Gives the call; those that were over before they could be stopped are left out.
 */
export async function standstillInTurn(
  stage: Pick<Stage, "pid" | "returned">,
  submit: () => Submitted,
  begun: number,
  milliseconds: number,
): Promise<Submitted> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = cpuTimeOf(stage.pid);
    const call = submit();
    while (call.ended === undefined && cpuTimeOf(stage.pid) - before < begun) await passes(lookEvery);
    if (call.ended === undefined) {
      signalGroup(stage.pid, "SIGSTOP");
      try {
        await passes(milliseconds);
        // Whatever the host wrote before it was stopped has been read meanwhile: without a result, its turn was running.
        if (call.ended === undefined) return call;
      } finally {
        signalGroup(stage.pid, "SIGCONT");
      }
    }
    await stage.returned(call);
  }
  throw new Unmeasured(`${attempts} turns were over before they could be stopped`);
}
