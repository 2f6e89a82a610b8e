/** The store of a module as the supervisor sees it: snapshots of tables, commits by call, schedules. */
import { rmSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Keyed, keyColumn, keyOf } from "./keys.ts";
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

/** What a commit did to one key of a table, by the table's index. */
export interface Change {
  readonly seq: number;
  readonly tbl: number;
  readonly key: string;
  /** The row's canonical JSON after the commit; null where there is none. */
  readonly row: string | null;
}

/** One module's store. */
export class Store {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #last: StatementSync;
  readonly #rows: StatementSync;
  readonly #ofCall: StatementSync;
  readonly #schedules: StatementSync;
  readonly #changes: StatementSync;
  #lastSchedule = 0;

  /** Creates the store in the file `path`. */
  constructor(path: string) {
    this.path = path;
    this.#database = createStore(path);
    this.#last = this.#database.prepare("SELECT coalesce(max(seq), 0) AS seq FROM commits");
    this.#rows = this.#database.prepare(`SELECT ${keyColumn}, row FROM rows WHERE tbl = ? ORDER BY key`);
    const changes = `SELECT seq, tbl, ${keyColumn}, row FROM changes WHERE seq > ? ORDER BY seq, tbl, key`;
    this.#changes = this.#database.prepare(changes);
    this.#ofCall = this.#database.prepare("SELECT seq FROM commits WHERE call = ? ORDER BY seq");
    this.#schedules = this.#database.prepare(
      "SELECT id, name, args, at, every FROM schedules WHERE id > ? ORDER BY id",
    );
  }

  /** The rows of a table as JSON text, and the last commit that they include. One snapshot. */
  read(table: number): { rows: string; seq: number } {
    const { rows, seq } = this.snapshot(table);
    return { rows: rowsText(rows), seq };
  }

  /** The rows of a table, each as its JSON text, and the last commit that they include. One snapshot. */
  snapshot(table: number): { rows: [key: string, row: string][]; seq: number } {
    this.#database.exec("BEGIN");
    try {
      const { seq } = this.#last.get() as { seq: number };
      const found = this.#rows.iterate(table) as Iterable<Keyed & { row: string }>;
      return { rows: Array.from(found, (each) => [keyOf(each), each.row]), seq };
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

  /** What the commits after `seq` changed, of those that were watched: by commit, table and key. */
  changesSince(seq: number): Change[] {
    const found = this.#changes.all(seq) as unknown as (Keyed & Omit<Change, "key">)[];
    return found.map((each) => ({ seq: each.seq, tbl: each.tbl, key: keyOf(each), row: each.row }));
  }

  /** Closes the store and removes its files. Its Workers are gone already. */
  remove(): void {
    this.#database.close();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(this.path + suffix, { force: true });
  }
}

/** Rows, each as its JSON text, as one JSON text. */
export function rowsText(rows: readonly (readonly [key: string, row: string])[]): string {
  return `[${rows.map(([key, row]) => `[${JSON.stringify(key)},${row}]`).join(",")}]`;
}
