/** The store of a module as the supervisor sees it: snapshots of tables, commits by call, schedules. */
import { rmSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { createStore } from "./schema.ts";

/** A call that a committed transaction has scheduled. */
export interface Scheduled {
  /** Its number in its module, in order of creation. */
  readonly id: number;
  readonly name: string;
  /** Canonical JSON of an object. */
  readonly args: string;
  /** Milliseconds since the Unix epoch: of the first call, where it is to be called again and again. */
  readonly at: number;
  /** Milliseconds between two calls; null where there is one. */
  readonly every: number | null;
}

/** One module's store. */
export class Store {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #last: StatementSync;
  readonly #rows: StatementSync;
  readonly #ofCall: StatementSync;
  readonly #schedules: StatementSync;
  #lastSchedule = 0;

  /** Creates the store in the file `path`. */
  constructor(path: string) {
    this.path = path;
    this.#database = createStore(path);
    this.#last = this.#database.prepare("SELECT coalesce(max(seq), 0) AS seq FROM commits");
    this.#rows = this.#database.prepare("SELECT key, row FROM rows WHERE tbl = ? ORDER BY key");
    this.#ofCall = this.#database.prepare("SELECT seq FROM commits WHERE call = ? ORDER BY seq");
    this.#schedules = this.#database.prepare(
      "SELECT id, name, args, at, every FROM schedules WHERE id > ? ORDER BY id",
    );
  }

  /** The rows of a table as JSON text, and the last commit that they include. One snapshot. */
  read(table: number): { rows: string; seq: number } {
    this.#database.exec("BEGIN");
    try {
      const { seq } = this.#last.get() as { seq: number };
      const rows: string[] = [];
      for (const { key, row } of this.#rows.iterate(table) as Iterable<{ key: string; row: string }>) {
        rows.push(`[${JSON.stringify(key)},${row}]`);
      }
      return { rows: `[${rows.join(",")}]`, seq };
    } finally {
      this.#database.exec("COMMIT");
    }
  }

  /** The `seq` of each transaction that a call has committed, in order. */
  commitsOf(call: number): number[] {
    return (this.#ofCall.all(call) as { seq: number }[]).map(({ seq }) => seq);
  }

  /** The calls scheduled since the last time this was asked, in order of creation. */
  newSchedules(): Scheduled[] {
    const found = this.#schedules.all(this.#lastSchedule) as unknown as Scheduled[];
    this.#lastSchedule = found.at(-1)?.id ?? this.#lastSchedule;
    return found;
  }

  /** Closes the store and removes its files. Its Workers are gone already. */
  remove(): void {
    this.#database.close();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(this.path + suffix, { force: true });
  }
}
