import type { HistoryEvent } from "../history/history.ts";
import { checkIsolation } from "../history/isolation/check.ts";
import { extract } from "../history/isolation/from-history.ts";
import { oracleLimit, serialOrders } from "../history/isolation/oracle.ts";
import { replayInCommitOrder } from "../history/isolation/replay.ts";
import { checkNumbering, type Recorded } from "../history/numbering.ts";
import type { Json } from "../protocol/schemas.ts";

/** What the checkers of isolation found: an anomaly's name where it has one, and the finding in words. */
export interface IsolationFault {
  readonly anomaly: string | undefined;
  readonly message: string;
  /** A sentence a line: the cycle, step by step. */
  readonly evidence: readonly string[];
}

/**
 * Judges what a history shows of isolation, whatever the scenario: the numbers that guests recorded are replayed; the transactions of the module
 * `script` go through the dependency graph and, where they are few, through every serial order. Gives the first fault, or undefined. `initial` are
 * the cells at the start; none where absent.
 */
export function isolationFault(
  events: readonly HistoryEvent[],
  initial: ReadonlyMap<string, unknown> = new Map(),
): IsolationFault | undefined {
  for (const event of events) {
    if (event.kind !== "rows" || event.table !== "log") continue;
    const fault = checkNumbering(event.rows as readonly (readonly [string, Recorded])[]);
    if (fault !== undefined) return { anomaly: undefined, message: fault.message, evidence: [] };
  }
  for (const module of scripted(events)) {
    const fault = faultOfModule(events, module, initial as ReadonlyMap<string, Json>);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function scripted(events: readonly HistoryEvent[]): string[] {
  return events.flatMap((event) => (event.kind === "load" && event.source === "script" ? [event.module] : []));
}

function faultOfModule(
  events: readonly HistoryEvent[],
  module: string,
  initial: ReadonlyMap<string, Json>,
): IsolationFault | undefined {
  const { transactions, misfits } = extract(events, module);
  const [misfit] = misfits;
  if (misfit !== undefined) return { anomaly: undefined, message: misfit, evidence: misfits };
  const [anomaly] = checkIsolation(transactions, { initial }).anomalies;
  if (anomaly !== undefined) {
    const evidence = (anomaly.cycle ?? []).map(({ from, to, because }) => `${from} < ${to}, because ${because}`);
    return { anomaly: anomaly.class, message: `${anomaly.class}: ${anomaly.message}`, evidence };
  }
  const numbered = transactions.every(
    ({ status, seq }) => status === "aborted" || (status === "committed" && seq !== undefined),
  );
  const contradiction = numbered ? replayInCommitOrder(transactions, initial) : undefined;
  if (contradiction !== undefined) {
    return { anomaly: undefined, message: `${contradiction.kind}: ${contradiction.message}`, evidence: [] };
  }
  const possible = transactions.filter(({ status }) => status !== "aborted");
  if (possible.length <= oracleLimit && serialOrders(transactions, initial).length === 0) {
    const message = "no serial order of the transactions gives what they read and what is left";
    return { anomaly: undefined, message, evidence: transactions.map(({ id, status }) => `${id}: ${status}`) };
  }
  return undefined;
}
