import type { Saboteur } from "../saboteur.ts";

/** Faults in the same stimuli, the same history. */
export const determinismFaults: readonly Saboteur[] = [];
