import { type Db, table } from "evenlane/module";

/** A row of `log`: what a transaction recorded of itself, and its place in the order of commits. */
export interface Entry {
  n: number;
  token: string;
  [field: string]: unknown;
}

/** The declarations of the tables that `record` needs. */
export const recording = { meta: table<{ n: number }>(), log: table<Entry>() };

type RecordingDb = Db<typeof recording>;

/** The number of the last transaction that recorded itself; 0 before the first. */
export function counter(db: RecordingDb): number {
  return db.meta.get("counter")?.n ?? 0;
}

/** Takes the next number and writes a row of `log` under it, so that the guests themselves tell in which order they committed. */
export function record(db: RecordingDb, token: string, fields: Record<string, unknown> = {}): number {
  const before = db.meta.get("counter");
  const n = (before?.n ?? 0) + 1;
  if (before === undefined) db.meta.insert("counter", { n });
  else db.meta.update("counter", { n });
  db.log.insert(String(n).padStart(6, "0"), { n, token, ...fields });
  return n;
}

/** The recorded tokens, in the order of commits. */
export function tokens(db: RecordingDb): string[] {
  return db.log.scan().map(([, row]) => row.token);
}
