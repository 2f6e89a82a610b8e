import { categoryOf } from "./codes";
import { accept, at, failCall, takeMessage, takeText, utf8 } from "./host";
import * as imports from "./imports";
import { parseJson } from "./json/parse";
import { JsonObject } from "./json/value";
import { Request, Response } from "./http";
import { Sfc32 } from "./random";
import { Db, Scope } from "./tables";

/** Writes to the module's log. */
export class Log {
  debug(text: string): void {
    this.write(0, text);
  }
  info(text: string): void {
    this.write(1, text);
  }
  warn(text: string): void {
    this.write(2, text);
  }
  error(text: string): void {
    this.write(3, text);
  }
  private write(level: i32, text: string): void {
    const bytes = utf8(text);
    imports.log(level, at(bytes), bytes.byteLength);
  }
}

/** What every context has. */
export class Ctx {
  log: Log = new Log();
  private read: JsonObject | null = null;
  private numbers: Sfc32 | null = null;

  /** When the call's first turn began, in milliseconds since the Unix epoch; the same for the whole call. */
  get timestamp(): f64 {
    return this.context().getNumber("timestamp");
  }

  /** Who made the call; the module's own identity for its hooks and for scheduled calls. */
  get sender(): string {
    return this.context().getString("sender");
  }

  /** The connection that the call came by; null for the module's own. */
  get connection(): string | null {
    const connection = this.context().get("connection");
    return connection.isNull ? null : connection.asString();
  }

  /** The next number of the call's own sequence, from 0 to below 1. */
  random(): f64 {
    let numbers = this.numbers;
    if (numbers === null) {
      const seed = this.context().get("seed").asArray();
      numbers = new Sfc32(
        <u32>seed[0].asNumber(), <u32>seed[1].asNumber(), <u32>seed[2].asNumber(), <u32>seed[3].asNumber(),
      );
      this.numbers = numbers;
    }
    return numbers.next();
  }

  /** A new UUID of version 7, in lower case. A module's sort in the order in which they were made. */
  uuid(): string {
    return takeText(accept(imports.uuid()));
  }

  private context(): JsonObject {
    let read = this.read;
    if (read === null) {
      read = parseJson(takeText(accept(imports.context()))).asObject();
      this.read = read;
    }
    return read;
  }
}

/** What a reducer or hook works with. The whole of it is one transaction. */
export class ReducerCtx extends Ctx {
  private scope: Scope = new Scope();
  db: Db = new Db(this.scope);

  /** Closes what the module may have kept of it: the SDK calls this when the function has returned. */
  close(): void {
    this.scope.isOpen = false;
  }
}

/**
 * A transaction of a procedure, or the refusal to begin one, which has only `code`, `category` and `message`, as one has
 * whose commit was refused.
 */
export class Tx {
  /** The tables; their handles work until the transaction ends. */
  db: Db;

  constructor(
    /** 0, or the code of the refusal. */
    public code: i32,
    /** The refusal's message for people. */
    public message: string,
    private scope: Scope,
  ) {
    this.db = new Db(scope);
  }

  /** The refusal's category. */
  get category(): string {
    return categoryOf(this.code);
  }

  /** When the transaction began, in milliseconds since the Unix epoch; never before the call's own `timestamp`. */
  get timestamp(): f64 {
    this.scope.check();
    const time = imports.tx_timestamp();
    if (time < 0) failCall(<i32>time, takeMessage());
    return time;
  }

  /** The transaction itself; ends the call with the refusal where there is none. */
  accept(): Tx {
    if (this.code < 0) failCall(this.code, this.message);
    return this;
  }

  /** Commits; what is refused, `conflict` for example, ends the call. `tryCommit` gives it instead. */
  commit(): void {
    if (!this.tryCommit()) failCall(this.code, this.message);
  }

  /** Commits. False where that is refused: the transaction has ended then too, and `code` and `message` say why. */
  tryCommit(): bool {
    this.scope.check();
    this.scope.isOpen = false;
    const code = imports.tx_commit();
    if (code < 0) {
      this.code = code;
      this.message = takeMessage();
    }
    return code >= 0;
  }

  /** Undoes what the transaction did and ends it; what is refused ends the call. */
  abort(): void {
    this.scope.check();
    this.scope.isOpen = false;
    accept(imports.tx_abort());
  }

  /**
   * Marks a place in the transaction. It does nothing, save where the host was told to stop this call at its points;
   * what is refused ends the call.
   */
  point(name: string): void {
    this.scope.check();
    const text = utf8(name);
    accept(imports.tx_point(at(text), text.byteLength));
  }
}

/** Fetches. */
export class Http {
  /** Fetches a URL with `GET` and gives what came of it, which may be a refusal. The call yields here. */
  fetch(url: string): Response {
    return new Request(url).send();
  }
}

/** What a procedure works with. */
export class ProcedureCtx extends Ctx {
  http: Http = new Http();
  private scope: Scope | null = null;

  /** Begins a transaction. A refusal ends the call; `tryBegin` gives it instead. */
  begin(): Tx {
    return this.tryBegin().accept();
  }

  /** Begins a transaction, or gives the refusal to. */
  tryBegin(): Tx {
    const code = imports.tx_begin();
    const scope = new Scope();
    if (code == 0) {
      this.scope = scope;
      return new Tx(0, "", scope);
    }
    scope.isOpen = false;
    return new Tx(code, takeMessage(), scope);
  }

  /**
   * Submits a reducer of this module in the name of the call's sender, and goes on without waiting for it: what becomes
   * of it shows in the tables and in the log. What is refused ends the call; `tryCallReducer` gives it instead.
   */
  callReducer(name: string, args: JsonObject): void {
    accept(this.tryCallReducer(name, args));
  }

  /** Submits a reducer, or gives the code with which the host refuses to. */
  tryCallReducer(name: string, args: JsonObject): i32 {
    const nameText = utf8(name);
    const text = utf8(args.toText("the arguments of " + name));
    return imports.call_reducer(at(nameText), nameText.byteLength, at(text), text.byteLength);
  }

  /** Closes what the module may have kept of a transaction that it left open: the SDK calls this at the end of the call. */
  close(): void {
    const scope = this.scope;
    if (scope !== null) scope.isOpen = false;
  }

  /** Runs a function in a transaction, commits it and gives its value. There are no closures: `arg` is what it needs. */
  withTx<A, R>(arg: A, body: (tx: Tx, arg: A) => R): R {
    const tx = this.begin();
    const value = body(tx, arg);
    tx.commit();
    return value;
  }

  /** Waits until a time (ms since the epoch). The call yields here; what is refused ends it. */
  sleepUntil(time: f64): void {
    accept(imports.sleep_until(time));
  }
}
