import type { Saboteur } from "../saboteur.ts";

/** Faults in how calls, connections, modules and hosts end. */
export const lifecycleFaults: readonly Saboteur[] = [];
