import { ABSENT, HANDLE_CLOSED, UNIQUE_VIOLATION } from "./codes";
import { accept, at, failCall, takeText, utf8 } from "./host";
import * as imports from "./imports";
import { parseJson } from "./json/parse";
import { Json, JsonNumber, JsonObject } from "./json/value";

/** A transaction as its handles see it: they work until it is closed. */
export class Scope {
  /** Whether the transaction is open still. */
  isOpen: bool = true;

  /** Ends the call as `handle-closed` where the transaction has ended, whatever else is open by then. */
  check(): void {
    if (!this.isOpen) failCall(HANDLE_CLOSED, "the transaction that this handle belongs to has ended");
  }
}

/** A row and its key. */
export class KeyedRow {
  constructor(
    public key: string,
    /** The row as it is: any JSON value. */
    public value: Json,
  ) {}

  /** The row as an object; throws where it is none. */
  get row(): JsonObject {
    return this.value.asObject();
  }
}

/** A table inside a transaction: rows by key, in the order of the keys' code points. What is refused ends the call. */
export class Table {
  constructor(
    private scope: Scope,
    private name: string,
  ) {}

  /** Adds a row; `unique-violation` where the key is taken. */
  insert(key: string, row: Json): void {
    accept(this.tryInsert(key, row));
  }

  /** Adds a row; false where the key is taken. */
  insertNew(key: string, row: Json): bool {
    const code = this.tryInsert(key, row);
    if (code == UNIQUE_VIOLATION) return false;
    accept(code);
    return true;
  }

  /** Adds a row, or gives the code with which the host refuses to. */
  tryInsert(key: string, row: Json): i32 {
    this.scope.check();
    const table = utf8(this.name);
    const keyText = utf8(key);
    const text = utf8(row.toText(this.placeOf(key)));
    return imports.table_insert(
      at(table), table.byteLength, at(keyText), keyText.byteLength, at(text), text.byteLength,
    );
  }

  /** The row under a key as an object; null where there is none. Throws where the row is something else. */
  get(key: string): JsonObject | null {
    const value = this.getValue(key);
    return value === null ? null : value.asObject();
  }

  /** The row under a key, whatever JSON it is; null where there is none. */
  getValue(key: string): Json | null {
    this.scope.check();
    const table = utf8(this.name);
    const keyText = utf8(key);
    const answer = imports.table_get(at(table), table.byteLength, at(keyText), keyText.byteLength);
    if (answer == ABSENT) return null;
    return parseJson(takeText(accept(answer)));
  }

  /** Replaces a row; `absent` where there is none under the key. */
  update(key: string, row: Json): void {
    this.scope.check();
    const table = utf8(this.name);
    const keyText = utf8(key);
    const text = utf8(row.toText(this.placeOf(key)));
    accept(
      imports.table_update(at(table), table.byteLength, at(keyText), keyText.byteLength, at(text), text.byteLength),
    );
  }

  /** Removes a row; false where there was none. */
  delete(key: string): bool {
    this.scope.check();
    const table = utf8(this.name);
    const keyText = utf8(key);
    const answer = imports.table_delete(at(table), table.byteLength, at(keyText), keyText.byteLength);
    if (answer == ABSENT) return false;
    accept(answer);
    return true;
  }

  /** The rows with from ≤ key < to, in the order of their keys; an empty `to` is no bound. */
  scan(from: string = "", to: string = ""): KeyedRow[] {
    this.scope.check();
    const table = utf8(this.name);
    const fromText = utf8(from);
    const toText = utf8(to);
    const length = accept(
      imports.table_scan(
        at(table), table.byteLength, at(fromText), fromText.byteLength, at(toText), toText.byteLength,
      ),
    );
    const pairs = parseJson(takeText(length)).asArray();
    const rows: KeyedRow[] = [];
    for (let i = 0; i < pairs.length; i++) {
      const pair: Json[] = pairs[i].asArray();
      rows.push(new KeyedRow(pair[0].asString(), pair[1]));
    }
    return rows;
  }

  /** The rows whose keys begin with a prefix, in the order of their keys. */
  scanPrefix(prefix: string): KeyedRow[] {
    return this.scan(prefix, afterPrefix(prefix));
  }

  private placeOf(key: string): string {
    return "the row \"" + key + "\" of " + this.name;
  }
}

/** A module's tables inside one transaction. */
export class Db {
  constructor(private scope: Scope) {}

  /** A table; the host refuses the use of one that the module does not declare. */
  table(name: string): Table {
    return new Table(this.scope, name);
  }

  /** Calls a function of this module once, at or after a time (ms since the epoch), if the transaction commits. */
  schedule(name: string, args: JsonObject, time: f64): void {
    this.scope.check();
    const nameText = utf8(name);
    const text = utf8(args.toText("the arguments of " + name));
    accept(imports.schedule(at(nameText), nameText.byteLength, at(text), text.byteLength, time));
  }

  /**
   * Calls a function of this module at `first` (ms since the epoch), and then again each `every` ms, if the transaction
   * commits, until the module is unloaded. A tick that falls due while a call of this schedule is in flight is missed.
   */
  scheduleEvery(name: string, args: JsonObject, first: f64, every: f64): void {
    this.scope.check();
    const nameText = utf8(name);
    const text = utf8(args.toText("the arguments of " + name));
    accept(imports.schedule_every(at(nameText), nameText.byteLength, at(text), text.byteLength, first, every));
  }

  /**
   * The next number of a sequence, from 1, kept as a row of the table `sequences`, which the module declares. A
   * transaction that is undone takes no number.
   */
  sequence(name: string): f64 {
    const table = this.table("sequences");
    const last = table.getValue(name);
    if (last === null) {
      table.insert(name, new JsonNumber(1));
      return 1;
    }
    const next = last.asNumber() + 1;
    table.update(name, new JsonNumber(next));
    return next;
  }
}

/** The least key above all that begin with a prefix, by code point; empty where there is none. */
function afterPrefix(prefix: string): string {
  let end = prefix.length;
  while (end > 0) {
    const isPair = end >= 2 && (prefix.charCodeAt(end - 1) & 0xfc00) == 0xdc00;
    const begin = isPair ? end - 2 : end - 1;
    const last = prefix.codePointAt(begin);
    end = begin;
    if (last == 0x10ffff) continue;
    // Surrogates are no code points of a key.
    return prefix.substring(0, end) + String.fromCodePoint(last == 0xd7ff ? 0xe000 : last + 1);
  }
  return "";
}
