import type { Saboteur } from "../saboteur.ts";
import { withTxBodyFaults } from "./with-tx-bodies.ts";
import { withTxRefusalFaults } from "./with-tx-refusals.ts";

/** Faults in transactions of procedures. */
export const withTxFaults: readonly Saboteur[] = [...withTxBodyFaults, ...withTxRefusalFaults];
