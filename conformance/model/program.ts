import type { GuestLanguage } from "../protocol/schemas.ts";
import type { Params } from "./arguments.ts";
import type { Context } from "./context.ts";
import type { Request } from "./egress.ts";
import { Stopped, Thrown } from "./failure.ts";
import type { Transaction } from "./tables.ts";
import type { Task } from "./task.ts";

/** A response. */
interface Response {
  readonly ok: true;
  readonly status: number;
  readonly body: string;
  /** Length of the body, where it is known. */
  readonly bytes?: number;
}

/** A fetch without a response. */
interface NoResponse {
  readonly ok: false;
  readonly category: string;
}

/** What comes of a request over the network. */
export type Reply = (Response & { readonly location?: string }) | NoResponse;

/** What a fetch came to, as its guest sees it; `url` is the one that answered. */
export type Fetched = (Response & { readonly url: string }) | NoResponse;

/** What a fetch came to that its guest has aborted. */
export const aborted = { ok: false, category: "aborted" } as const satisfies Fetched;

/** A place in a transaction at which a call may be stopped. */
export interface Point {
  readonly point: string;
}

/** A transaction's body: a function, or a generator where it has points. */
export type Body<T> = (tx: Transaction) => T | Generator<Point, T, void>;

/** What a procedure asks of its host. */
export type Effect =
  | { readonly do: "fetch"; readonly request: Request; readonly signal?: Signal }
  | { readonly do: "abort"; readonly signal: Signal }
  | { readonly do: "sleep"; readonly at: number }
  | { readonly do: "tx"; readonly body: Body<unknown> }
  | { readonly do: "look"; readonly at: (context: Context) => unknown }
  | { readonly do: "submit"; readonly function: string; readonly args: Readonly<Record<string, unknown>> }
  | { readonly do: "all"; readonly parts: readonly Steps<unknown>[] }
  | { readonly do: "begin"; readonly part: Steps<unknown> }
  | { readonly do: "wait"; readonly task: Task };

/** An effect of that kind. */
export type EffectOf<Kind extends Effect["do"]> = Effect & { readonly do: Kind };

/** By what a guest aborts the fetches that it has given it to. */
export class Signal {
  /** Whether the guest has aborted. */
  aborted = false;
}

/** A procedure, or a part of one, step by step: it yields what it asks for and is given the answer. */
// biome-ignore lint/suspicious/noExplicitAny: each kind of effect has its own kind of answer; the functions below pair them.
export type Steps<T> = Generator<Effect, T, any>;

/** Fetches from a URL, or by a request; ends as `aborted` once the signal is. */
export function* fetch(target: string | Request, signal?: Signal): Steps<Fetched> {
  const request = typeof target === "string" ? { url: target } : target;
  return yield { do: "fetch", request, ...(signal !== undefined && { signal }) };
}

/** Aborts the fetches of this signal. */
export function* abort(signal: Signal): Steps<void> {
  yield { do: "abort", signal };
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

/** Begins a part that runs beside what follows; what is still waited for when the procedure ends is dropped. */
export function* begin(part: Steps<unknown>): Steps<Task> {
  return yield { do: "begin", part };
}

/** Waits for the end of a part that was begun: gives its value, or throws what it threw. */
export function* wait(task: Task): Steps<unknown> {
  return yield { do: "wait", task };
}

/** What a guest comes to that needs more memory than its instance may have: an engine ends JavaScript, a wasm guest is refused the growth and traps. */
export function exhausted(guest: GuestLanguage): Error {
  return guest === "ts" ? new Stopped("memory") : new Thrown("out of memory", false);
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
  /** Bytes of memory that its instance may have, where the operator says so. */
  readonly memoryBytes: number | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments are checked by the host against the interface; each program names its own.
type Args = any;

/** A function of a module; without `params` it is only called with arguments that fit. */
export type Program = { readonly params?: Params } & (
  | { readonly kind: "reducer"; readonly run: (tx: Transaction, args: Args, context: Context) => unknown }
  | {
      readonly kind: "procedure";
      /** Whether a JavaScript guest has it as a plain function, which runs on the blocking path. */
      readonly sync: boolean;
      readonly run: (args: Args, setting: Setting) => Steps<unknown>;
    }
);

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
