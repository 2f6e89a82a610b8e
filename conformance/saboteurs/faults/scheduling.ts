import type { Saboteur } from "../saboteur.ts";

/** Faults in sleeps and schedules. */
export const schedulingFaults: readonly Saboteur[] = [];
