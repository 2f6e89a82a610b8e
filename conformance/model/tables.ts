import { Refused } from "./failure.ts";
import type { Scheduled } from "./schedules.ts";

/** A row of the model: any JSON. Rows are never changed in place. */
export type Row = unknown;

/** What a commit left under a key; undefined where it removed the row. */
interface Version {
  readonly seq: number;
  readonly row: Row | undefined;
}

/** Ordered tables of one module, with every committed version: what a reader may see is a function of a `seq`. */
export class Tables {
  readonly #tables = new Map<string, Map<string, Version[]>>();
  #seq = 0;
  /** How often a module was loaded with them before. */
  loads = 0;

  /** Tables as they are after commit number `seq`. */
  static at(seq: number, rows: ReadonlyMap<string, readonly (readonly [string, Row])[]>): Tables {
    const tables = new Tables();
    tables.#seq = seq;
    for (const [table, all] of rows) {
      for (const [key, row] of all) tables.#versions(table).set(key, [{ seq, row }]);
    }
    return tables;
  }

  /** The same tables, as they are now or were after commit number `seq`, without their past. */
  copy(seq = this.#seq): Tables {
    return Tables.at(seq, new Map([...this.#tables.keys()].map((table) => [table, this.rowsAt(table, seq)])));
  }

  /** The number of the last commit; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** The committed row under a key. */
  row(table: string, key: string): Row | undefined {
    return this.#versions(table).get(key)?.at(-1)?.row;
  }

  /** The committed rows of a table in key order, as they were after commit number `seq`. */
  rowsAt(table: string, seq: number): [string, Row][] {
    const rows: [string, Row][] = [];
    for (const [key, versions] of this.#versions(table)) {
      const version = versions.findLast((one) => one.seq <= seq);
      if (version?.row !== undefined) rows.push([key, version.row]);
    }
    return rows.sort(([a], [b]) => byCodePoint(a, b));
  }

  /** Commits what a transaction wrote; gives its `seq`. */
  commit(writes: ReadonlyMap<string, ReadonlyMap<string, Row | undefined>>): number {
    this.#seq += 1;
    for (const [table, rows] of writes) {
      const versions = this.#versions(table);
      for (const [key, row] of rows) {
        const all = versions.get(key) ?? [];
        all.push({ seq: this.#seq, row });
        versions.set(key, all);
      }
    }
    return this.#seq;
  }

  #versions(table: string): Map<string, Version[]> {
    let versions = this.#tables.get(table);
    if (versions === undefined) {
      versions = new Map();
      this.#tables.set(table, versions);
    }
    return versions;
  }
}

/** One open transaction: reads its own writes, and nothing of others. */
export class Transaction {
  readonly #tables: Tables;
  readonly #writes = new Map<string, Map<string, Row | undefined>>();
  readonly #scheduled: Scheduled[] = [];
  /** What the clock showed when it began, in ms since the epoch. */
  readonly timestamp: number;

  constructor(tables: Tables, timestamp = 0) {
    this.#tables = tables;
    this.timestamp = timestamp;
  }

  /** What it has scheduled so far. */
  get scheduled(): readonly Scheduled[] {
    return this.#scheduled;
  }

  /** Has a function called at that time, or from then on again and again, where it commits. Times are in ms. */
  schedule(called: string, args: Readonly<Record<string, unknown>>, at: number, every?: number): void {
    this.#scheduled.push({ function: called, args, at, ...(every !== undefined && { every }) });
  }

  /** What it has written so far. */
  get writes(): ReadonlyMap<string, ReadonlyMap<string, Row | undefined>> {
    return this.#writes;
  }

  /** The row under a key, or undefined. */
  get(table: string, key: string): Row | undefined {
    const own = this.#writes.get(table);
    return own?.has(key) ? own.get(key) : this.#tables.row(table, key);
  }

  /** Stores a new row. @throws Refused as `unique-violation` */
  insert(table: string, key: string, row: Row): void {
    if (this.get(table, key) !== undefined) throw new Refused("unique-violation");
    this.put(table, key, row);
  }

  /** Stores a row, whether or not there is one. */
  put(table: string, key: string, row: Row): void {
    this.#write(table, key, row);
  }

  /** Removes a row; says whether there was one. */
  remove(table: string, key: string): boolean {
    const there = this.get(table, key) !== undefined;
    if (there) this.#write(table, key, undefined);
    return there;
  }

  /** The rows with from ≤ key < to in key order; an empty `to` means no upper bound. */
  scan(table: string, from = "", to = ""): [string, Row][] {
    const rows = new Map<string, Row | undefined>(this.#tables.rowsAt(table, Number.POSITIVE_INFINITY));
    for (const [key, row] of this.#writes.get(table) ?? []) rows.set(key, row);
    return [...rows]
      .filter(
        ([key, row]) => row !== undefined && byCodePoint(key, from) >= 0 && (to === "" || byCodePoint(key, to) < 0),
      )
      .sort(([a], [b]) => byCodePoint(a, b));
  }

  #write(table: string, key: string, row: Row | undefined): void {
    const own = this.#writes.get(table) ?? new Map<string, Row | undefined>();
    own.set(key, row);
    this.#writes.set(table, own);
  }
}

/** Negative, 0 or positive as `a` comes before, is, or comes after `b` by code points. UTF-16 order differs beyond U+FFFF. */
export function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const difference = left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
