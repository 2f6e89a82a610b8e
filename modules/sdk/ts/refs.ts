import type { Args, Params } from "./params.ts";

declare const params: unique symbol;

/** A function of a module, as its registration gives it: what may be scheduled. */
export interface FunctionRef<P extends Params = Params> {
  readonly name: string;
  /** Never there: carries `P` for the compiler. */
  readonly [params]?: P;
}

/** A reducer of a module, as its registration gives it. */
export interface ReducerRef<P extends Params = Params> extends FunctionRef<P> {
  readonly kind: "reducer";
}

/** The arguments that a target takes: those of its parameters; whatever the author gives where it is a name only. */
export type ArgsFor<T extends string | FunctionRef> =
  T extends FunctionRef<infer P> ? Args<P> : Readonly<Record<string, unknown>>;

/** The name under which the host knows a target. */
export function nameOf(target: string | FunctionRef): string {
  return typeof target === "string" ? target : target.name;
}
