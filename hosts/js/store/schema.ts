/**
 * The store: one SQLite file per module, in a folder of this process under the system's folder for temporary files.
 *
 * Why SQLite and a file: the supervisor, the lane and the pool Workers each open it with `node:sqlite`, which Node,
 * Deno and Bun all have, so that a table call is a function call on the guest's own thread and not a message; rows live
 * outside every Worker, so a lane that is terminated loses nothing that was committed, and closing its connection undoes
 * what was open; write-ahead logging lets `table/read` take a snapshot while a lane is in the middle of a transaction.
 * `synchronous` is off: rows have to outlive a Worker, not the machine. TEXT compares by its UTF-8 bytes, which is the
 * order of code points. Exclusion between writers is not SQLite's, which only polls, but `store/lock.ts`.
 */
import { DatabaseSync } from "node:sqlite";

const tables = `
  CREATE TABLE rows (tbl INTEGER NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
  CREATE TABLE commits (seq INTEGER PRIMARY KEY, call INTEGER NOT NULL);
  CREATE INDEX commits_of_call ON commits (call);
  CREATE TABLE schedules (id INTEGER PRIMARY KEY, name TEXT NOT NULL, args TEXT NOT NULL, at REAL NOT NULL, every REAL);
`;

/** Creates a module's store in the file `path`, which does not exist yet, and opens it. */
export function createStore(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;");
  database.exec(tables);
  return database;
}

/** Opens a module's store, which exists. */
export function openStore(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  // The lock keeps writers apart; this wait is for the moment in which a checkpoint holds the file.
  database.exec("PRAGMA synchronous = OFF; PRAGMA busy_timeout = 10000;");
  return database;
}
