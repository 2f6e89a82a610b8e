/**
 * What an open transaction has written, in tables of its own connection until it commits: the store's file is written to, and
 * locked, in a commit alone. So a Worker that runtimes cannot end for good (Deno's and, in wasm, Bun's `terminate()` let an
 * endless loop run on) keeps nobody from the store; what it had open is not there for anybody else.
 */
import { keyColumn } from "./keys.ts";

/** Tables of a connection; to be made once. A row of null is one that the transaction has deleted. */
export const pendingTables = `
  PRAGMA temp_store = MEMORY;
  CREATE TEMP TABLE written (tbl INTEGER NOT NULL, key TEXT NOT NULL, row TEXT, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
  CREATE TEMP TABLE scheduled (id INTEGER PRIMARY KEY, name TEXT NOT NULL, args TEXT NOT NULL, at REAL NOT NULL,
    every REAL);
`;

/** The row of table ?1 under the key ?2 as the transaction sees it, or null. */
const seen = `CASE WHEN EXISTS (SELECT 1 FROM written WHERE tbl = ?1 AND key = ?2)
  THEN (SELECT row FROM written WHERE tbl = ?1 AND key = ?2) ELSE (SELECT row FROM rows WHERE tbl = ?1 AND key = ?2) END`;

const write = (row: string, condition: string) =>
  `INSERT INTO written (tbl, key, row) SELECT ?1, ?2, ${row} WHERE (${seen}) ${condition}
   ON CONFLICT DO UPDATE SET row = excluded.row`;

const scan = (bound: string) =>
  `SELECT key, ${keyColumn}, row FROM written WHERE tbl = ?1 AND key >= ?2 ${bound} AND row IS NOT NULL
   UNION ALL SELECT key, ${keyColumn}, row FROM rows WHERE tbl = ?1 AND key >= ?2 ${bound}
     AND NOT EXISTS (SELECT 1 FROM written WHERE written.tbl = rows.tbl AND written.key = rows.key)
   ORDER BY key`;

/** Statements of an open transaction, by what they do. */
export const pendingStatements = {
  get: `SELECT row FROM (SELECT ${seen} AS row) WHERE row IS NOT NULL`,
  insert: write("?3", "IS NULL"),
  update: write("?3", "IS NOT NULL"),
  remove: write("NULL", "IS NOT NULL"),
  scan: scan("AND key < ?3"),
  scanFrom: scan(""),
  schedule: "INSERT INTO scheduled (name, args, at, every) VALUES (?, ?, ?, ?)",
} as const;

/** What a commit runs before it logs itself, where the transaction has written or scheduled. */
export const applyWritten = [
  "INSERT OR REPLACE INTO rows (tbl, key, row) SELECT tbl, key, row FROM written WHERE row IS NOT NULL",
  "DELETE FROM rows WHERE (tbl, key) IN (SELECT tbl, key FROM written WHERE row IS NULL)",
  "DELETE FROM written",
] as const;
export const applyScheduled = [
  "INSERT INTO schedules (name, args, at, every) SELECT name, args, at, every FROM scheduled ORDER BY id",
  "DELETE FROM scheduled",
] as const;
