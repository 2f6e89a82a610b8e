import type { MachineProfile } from "../model/machine.ts";
import type { GuestLanguage, Profile } from "../protocol/schemas.ts";

/** What the model needs to know of a column: its guest, and what its host declares that the contract leaves open. */
export function profileOf(guest: GuestLanguage, declared: Profile): MachineProfile {
  const { blockingPool, requestBurst, maxInFlight, retry } = declared;
  return { guest, blockingPool, requestBurst, maxInFlight, retry };
}
