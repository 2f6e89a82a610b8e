import { Thrown } from "../failure.ts";
import { reducer } from "../program.ts";
import type { Transaction } from "../tables.ts";

interface Entry {
  readonly n: number;
  readonly token: string;
}

/** The number of the last transaction that recorded itself; 0 before the first. */
export function counter(tx: Transaction): number {
  return (tx.get("meta", "counter") as { n: number } | undefined)?.n ?? 0;
}

/** Takes the next number and writes a row of `log` under it. */
export function record(tx: Transaction, token: string, fields: Record<string, unknown> = {}): number {
  const n = counter(tx) + 1;
  tx.put("meta", "counter", { n });
  tx.insert("log", String(n).padStart(6, "0"), { n, token, ...fields });
  return n;
}

/** The recorded tokens, in the order of commits. */
export function tokens(tx: Transaction): string[] {
  return tx.scan("log").map(([, row]) => (row as Entry).token);
}

/** The reducer `record` of many modules. */
export const recordToken = reducer((tx, { token }) => void record(tx, token));

/** The reducer of that name: what it schedules is undone with it. */
export const scheduleThenThrow = reducer((tx, { at, token }) => {
  tx.schedule("record", { token }, at);
  throw new Thrown("thrown by scheduleThenThrow");
});
