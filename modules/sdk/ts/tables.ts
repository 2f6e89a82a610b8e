import { ABSENT, HANDLE_CLOSED, type Host } from "./abi.ts";
import { accept, EvenlaneError } from "./errors.ts";
import { toJson } from "./json.ts";

declare const row: unique symbol;

/** A table's declaration; `Row` is the type of its rows. */
export interface TableDef<Row> {
  /** Never there: carries `Row` for the compiler. */
  readonly [row]?: Row;
}

/** A module's tables, by name. */
export type Tables = Readonly<Record<string, TableDef<unknown>>>;

/** Declares a table. */
export function table<Row>(): TableDef<Row> {
  return {};
}

/** Which keys a scan gives: `from` ≤ key < `to` (absent or empty: unbounded), or those that begin with `prefix`. */
export type Range = { readonly from?: string; readonly to?: string } | { readonly prefix: string };

/** A table inside a transaction: rows by key, in the order of the keys' code points. */
export interface Table<Row> {
  /** Adds a row. Throws `unique-violation` where the key is taken. */
  insert(key: string, row: Row): void;
  /** The row under a key, a copy; undefined where there is none. */
  get(key: string): Row | undefined;
  /** Replaces a row. Throws `absent` where there is none under the key. */
  update(key: string, row: Row): void;
  /** Removes a row; false where there was none. */
  delete(key: string): boolean;
  /** The rows of a range, in the order of their keys. */
  scan(range?: Range): [key: string, row: Row][];
}

/** A module's tables inside a transaction. */
export type Db<S extends Tables> = { readonly [K in keyof S]: S[K] extends TableDef<infer Row> ? Table<Row> : never };

/** A transaction as its handles see it: they work until it is closed. */
export class Scope {
  readonly #host: Host;
  #open = true;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The host, while the transaction is open. Throws `handle-closed` afterwards, whatever else is open by then. */
  host(): Host {
    if (!this.#open) throw new EvenlaneError(HANDLE_CLOSED, "the transaction that this handle belongs to has ended");
    return this.#host;
  }

  /** Ends the handles' life. */
  close(): void {
    this.#open = false;
  }
}

class ScopedTable implements Table<unknown> {
  readonly #scope: Scope;
  readonly #name: string;

  constructor(scope: Scope, name: string) {
    this.#scope = scope;
    this.#name = name;
  }

  insert(key: string, row: unknown): void {
    const host = this.#scope.host();
    accept(host, host.tableInsert(this.#name, key, this.#text(key, row)));
  }

  get(key: string): unknown {
    const host = this.#scope.host();
    const found = host.tableGet(this.#name, key);
    return found === ABSENT ? undefined : JSON.parse(accept(host, found) as string);
  }

  update(key: string, row: unknown): void {
    const host = this.#scope.host();
    accept(host, host.tableUpdate(this.#name, key, this.#text(key, row)));
  }

  delete(key: string): boolean {
    const host = this.#scope.host();
    const answer = host.tableDelete(this.#name, key);
    return answer === ABSENT ? false : accept(host, answer) === 0;
  }

  scan(range: Range = {}): [string, unknown][] {
    const host = this.#scope.host();
    const [from, to] =
      "prefix" in range ? [range.prefix, afterPrefix(range.prefix)] : [range.from ?? "", range.to ?? ""];
    return JSON.parse(accept(host, host.tableScan(this.#name, from, to)) as string);
  }

  #text(key: string, row: unknown): string {
    return toJson(row, `the row ${JSON.stringify(key)} of ${this.#name}`);
  }
}

/** The handle of one table for one transaction; the host refuses the use of one that the module does not declare. */
export function openTable(scope: Scope, name: string): Table<unknown> {
  return new ScopedTable(scope, name);
}

/** The handles of a module's tables for one transaction. */
export function openTables<S extends Tables>(names: readonly string[], scope: Scope): Db<S> {
  const db = Object.create(null) as Record<string, Table<unknown>>;
  for (const name of names) db[name] = openTable(scope, name);
  return db as Db<S>;
}

/** The least key above all that begin with a prefix, by code point; empty where there is none. */
function afterPrefix(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // Surrogates are no code points of a key.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return "";
}
