import { ABORTED, type Host } from "./abi.ts";
import { refuseAsync } from "./body.ts";
import { accept, refusal } from "./errors.ts";
import { issuer } from "./fetches.ts";
import type { RequestInit, RequestTarget, Response } from "./http.ts";
import { toJson } from "./json.ts";
import { sfc32 } from "./random.ts";
import { type ArgsFor, nameOf, type ReducerRef } from "./refs.ts";
import { openSchedules, type Schedule, type ScheduleEvery } from "./schedules.ts";
import { openSequence, type Sequence } from "./sequence.ts";
import { type Db, openTables, Scope, type Tables } from "./tables.ts";

/** Anything with a callable `then`: what a transaction's body and a synchronous function must not give. */
export type Thenable = { readonly then: (...args: never[]) => unknown };

/** `T`, or `never` where it is, or may be, a thenable: the compiler then refuses the function that gives it. */
export type NotThenable<T> = T extends Thenable ? never : T;

/** Writes to the module's log. */
export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** What every context has. */
export interface Ctx {
  /** When the call's first turn began, in milliseconds since the Unix epoch; the same for the whole call. */
  readonly timestamp: number;
  /** Who made the call; the module's own identity for its hooks and for scheduled calls. */
  readonly sender: string;
  /** The connection that the call came by; null for the module's own. */
  readonly connection: string | null;
  readonly log: Log;
  /** The next number of the call's own sequence, from 0 to below 1. */
  random(): number;
  /** A new UUID of version 7, in lower case. A module's sort in the order in which they were made. */
  uuid(): string;
}

/** What a transaction can do, be it a reducer's or a procedure's. */
export interface InTransaction<S extends Tables = Tables> {
  readonly db: Db<S>;
  readonly schedule: Schedule;
  readonly scheduleEvery: ScheduleEvery;
  /**
   * The next number of a sequence, from 1, kept as a row of the table `sequences`, which the module declares as
   * `table<number>()`. A transaction that is undone takes no number.
   */
  readonly sequence: Sequence;
}

/** What a reducer or hook works with. The whole of it is one transaction. */
export interface ReducerCtx<S extends Tables = Tables> extends Ctx, InTransaction<S> {}

/** A transaction of a procedure; its handles work until the body has returned. */
export interface Tx<S extends Tables = Tables> extends InTransaction<S> {
  /** When the transaction began, in milliseconds since the Unix epoch; never before the call's own `timestamp`. */
  readonly timestamp: number;
  /**
   * Marks a place in the transaction. It does nothing, save where the host was told to stop this call at its points,
   * which it does on the blocking path alone. Throws `cancelled` where the call was ended while it stood there.
   */
  point(name: string): void;
}

/** What the contexts of procedures have in common. */
export interface ProcedureCtx<S extends Tables = Tables> extends Ctx {
  /**
   * Runs a synchronous body in a transaction, commits it and gives the body's value. Where the body throws, the
   * transaction is undone and the error goes on unchanged. Throws `transaction-open` where one is open already,
   * `thenable-body`, before it runs, where the body is an async function, and with the transaction undone where it gave a
   * promise or another thenable, and `conflict`, with the transaction undone, where its commit conflicted with another.
   */
  withTx<T>(body: (tx: Tx<S>) => NotThenable<T>): T;
  /**
   * Submits a reducer of this module in the name of the call's sender, and goes on without waiting for it: what becomes
   * of it shows in the tables and in the log. Throws `transaction-open` inside a transaction, and `bad-value` for what is
   * no reducer or for arguments that do not fit.
   */
  callReducer<T extends string | ReducerRef>(target: T, args: ArgsFor<T>): void;
}

/** What an async procedure works with: it yields where it awaits. */
export interface AsyncProcedureCtx<S extends Tables = Tables> extends ProcedureCtx<S> {
  readonly http: {
    /**
     * Fulfilled with the complete response, rejected with an EvenlaneError, or with the reason of its signal. Throws at
     * once inside a transaction.
     */
    fetch(target: RequestTarget, init?: RequestInit): Promise<Response>;
  };
  /** Fulfilled at or after a time (ms since the epoch). Throws at once inside a transaction. */
  sleepUntil(at: number): Promise<void>;
}

/** What a synchronous procedure works with: host calls block and give their values. */
export interface SyncProcedureCtx<S extends Tables = Tables> extends ProcedureCtx<S> {
  readonly http: {
    /** The complete response. Throws an EvenlaneError where there is none, and inside a transaction. */
    fetch(target: RequestTarget, init?: RequestInit): Response;
  };
  /** Returns at or after a time (ms since the epoch). Throws inside a transaction. */
  sleepUntil(at: number): void;
}

function openCtx(host: Host): Ctx {
  const { timestamp, sender, connection, seed } = JSON.parse(accept(host, host.context()) as string);
  const log: Log = {
    debug: (text) => host.log(0, text),
    info: (text) => host.log(1, text),
    warn: (text) => host.log(2, text),
    error: (text) => host.log(3, text),
  };
  const uuid = () => accept(host, host.uuid()) as string;
  return { timestamp, sender, connection, log, random: sfc32(seed), uuid };
}

function openTransaction<S extends Tables>(tables: readonly string[], scope: Scope): InTransaction<S> {
  return { db: openTables<S>(tables, scope), ...openSchedules(scope), sequence: openSequence(scope) };
}

function openTx<S extends Tables>(tables: readonly string[], scope: Scope): Tx<S> {
  const own = {
    // Asked of the host where it is used, and only there: it costs a host call.
    get timestamp() {
      const host = scope.host();
      return accept(host, host.txTimestamp());
    },
    point: pointIn(scope),
  };
  // Not spread beside a getter: compiled for an older ECMAScript, that would read it at once.
  return Object.assign(own, openTransaction<S>(tables, scope));
}

function pointIn(scope: Scope): Tx["point"] {
  return (name) => {
    const host = scope.host();
    accept(host, host.txPoint(name));
  };
}

/** The context of a reducer or hook, and the scope to close when it has returned. */
export function openReducer<S extends Tables>(host: Host, tables: readonly string[]): [ReducerCtx<S>, Scope] {
  const scope = new Scope(host);
  return [{ ...openCtx(host), ...openTransaction<S>(tables, scope) }, scope];
}

function openProcedure<S extends Tables>(host: Host, tables: readonly string[]): ProcedureCtx<S> {
  return {
    ...openCtx(host),
    withTx<T>(body: (tx: Tx<S>) => NotThenable<T>): T {
      refuseAsync(body);
      accept(host, host.txBegin());
      const scope = new Scope(host);
      let value: T;
      try {
        value = body(openTx(tables, scope));
      } catch (error) {
        scope.close();
        host.txAbort();
        throw error;
      }
      scope.close();
      accept(host, host.txCommit(value));
      return value;
    },
    callReducer(target, args) {
      const name = nameOf(target);
      accept(host, host.callReducer(name, toJson(args, `the arguments of ${name}`)));
    },
  };
}

/** The context of an async procedure. */
export function openAsync<S extends Tables>(host: Host, tables: readonly string[]): AsyncProcedureCtx<S> {
  const issue = issuer(host);
  return {
    ...openProcedure<S>(host, tables),
    http: {
      // Not async functions: a refusal before the request is issued is thrown here and now.
      fetch(target, init) {
        const { answer, take } = issue(target, init);
        if (typeof answer !== "number") return answer.then(take);
        // As the DOM has it, a signal that is aborted already is no mistake of this call, but an end like any other.
        return answer === ABORTED ? Promise.try(take, answer) : Promise.resolve(take(answer));
      },
    },
    sleepUntil(at) {
      const pending = host.sleepUntil(at);
      if (typeof pending === "number") throw refusal(host, pending);
      return pending.then((code) => {
        accept(host, code);
      });
    },
  };
}

/** The context of a synchronous procedure. */
export function openSync<S extends Tables>(host: Host, tables: readonly string[]): SyncProcedureCtx<S> {
  const issue = issuer(host);
  return {
    ...openProcedure<S>(host, tables),
    http: {
      fetch(target, init) {
        const { answer, take } = issue(target, init);
        return take(answer as number);
      },
    },
    sleepUntil(at) {
      accept(host, host.sleepUntil(at) as number);
    },
  };
}
