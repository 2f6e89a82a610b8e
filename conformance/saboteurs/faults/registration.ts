import type { Saboteur } from "../saboteur.ts";

/** Faults in what a module is, and how its functions run. */
export const registrationFaults: readonly Saboteur[] = [];
