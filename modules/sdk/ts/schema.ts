import type { Module } from "./abi.ts";
import {
  type AsyncProcedureCtx,
  type NotThenable,
  openAsync,
  openReducer,
  openSync,
  type ReducerCtx,
  type SyncProcedureCtx,
} from "./context.ts";
import { type Entries, type Entry, runModule } from "./module.ts";
import type { Args, Params } from "./params.ts";
import type { FunctionRef, ReducerRef } from "./refs.ts";
import type { Tables } from "./tables.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

type AnyBody = (ctx: never, args: never) => unknown;

/** Collects a module's reducers, procedures and hooks. */
export class Schema<S extends Tables> {
  readonly #name: string;
  readonly #tables: readonly string[];
  readonly #entries: Entries = new Map();

  constructor(name: string, tables: S) {
    this.#name = name;
    this.#tables = Object.keys(tables);
    for (const each of [name, ...this.#tables]) checkName(each);
  }

  /**
   * Adds a reducer: a synchronous function that is one transaction, all or nothing. Its caller gets what it gives. What
   * this gives may stand for the name where a procedure calls it or a transaction schedules it.
   */
  reducer<const P extends Params, R>(
    name: string,
    params: P,
    body: (ctx: ReducerCtx<S>, args: Args<P>) => NotThenable<R>,
  ): ReducerRef<P> {
    this.#addFunction(name, params, "reducer", body);
    return { name, kind: "reducer" };
  }

  /**
   * Adds a procedure. An async function gets an AsyncProcedureCtx, whose host calls give promises; any other function
   * a SyncProcedureCtx, whose host calls block. The context that is not annotated is an AsyncProcedureCtx for the
   * compiler, which cannot tell the two apart by `async`: a synchronous procedure annotates its own.
   */
  procedure<const P extends Params, R>(
    name: string,
    params: P,
    body: (ctx: AsyncProcedureCtx<S>, args: Args<P>) => Promise<R>,
  ): FunctionRef<P>;
  procedure<const P extends Params, R>(
    name: string,
    params: P,
    body: (ctx: SyncProcedureCtx<S>, args: Args<P>) => NotThenable<R>,
  ): FunctionRef<P>;
  procedure(name: string, params: Params, body: AnyBody): FunctionRef {
    this.#addFunction(name, params, "procedure", body);
    return { name };
  }

  /** Sets the hook that runs once, before all else. */
  init<R>(body: (ctx: ReducerCtx<S>) => NotThenable<R>): void {
    this.#addHook("init", body);
  }

  /** Sets the hook that runs when a connection opens. */
  clientConnected<R>(body: (ctx: ReducerCtx<S>) => NotThenable<R>): void {
    this.#addHook("connected", body);
  }

  /** Sets the hook that runs when a connection has closed. */
  clientDisconnected<R>(body: (ctx: ReducerCtx<S>) => NotThenable<R>): void {
    this.#addHook("disconnected", body);
  }

  /** The module: what its file exports by default. */
  module(): Module {
    return runModule(this.#name, this.#tables, this.#entries);
  }

  #addFunction(name: string, params: Params, kind: "reducer" | "procedure", body: AnyBody): void {
    checkName(name);
    for (const param of Object.keys(params)) checkName(param);
    const mode = modeOf(`the ${kind} ${name}`, body);
    if (mode === "async" && kind === "reducer") {
      throw new TypeError(`the reducer ${name} is async: a reducer never yields`);
    }
    this.#add(name, { kind, params, mode, run: this.#runner(kind, mode, body) });
  }

  #addHook(hook: string, body: AnyBody): void {
    const mode = modeOf(`the hook ${hook}`, body);
    if (mode === "async") throw new TypeError(`the hook ${hook} is async: a hook never yields`);
    this.#add(`$${hook}`, { kind: "hook", params: {}, mode, run: this.#runner("hook", mode, body) });
  }

  #add(name: string, entry: Entry): void {
    if (this.#entries.has(name)) throw new TypeError(`${name} is registered twice in the module ${this.#name}`);
    this.#entries.set(name, entry);
  }

  #runner(kind: Entry["kind"], mode: Entry["mode"], body: AnyBody): Entry["run"] {
    const tables = this.#tables;
    const run = body as (ctx: unknown, args: unknown) => unknown;
    if (kind !== "procedure") {
      return (host, args) => {
        const [ctx, scope] = openReducer<S>(host, tables);
        try {
          return run(ctx, args);
        } finally {
          scope.close();
        }
      };
    }
    return mode === "async"
      ? (host, args) => run(openAsync<S>(host, tables), args)
      : (host, args) => run(openSync<S>(host, tables), args);
  }
}

/** Begins a module: its name and its tables. Its functions are added to what this gives. */
export function schema<const S extends Tables>(name: string, tables: S): Schema<S> {
  return new Schema(name, tables);
}

function checkName(name: string): void {
  if (!NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name: a name matches ${NAME.source}`);
}

/** `async` for a native async function, however it was written; `sync` for any other function but a generator. */
function modeOf(what: string, body: unknown): "async" | "sync" {
  if (typeof body !== "function") throw new TypeError(`${what} is registered without a function`);
  switch (body.constructor.name) {
    case "AsyncFunction":
      return "async";
    case "GeneratorFunction":
      throw new TypeError(`${what} is a generator function: write it as a function or an async function`);
    case "AsyncGeneratorFunction":
      throw new TypeError(`${what} is an async generator function: write it as a function or an async function`);
    default:
      return "sync";
  }
}
