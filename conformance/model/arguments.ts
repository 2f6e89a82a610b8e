/** Whether a call's arguments fit the parameters that its function declares; a host checks that before any guest code runs. */

/** What a parameter takes, as a module's description names it. */
export type ParamType = "string" | "number" | "boolean" | "string[]" | "json";

/** The parameters of a function, by name. */
export type Params = Readonly<Record<string, ParamType>>;

const fits: Readonly<Record<ParamType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  "string[]": (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  json: () => true,
};

/** The parameters that are missing, superfluous or ill-typed. */
export function misfits(params: Params, args: Readonly<Record<string, unknown>>): string[] {
  const wrong = Object.entries(params).filter(([name, type]) => !Object.hasOwn(args, name) || !fits[type](args[name]));
  const extra = Object.keys(args).filter((name) => !Object.hasOwn(params, name));
  return [...wrong.map(([name]) => name), ...extra];
}
