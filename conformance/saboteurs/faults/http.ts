import type { Saboteur } from "../saboteur.ts";

/** Faults in requests, responses, limits and forbidden addresses. */
export const httpFaults: readonly Saboteur[] = [];
