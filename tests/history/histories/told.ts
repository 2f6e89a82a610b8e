import { type CheckOptions, checkIsolation } from "../../../conformance/history/isolation/check.ts";
import type { Transaction } from "../../../conformance/history/isolation/transaction.ts";

/** An anomaly: its class, the transactions that it accuses in one text, and its sentence. */
export type Told = readonly [anomaly: string, accused: string, message: string];

/** What the checker tells of a history beside cycles. */
export function told(history: readonly Transaction[], options?: CheckOptions): Told[] {
  return checkIsolation(history, options)
    .anomalies.filter(({ cycle }) => cycle === undefined)
    .map(({ class: anomaly, transactions, message }) => [anomaly, transactions.join(" "), message]);
}
