/** A row that a transaction recorded of itself: its number, taken from a counter row in the same transaction, and a token. */
export interface Recorded {
  readonly n: number;
  readonly token: string;
  readonly [field: string]: unknown;
}

/** A way in which recorded rows contradict a serial order. */
export interface NumberingFault {
  readonly kind: "gap" | "repetition" | "misplaced";
  readonly message: string;
}

/**
 * Replays recorded rows: in a serial run the k-th committed transaction reads the counter at k - 1 and writes k, so that numbers run from 1
 * without gap or repetition and each row stands under its own number. Gives the first fault, or undefined.
 */
export function checkNumbering(rows: readonly (readonly [string, Recorded])[]): NumberingFault | undefined {
  const seen = new Map<number, string>();
  for (const [key, row] of rows) {
    if (Number(key) !== row.n) {
      return { kind: "misplaced", message: `the row under "${key}" says that it is number ${row.n} (${row.token})` };
    }
    const other = seen.get(row.n);
    if (other !== undefined) {
      return { kind: "repetition", message: `number ${row.n} was taken by ${other} and by ${row.token}` };
    }
    seen.set(row.n, row.token);
  }
  for (let n = 1; n <= seen.size; n += 1) {
    if (!seen.has(n))
      return { kind: "gap", message: `number ${n} is missing among ${seen.size} recorded transactions` };
  }
  return undefined;
}
