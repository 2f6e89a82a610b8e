/** Tables and transactions of a module as one Worker sees them: one connection, one transaction at a time. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { canonical, checkSize, utf8Length, wellFormed } from "../guest/canonical.ts";
import { code, Refusal } from "../guest/codes.ts";
import { keyBytes, scanBytes } from "../limits.ts";
import { type Keyed, keyOf } from "./keys.ts";
import { applyScheduled, applyWritten, pendingStatements, pendingTables } from "./pending.ts";
import { openStore } from "./schema.ts";
import { isWatched, toldUpTo, type WatchMemory } from "./watch.ts";

// Captured before any guest runs: a guest shares the realm and may replace what it finds there.
const { stringify } = JSON;
const { isFinite: finite } = Number;

/** Milliseconds. */
const shortestInterval = 1;

/** A statement's rows, as the store's own queries name them. */
interface Row extends Keyed {
  readonly row: string;
}

/** The store of one module. Every refusal is thrown as a `Refusal`; the caller has checked that a transaction is open. */
export class Tables {
  readonly #database: DatabaseSync;
  readonly #index = new Map<string, number>();
  readonly #statements: Record<
    | "begin"
    | "commit"
    | "rollback"
    | "log"
    | "get"
    | "insert"
    | "update"
    | "remove"
    | "scan"
    | "scanFrom"
    | "schedule"
    | "note"
    | "forget",
    StatementSync
  >;
  /** What a commit runs for what the transaction has written, and for what it has scheduled. */
  readonly #written: readonly StatementSync[];
  readonly #schedules: readonly StatementSync[];
  readonly #functions: ReadonlySet<string>;
  readonly #watch: WatchMemory;
  /** The keys that the open transaction has written, by their table's index. */
  readonly #touched = new Map<number, Set<string>>();
  #scheduled = false;

  /** Opens the file `path`. `tables` and `functions` are those of the module's description. */
  constructor(path: string, tables: readonly string[], functions: readonly string[], watch: WatchMemory) {
    this.#watch = watch;
    const database = openStore(path);
    this.#database = database;
    tables.forEach((name, index) => {
      this.#index.set(name, index);
    });
    this.#functions = new Set(functions);
    database.exec(pendingTables);
    const prepare = (sql: string) => database.prepare(sql);
    this.#written = applyWritten.map(prepare);
    this.#schedules = applyScheduled.map(prepare);
    this.#statements = {
      begin: prepare("BEGIN"),
      commit: prepare("COMMIT"),
      rollback: prepare("ROLLBACK"),
      log: prepare("INSERT INTO commits (call) VALUES (?)"),
      get: prepare(pendingStatements.get),
      insert: prepare(pendingStatements.insert),
      update: prepare(pendingStatements.update),
      remove: prepare(pendingStatements.remove),
      scan: prepare(pendingStatements.scan),
      scanFrom: prepare(pendingStatements.scanFrom),
      schedule: prepare(pendingStatements.schedule),
      note: prepare(
        "INSERT INTO changes (seq, tbl, key, row) VALUES (?1, ?2, ?3, (SELECT row FROM rows WHERE tbl = ?2 AND key = ?3))",
      ),
      forget: prepare("DELETE FROM changes WHERE seq <= ?"),
    };
  }

  /** Opens a transaction; the lock is held. What a guest whose stack had ended left of the one before is undone. */
  begin(): void {
    if (this.#database.isTransaction) this.#statements.rollback.run();
    this.#scheduled = false;
    this.#touched.clear();
    this.#statements.begin.run();
  }

  /** Commits it as one of `call`. Gives its `seq`, whether it scheduled a call, and whether somebody is to be told what it changed. */
  commit(call: number): { seq: number; scheduled: boolean; watched: boolean } {
    if (this.#isWritten) for (const statement of this.#written) statement.run();
    if (this.#scheduled) for (const statement of this.#schedules) statement.run();
    const seq = Number(this.#statements.log.run(call).lastInsertRowid);
    const watched = isWatched(this.#watch);
    if (watched) this.#note(seq);
    this.#statements.commit.run();
    // Who has subscribed meanwhile may have missed this commit in its snapshot; nobody can write before the lock is released.
    const late = !watched && isWatched(this.#watch);
    if (late) {
      this.#statements.begin.run();
      this.#note(seq);
      this.#statements.commit.run();
    }
    return { seq, scheduled: this.#scheduled, watched: watched || late };
  }

  get #isWritten(): boolean {
    for (const keys of this.#touched.values()) if (keys.size > 0) return true;
    return false;
  }

  /** Notes what the open transaction changed. */
  #note(seq: number): void {
    this.#statements.forget.run(toldUpTo(this.#watch));
    for (const [table, keys] of this.#touched) for (const key of keys) this.#statements.note.run(seq, table, key);
  }

  /** Undoes it, where there is one. */
  rollback(): void {
    if (this.#database.isTransaction) this.#statements.rollback.run();
  }

  /** The row under `key`; refuses as `absent`. */
  get(table: string, key: string): string {
    const found = this.#statements.get.get(this.#table(table), checkKey(key)) as Row | undefined;
    if (found === undefined) throw absent(table, key);
    return found.row;
  }

  /** Stores a new row. */
  insert(table: string, key: string, row: string): void {
    const index = this.#table(table);
    const text = canonical(checkText(row, "the row"), `the row for table ${table}`);
    if (!this.#write(this.#statements.insert, index, checkKey(key), text)) {
      throw new Refusal(code.uniqueViolation, `table ${table} has a row under the key ${shown(key)} already`);
    }
  }

  /** Replaces a row; refuses as `absent` where there is none. */
  update(table: string, key: string, row: string): void {
    const index = this.#table(table);
    const text = canonical(checkText(row, "the row"), `the row for table ${table}`);
    if (!this.#write(this.#statements.update, index, checkKey(key), text)) throw absent(table, key);
  }

  /** Removes a row; refuses as `absent` where there is none. */
  remove(table: string, key: string): void {
    if (!this.#write(this.#statements.remove, this.#table(table), checkKey(key))) throw absent(table, key);
  }

  /** The rows with from ≤ key < to as JSON; an empty `to` means no upper bound. */
  scan(table: string, from: string, to: string): string {
    const index = this.#table(table);
    checkKey(from);
    checkKey(to);
    const found =
      to === "" ? this.#statements.scanFrom.iterate(index, from) : this.#statements.scan.iterate(index, from, to);
    let text = "[";
    let bytes = 2;
    for (const each of found as Iterable<Row>) {
      const entry = `[${stringify(keyOf(each))},${each.row}]`;
      bytes += utf8Length(entry) + 1;
      if (bytes > scanBytes) {
        throw new Refusal(
          code.limit,
          `the scan of table ${table} gives more than ${scanBytes} bytes; narrow its range`,
        );
      }
      text += text === "[" ? entry : `,${entry}`;
    }
    return `${text}]`;
  }

  /** Schedules a call for when this transaction has committed; again each `every` milliseconds, unless that is null. */
  schedule(name: string, args: string, at: number, every: number | null): void {
    if (typeof at !== "number" || !finite(at)) {
      throw new Refusal(code.badValue, "the time of a scheduled call is not a finite number of milliseconds");
    }
    if (every !== null && !(typeof every === "number" && finite(every) && every >= shortestInterval)) {
      throw new Refusal(code.badValue, `the interval of a schedule is no number of ${shortestInterval} ms or more`);
    }
    if (!this.#functions.has(checkText(name, "the name of the scheduled function"))) {
      throw new Refusal(code.badValue, `cannot schedule ${shown(name)}: the module has no function of that name`);
    }
    const text = canonical(checkText(args, "the arguments"), `the arguments scheduled for ${name}`);
    if (text[0] !== "{")
      throw new Refusal(code.badValue, `the arguments scheduled for ${name} are not one JSON object`);
    this.#statements.schedule.run(name, text, at, every);
    this.#scheduled = true;
  }

  /** Runs a statement that writes one row; false where it did not. */
  #write(statement: StatementSync, table: number, key: string, ...row: string[]): boolean {
    let keys = this.#touched.get(table);
    if (keys === undefined) {
      keys = new Set();
      this.#touched.set(table, keys);
    }
    const isNew = !keys.has(key);
    // Noted first: the guest's stack may end at any call, and a row that is written and not noted would be lost.
    keys.add(key);
    const wrote = statement.run(table, key, ...row).changes !== 0;
    if (!wrote && isNew) keys.delete(key);
    return wrote;
  }

  #table(name: string): number {
    const index = this.#index.get(name);
    if (index === undefined) {
      throw new Refusal(
        code.unknownTable,
        `the module declares no table ${shown(checkText(name, "the table's name"))}`,
      );
    }
    return index;
  }
}

function absent(table: string, key: string): Refusal {
  return new Refusal(code.absent, `table ${table} has no row under the key ${shown(key)}`);
}

function checkKey(key: string): string {
  checkSize(checkText(key, "the key"), keyBytes, "the key");
  return key;
}

/** Refuses what is no text, or text without a UTF-8 form. */
export function checkText(text: unknown, what: string): string {
  if (typeof text !== "string") throw new Refusal(code.badValue, `${what} is not a string`);
  if (!wellFormed(text)) throw new Refusal(code.badValue, `${what} holds a lone surrogate, which has no UTF-8 form`);
  return text;
}

function shown(text: string): string {
  return stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
