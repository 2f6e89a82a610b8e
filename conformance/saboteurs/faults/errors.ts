import type { Saboteur } from "../saboteur.ts";
import { afterFailureFaults } from "./errors-after.ts";
import { toldErrorFaults } from "./errors-told.ts";

/** Faults in how calls fail, and what is left. */
export const errorsFaults: readonly Saboteur[] = [...afterFailureFaults, ...toldErrorFaults];
