import type { Saboteur } from "../saboteur.ts";

/** Faults in what calls cost, and where a host stops. */
export const resourcesFaults: readonly Saboteur[] = [];
