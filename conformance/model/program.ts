import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Context } from "./context.ts";
import type { Transaction } from "./tables.ts";

/** What a fetch came to. */
export type Fetched =
  | { readonly ok: true; readonly status: number; readonly body: string }
  | { readonly ok: false; readonly category: string };

/** A place in a transaction at which a call may be stopped. */
export interface Point {
  readonly point: string;
}

/** A transaction's body: a function, or a generator where it has points. */
export type Body<T> = (tx: Transaction) => T | Generator<Point, T, void>;

/** What a procedure asks of its host. */
export type Effect =
  | { readonly do: "fetch"; readonly url: string; readonly timeoutMs?: number }
  | { readonly do: "sleep"; readonly at: number }
  | { readonly do: "tx"; readonly body: Body<unknown> }
  | { readonly do: "look"; readonly at: (context: Context) => unknown }
  | { readonly do: "submit"; readonly function: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly do: "all"; readonly parts: readonly Steps<unknown>[] };

/** A procedure, or a part of one, step by step: it yields what it asks for and is given the answer. */
// biome-ignore lint/suspicious/noExplicitAny: each kind of effect has its own kind of answer; the functions below pair them.
export type Steps<T> = Generator<Effect, T, any>;

/** Fetches; the request may set its own time limit, in ms. */
export function* fetch(url: string, timeoutMs?: number): Steps<Fetched> {
  return yield { do: "fetch", url, ...(timeoutMs !== undefined && { timeoutMs }) };
}

/** Fetches and gives the body. @throws the refusal where there is no response */
export function* body(url: string): Steps<{ status: number; body: string }> {
  const fetched = yield* fetch(url);
  if (!fetched.ok) throw new FetchFailed(fetched.category);
  return { status: fetched.status, body: fetched.body };
}

/** Sleeps until a time (ms since the epoch). */
export function* sleepUntil(at: number): Steps<void> {
  yield { do: "sleep", at };
}

/** Runs a body in a transaction. What the body throws, or `conflict`, undoes it and is thrown here. */
export function* withTx<T>(body: Body<T>): Steps<T> {
  return yield { do: "tx", body };
}

/** Looks at the context when its turn has come: what runs ahead of that cannot know what it will be. */
export function* look<T>(at: (context: Context) => T): Steps<T> {
  return yield { do: "look", at };
}

/** Submits a reducer of the module, and does not wait for it. */
export function* callReducer(called: string, args: Readonly<Record<string, unknown>>): Steps<void> {
  yield { do: "submit", function: called, args };
}

/** Runs parts side by side; gives their values in order. */
export function* all<T>(parts: readonly Steps<T>[]): Steps<T[]> {
  return yield { do: "all", parts };
}

/** A refusal of a fetch that the guest did not handle. */
export class FetchFailed extends Error {
  override name = "FetchFailed";
  readonly category: string;

  constructor(category: string) {
    super(`the fetch ended as ${category}`);
    this.category = category;
  }
}

/** State of one instance of a module, for the modules that show it. */
export interface Instance {
  visits: number;
}

/** What a procedure of the model is given besides its arguments. */
export interface Setting {
  readonly guest: GuestLanguage;
  /** Undefined where the contract does not say which instance runs the call. */
  readonly instance: Instance | undefined;
  /** For the bodies of transactions, which run when their turn has come. Elsewhere it is looked at by `look`. */
  readonly context: Context;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments are checked by the host against the interface; each program names its own.
type Args = any;

/** A function of a module. */
export type Program =
  | { readonly kind: "reducer"; readonly run: (tx: Transaction, args: Args, context: Context) => unknown }
  | {
      readonly kind: "procedure";
      /** Whether a JavaScript guest has it as a plain function, which runs on the blocking path. */
      readonly sync: boolean;
      readonly run: (args: Args, setting: Setting) => Steps<unknown>;
    };

/** A module: its hooks and functions. */
export interface ModelModule {
  readonly functions: ReadonlyMap<string, Program>;
  /** `init`, `connected`, `disconnected`. */
  readonly hooks: ReadonlyMap<string, (tx: Transaction, connection: string) => void>;
}

/** A reducer. */
export const reducer = (run: (tx: Transaction, args: Args, context: Context) => unknown): Program => ({
  kind: "reducer",
  run,
});
/** A procedure that awaits, or that the host suspends. */
export const procedure = (run: (args: Args, setting: Setting) => Steps<unknown>): Program => ({
  kind: "procedure",
  sync: false,
  run,
});
/** A procedure that a JavaScript guest has as a plain function. */
export const syncProcedure = (run: (args: Args, setting: Setting) => Steps<unknown>): Program => ({
  kind: "procedure",
  sync: true,
  run,
});
