import type { Host } from "./abi.ts";
import { refuseAsync } from "./body.ts";
import { accept, refusal } from "./errors.ts";
import { type RequestInit, type RequestTarget, type Response, takeResponse, toRequest } from "./http.ts";
import { toJson } from "./json.ts";
import { sfc32 } from "./random.ts";
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
}

/** Calls a function of this module once, at or after a time (ms since the epoch), if the transaction commits. */
export type Schedule = (name: string, args: Readonly<Record<string, unknown>>, at: number) => void;

/** What a reducer or hook works with. The whole of it is one transaction. */
export interface ReducerCtx<S extends Tables = Tables> extends Ctx {
  readonly db: Db<S>;
  readonly schedule: Schedule;
}

/** A transaction of a procedure; its handles work until the body has returned. */
export interface Tx<S extends Tables = Tables> {
  readonly db: Db<S>;
  /** The call's own. */
  readonly timestamp: number;
  readonly schedule: Schedule;
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
}

/** What an async procedure works with: it yields where it awaits. */
export interface AsyncProcedureCtx<S extends Tables = Tables> extends ProcedureCtx<S> {
  readonly http: {
    /** Fulfilled with the complete response, rejected with an EvenlaneError. Throws at once inside a transaction. */
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
  return { timestamp, sender, connection, log, random: sfc32(seed) };
}

function scheduleIn(scope: Scope): Schedule {
  return (name, args, at) => {
    const host = scope.host();
    accept(host, host.schedule(name, toJson(args, `the arguments of ${name}`), at));
  };
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
  return [{ ...openCtx(host), db: openTables<S>(tables, scope), schedule: scheduleIn(scope) }, scope];
}

function openProcedure<S extends Tables>(host: Host, tables: readonly string[]): ProcedureCtx<S> {
  const ctx = openCtx(host);
  return {
    ...ctx,
    withTx<T>(body: (tx: Tx<S>) => NotThenable<T>): T {
      refuseAsync(body);
      accept(host, host.txBegin());
      const scope = new Scope(host);
      let value: T;
      try {
        const { timestamp } = ctx;
        value = body({ db: openTables(tables, scope), timestamp, schedule: scheduleIn(scope), point: pointIn(scope) });
      } catch (error) {
        scope.close();
        host.txAbort();
        throw error;
      }
      scope.close();
      accept(host, host.txCommit(value));
      return value;
    },
  };
}

/** The context of an async procedure. */
export function openAsync<S extends Tables>(host: Host, tables: readonly string[]): AsyncProcedureCtx<S> {
  return {
    ...openProcedure<S>(host, tables),
    http: {
      // Not async functions: a refusal before the request is issued is thrown here and now.
      fetch(target, init) {
        const pending = host.fetch(...toRequest(target, init));
        if (typeof pending === "number") throw refusal(host, pending);
        return pending.then((handle) => takeResponse(host, handle));
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
  return {
    ...openProcedure<S>(host, tables),
    http: { fetch: (target, init) => takeResponse(host, host.fetch(...toRequest(target, init)) as number) },
    sleepUntil(at) {
      accept(host, host.sleepUntil(at) as number);
    },
  };
}
