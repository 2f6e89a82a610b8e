import type { Saboteur } from "../saboteur.ts";

/** Faults in what can be in flight at once. */
export const concurrencyFaults: readonly Saboteur[] = [];
