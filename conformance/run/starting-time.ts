import type { HostProcess } from "../protocol/host-process.ts";
import { scenarios } from "../scenarios/catalogue.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { HostClock } from "../scenarios/stage-setting.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** Milliseconds between the beginnings of two scenarios of a requirement: more than any of them lets pass. */
const ofScenario = 1e8;
/** Milliseconds between the first scenarios of two requirements. */
const ofRequirement = 1e10;

/**
 * When a scenario begins on a virtual clock, in ms since the epoch; undefined where it is none of the spec's. Whatever was played before it, and in whichever column:
 * times are in arguments and rows, and two columns should differ by what they did. Later in the spec's order is later.
 */
export function startingTime(scenario: Scenario): number | undefined {
  const requirement = loadSpec().findIndex(({ id }) => id === scenario.requirement);
  const own = scenarios.filter((other) => other.requirement === scenario.requirement);
  const index = own.findIndex(({ id }) => id === scenario.id);
  return requirement === -1 || index === -1 ? undefined : requirement * ofRequirement + index * ofScenario;
}

/** Moves the clock to where the scenario begins. Without effect where it is later already, or where the host's clock is its own. */
export async function windTo(scenario: Scenario, host: HostProcess, clock: HostClock): Promise<void> {
  const start = startingTime(scenario);
  if (start === undefined || start <= clock.now || !host.info.capabilities.includes("clock")) return;
  clock.now = (await host.request("clock/advance", { to: start })).now;
}
