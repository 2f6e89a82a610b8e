import type { Saboteur } from "../saboteur.ts";

/** Faults in transactions of procedures. */
export const withTxFaults: readonly Saboteur[] = [];
