/**
 * Judges a small history by trying every serial order: it executes the operations themselves and shares nothing with the dependency graph.
 * It finds every anomaly, names none, and its cost grows with the factorial of the number of transactions.
 */
import type { Json } from "../../protocol/json.ts";
import { firstContradiction, type State, sameCells, stateOf } from "./execute.ts";
import type { Transaction } from "./transaction.ts";

/** How many transactions the oracle takes. */
export const oracleLimit = 7;

/** Which orders a serial order must respect beside the reads. */
export interface OracleOptions {
  /** Who had ended before who began; true unless said. */
  readonly realtime?: boolean;
  /** Who came first in one session; true unless said. */
  readonly process?: boolean;
  /** The commit numbers, where known; false unless said. */
  readonly seq?: boolean;
}

/**
 * Every serial order of the transactions (as lists of their ids) that gives exactly what was seen and, where `final` is given, leaves exactly these cells. Committed
 * transactions are in each, aborted ones in none, unknown ones in some. Throws a RangeError for more than `oracleLimit` transactions.
 */
export function serialOrders(
  transactions: readonly Transaction[],
  initial: ReadonlyMap<string, Json>,
  final?: ReadonlyMap<string, Json>,
  options: OracleOptions = {},
): string[][] {
  const possible = transactions.filter(({ status }) => status !== "aborted");
  if (possible.length > oracleLimit) {
    throw new RangeError(
      `the oracle tries every order of at most ${oracleLimit} transactions, not of ${possible.length}`,
    );
  }
  const orders: string[][] = [];
  const extend = (order: readonly Transaction[], left: readonly Transaction[], state: State) => {
    const isComplete = left.every(({ status }) => status === "unknown");
    if (isComplete && (final === undefined || sameCells(state.cells, final))) orders.push(order.map(({ id }) => id));
    for (const next of left) {
      if (
        left.some(
          (other) => other !== next && other.status === "committed" && precedes(other, next, transactions, options),
        )
      )
        continue;
      // An unknown transaction that is passed over has not committed; it cannot come later either.
      const rest = left.filter((other) => other !== next && !precedes(other, next, transactions, options));
      const after: State = { cells: new Map(state.cells), recorded: state.recorded };
      if (firstContradiction(after, next.ops) === undefined) extend([...order, next], rest, after);
    }
  };
  extend([], possible, stateOf(initial));
  return orders;
}

/** Whether a must stand before b. */
function precedes(
  a: Transaction,
  b: Transaction,
  all: readonly Transaction[],
  { realtime = true, process = true, seq = false }: OracleOptions,
): boolean {
  if (realtime && a.end < b.begin) return true;
  if (process && a.process === b.process && all.indexOf(a) < all.indexOf(b)) return true;
  // Nothing follows from a number that is not known.
  return seq && (a.seq ?? Number.NaN) < (b.seq ?? Number.NaN);
}
