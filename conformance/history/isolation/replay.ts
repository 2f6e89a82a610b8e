/**
 * Replays a history in the order of its commit numbers. Where every transaction then sees what it saw, that order is a proof that the history is serializable;
 * where one does not, the commit numbers and what was seen contradict each other. Linear, and takes every operation of the script.
 */
import type { Json } from "../../protocol/json.ts";
import { canonicalJson } from "../canonical-json.ts";
import { describeOp, firstContradiction, stateOf } from "./execute.ts";
import type { Transaction } from "./transaction.ts";

/** A way in which a history contradicts its own commit numbers. */
export interface ReplayFault {
  readonly kind: "unnumbered" | "number-taken-twice" | "seen-otherwise" | "against-real-time";
  readonly transactions: readonly string[];
  readonly message: string;
}

/** Replays the committed transactions; gives the first fault, or undefined. */
export function replayInCommitOrder(
  transactions: readonly Transaction[],
  initial: ReadonlyMap<string, Json> = new Map(),
): ReplayFault | undefined {
  const committed = transactions.filter(({ status }) => status === "committed");
  const unnumbered = committed.find(({ seq }) => seq === undefined);
  if (unnumbered !== undefined)
    return fault("unnumbered", [unnumbered], `${unnumbered.id} has no commit number to replay it at`);
  committed.sort((a, b) => a.seq! - b.seq!);
  const state = stateOf(initial);
  let latest: Transaction | undefined;
  for (const [at, transaction] of committed.entries()) {
    const before = committed[at - 1];
    // Snapshots from outside stand at halves: several may have seen one state.
    if (before !== undefined && before.seq === transaction.seq && Number.isInteger(transaction.seq)) {
      return fault(
        "number-taken-twice",
        [before, transaction],
        `${before.id} and ${transaction.id} are both commit ${transaction.seq}`,
      );
    }
    if (latest !== undefined && transaction.end < latest.begin) {
      return fault(
        "against-real-time",
        [latest, transaction],
        `${transaction.id} had ended (event ${transaction.end}) before ${latest.id} began (event ${latest.begin}), and yet its commit ${transaction.seq} comes after ${latest.seq}`,
      );
    }
    if (latest === undefined || transaction.begin > latest.begin) latest = transaction;
    const contradiction = firstContradiction(state, transaction.ops);
    if (contradiction === undefined) continue;
    const { op, executed } = contradiction;
    const seen = "seen" in op ? canonicalJson(op.seen) : "nothing";
    const replayed = executed === undefined ? "it fails" : `it gives ${canonicalJson(executed)}`;
    return fault(
      "seen-otherwise",
      [transaction],
      `${transaction.id} (commit ${transaction.seq}) saw ${seen} from ${describeOp(op)}; replayed in commit order ${replayed}`,
    );
  }
  return undefined;
}

function fault(kind: ReplayFault["kind"], transactions: readonly Transaction[], message: string): ReplayFault {
  return { kind, transactions: transactions.map(({ id }) => id), message };
}
