import type { Saboteur } from "../saboteur.ts";

/** Faults in how calls fail, and what is left. */
export const errorsFaults: readonly Saboteur[] = [];
