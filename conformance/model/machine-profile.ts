import type { GuestLanguage, Limits } from "../protocol/schemas.ts";
import type { Network } from "./network.ts";

/** What a host declares that the contract leaves open. */
export interface MachineProfile {
  readonly guest: GuestLanguage;
  /** Places on the blocking path. */
  readonly blockingPool: number | null;
  /** Requests that a ready completion lets pass in a row. */
  readonly requestBurst: number;
  /** Procedures in flight on the lane at once; null where there is no bound. */
  readonly maxInFlight: number | null;
  /** What a conflicting commit does: the guest is told, or the transaction's body runs again. */
  readonly retry: "none" | "replay";
  /** What the operator has bounded; see `bounded`. */
  readonly limits?: Limits;
  /** The run's seed. Where it is absent, what follows from it is open. */
  readonly seed?: string;
  /** What hosts reach. Where it is absent, every address may be. */
  readonly network?: Network;
}
