import type { MachineProfile } from "../model/machine.ts";
import type { GuestLanguage, Profile } from "../protocol/schemas.ts";

/** What the model needs to know of a column: its guest, what its host declares that the contract leaves open, and the run's seed. */
export function profileOf(guest: GuestLanguage, declared: Profile, seed: string): MachineProfile {
  const { blockingPool, requestBurst, maxInFlight, retry } = declared;
  return { guest, blockingPool, requestBurst, maxInFlight, retry, seed };
}
