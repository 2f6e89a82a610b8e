import type { Saboteur } from "../saboteur.ts";

/** Faults in what transactions see of each other. */
export const isolationFaults: readonly Saboteur[] = [];
