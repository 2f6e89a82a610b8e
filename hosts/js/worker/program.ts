/** A guest, loaded into a Worker. */
import type { GuestCall } from "./guest-call.ts";

/** How a guest's function ended: its result's JSON text as the guest gave it, or what it threw. */
export type Settled = { readonly value: unknown } | { readonly thrown: unknown };

/** A loaded guest. */
export interface Program {
  /** The description's JSON text. */
  describe(): string;
  /** Runs a call. A procedure on the lane may yield: `settle` is then told later; it is told once. */
  run(call: GuestCall, settle: (settled: Settled) => void): void;
  /** Forgets what it keeps for a call that the host has ended. */
  discard(call: GuestCall): void;
  /** Guest instances that exist now. */
  instances(): number;
}

/** Why a guest was refused. */
export class Refused extends Error {
  readonly reason: "compile" | "describe";

  constructor(reason: "compile" | "describe", message: string) {
    super(message);
    this.reason = reason;
  }
}
