/** Which calls a bounded module takes: the operator's `queued` bounds those that were submitted and have not begun. */
import type { ModelCall } from "./call.ts";
import type { Machine } from "./machine.ts";
import type { Program } from "./program.ts";

/** Whether the machine takes a call of this program now; otherwise the call fails as `limit`, and nothing of it runs. */
export function admits(machine: Machine, program: Program | undefined): boolean {
  const { queued } = machine.profile.limits ?? {};
  if (queued === undefined || program === undefined) return true;
  const waiting = [...machine.calls.values()].filter((call) => waits(machine, call)).length;
  return waiting < queued || (waiting === 0 && beginsAtOnce(machine, program));
}

/** Whether a call has been submitted and has not begun. Hooks and scheduled calls do not count. */
function waits(machine: Machine, call: ModelCall): boolean {
  const { own } = call.new;
  return call.end === undefined && !call.started && call !== machine.turn && own !== "hook" && own !== "scheduled";
}

/** Whether a call begins when it is submitted, provided that none waits: there is a place for it, and no turn in its way. */
function beginsAtOnce(machine: Machine, program: Program): boolean {
  const { guest, blockingPool, maxInFlight } = machine.profile;
  const calls = [...machine.calls.values()];
  if (program.kind === "procedure" && program.sync && guest === "ts") {
    const running = calls.filter(({ path, started, end }) => path === "pool" && started && end === undefined);
    return running.length < (blockingPool ?? 1);
  }
  if (machine.paused || !machine.quiet) return false;
  if (program.kind === "reducer") return machine.parked === undefined;
  return maxInFlight === null || calls.filter(({ isOnLane }) => isOnLane).length < maxInFlight;
}
