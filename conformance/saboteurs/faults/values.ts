import type { Saboteur } from "../saboteur.ts";

/** Faults in what crosses between guest, host, table and caller. */
export const valuesFaults: readonly Saboteur[] = [];
