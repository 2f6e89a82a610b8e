import type { HistoryEvent } from "../history/history.ts";
import type { Anomaly } from "../history/isolation/anomaly.ts";
import { checkIsolation } from "../history/isolation/check.ts";
import { extract } from "../history/isolation/from-history.ts";
import { oracleLimit, serialOrders } from "../history/isolation/oracle.ts";
import { replayInCommitOrder } from "../history/isolation/replay.ts";
import type { Transaction } from "../history/isolation/transaction.ts";
import { checkNumbering, type Recorded } from "../history/numbering.ts";
import type { Json } from "../protocol/schemas.ts";

/** What the checkers of isolation found. */
export interface IsolationFault {
  /** A stable word for what was found: an anomaly's class, the kind of a fault of numbering or of replay, `misfit`, or `no-serial-order`. */
  readonly finding: string;
  /** The finding in words, with the anomaly's name where it has one. */
  readonly message: string;
  /** A sentence a line: the cycle, step by step. */
  readonly evidence: readonly string[];
  /** What the dependency graph found; absent where another checker did. */
  readonly anomaly?: Anomaly;
}

/** What the checkers make of transactions. */
export interface IsolationJudgement {
  readonly faults: readonly IsolationFault[];
  /** Keys that the graph could not judge, and why. */
  readonly unjudged: readonly { readonly key: string; readonly reason: string }[];
  readonly transactions: number;
}

/**
 * Judges what a history shows of isolation, whatever the scenario: the numbers that guests recorded are replayed; so are the transactions of the
 * module `script`, which `judgeTransactions` judges. `initial` are the cells at the start; none where absent.
 */
export function judgeIsolation(
  events: readonly HistoryEvent[],
  initial: ReadonlyMap<string, unknown> = new Map(),
): IsolationJudgement {
  const faults: IsolationFault[] = [];
  for (const event of events) {
    if (event.kind !== "rows" || event.table !== "log") continue;
    const fault = checkNumbering(event.rows as readonly (readonly [string, Recorded])[]);
    if (fault !== undefined) faults.push({ finding: fault.kind, message: fault.message, evidence: [] });
  }
  const modules = events.flatMap((event) => (event.kind === "load" && event.source === "script" ? [event.module] : []));
  const judged = modules.map((module) => {
    const { transactions, misfits } = extract(events, module);
    faults.push(...misfits.map((message) => ({ finding: "misfit", message, evidence: [] })));
    return judgeTransactions(transactions, initial as ReadonlyMap<string, Json>);
  });
  return {
    faults: [...faults, ...judged.flatMap((one) => one.faults)],
    unjudged: judged.flatMap(({ unjudged }) => unjudged),
    transactions: judged.reduce((sum, { transactions }) => sum + transactions, 0),
  };
}

/**
 * Judges transactions by their dependency graph and, where that finds nothing, by what it leaves open: in the order of the commits where the host tells
 * it, which is a proof where it fits, and in every serial order where they are few.
 */
export function judgeTransactions(
  transactions: readonly Transaction[],
  initial: ReadonlyMap<string, Json> = new Map(),
): IsolationJudgement {
  const { anomalies, unjudged } = checkIsolation(transactions, { initial });
  const found = anomalies.map((anomaly) => ({
    finding: anomaly.class,
    message: `${anomaly.class}: ${anomaly.message}`,
    evidence: (anomaly.cycle ?? []).map(({ from, to, because }) => `${from} < ${to}, because ${because}`),
    anomaly,
  }));
  const faults = found.length > 0 ? found : beyondTheGraph(transactions, initial);
  return { faults, unjudged, transactions: transactions.length };
}

function beyondTheGraph(
  transactions: readonly Transaction[],
  initial: ReadonlyMap<string, Json>,
): readonly IsolationFault[] {
  const possible = transactions.filter(({ status }) => status !== "aborted");
  const isNumbered = possible.every(({ status, seq }) => status === "committed" && seq !== undefined);
  const fault = isNumbered ? replayInCommitOrder(transactions, initial) : undefined;
  if (isNumbered && fault === undefined) return [];
  const contradiction = fault === undefined ? [] : [`${fault.kind}: ${fault.message}`];
  if (possible.length <= oracleLimit && serialOrders(transactions, initial).length === 0) {
    const message = "no serial order of the transactions gives what they read and what is left";
    const told = transactions.map(({ id, status }) => `${id}: ${status}`);
    return [{ finding: "no-serial-order", message, evidence: [...contradiction, ...told] }];
  }
  return fault === undefined ? [] : [{ finding: fault.kind, message: contradiction.join(), evidence: [] }];
}
