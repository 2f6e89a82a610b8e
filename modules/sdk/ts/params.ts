/** A parameter's type as the ABI names it. */
export type ParamType = "string" | "number" | "boolean" | "string[]" | "json";

declare const value: unique symbol;

/** The type of one parameter; `T` is what a body is given for it. */
export interface Param<T> {
  /** The type's name in the description. */
  readonly type: ParamType;
  /** Never there: carries `T` for the compiler. */
  readonly [value]?: T;
}

/** The parameters of a function, by name. */
export type Params = Readonly<Record<string, Param<unknown>>>;

/** What a body is given for its parameters. */
export type Args<P extends Params> = { readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never };

/** The types that a parameter can have. */
export const t = {
  string: (): Param<string> => ({ type: "string" }),
  number: (): Param<number> => ({ type: "number" }),
  boolean: (): Param<boolean> => ({ type: "boolean" }),
  /** An array of strings: the only arrays that the ABI has as a type of their own. */
  array: (element: Param<string>): Param<readonly string[]> => {
    if (element.type !== "string") throw new TypeError(`an array's elements are t.string(), not ${element.type}`);
    return { type: "string[]" };
  },
  /** Any JSON value. `T` is the author's claim: nothing checks it. */
  json: <T>(): Param<T> => ({ type: "json" }),
};
