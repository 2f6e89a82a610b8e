import type { Saboteur } from "../saboteur.ts";

/** Faults in who waits for whom where many are ready. */
export const priorityFaults: readonly Saboteur[] = [];
