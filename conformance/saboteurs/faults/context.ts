import type { Saboteur } from "../saboteur.ts";

/** Faults in what a call knows of itself and of the world. */
export const contextFaults: readonly Saboteur[] = [];
