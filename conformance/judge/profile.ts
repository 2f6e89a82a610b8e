import type { MachineProfile } from "../model/machine-profile.ts";
import type { Network } from "../model/network.ts";
import type { GuestLanguage, Limits, Profile } from "../protocol/schemas.ts";

/** What the model needs to know of a column: its guest, what its host declares that the contract leaves open, the run's seed, and what hosts reach, where that is known. */
export function profileOf(guest: GuestLanguage, declared: Profile, seed: string, network?: Network): MachineProfile {
  const { blockingPool, requestBurst, maxInFlight, retry } = declared;
  return { guest, blockingPool, requestBurst, maxInFlight, retry, seed, ...(network && { network }) };
}

/** The profile of a module that was loaded with these bounds. */
export function bounded(profile: MachineProfile, limits: Limits): MachineProfile {
  const { inFlight = null } = limits;
  if (inFlight === null) return { ...profile, limits };
  const blockingPool = profile.blockingPool === null ? null : Math.min(profile.blockingPool, inFlight);
  return { ...profile, blockingPool, maxInFlight: inFlight, limits };
}
