/** Arguments of a call, checked against the description before any guest code runs. */

import { jsonBytes } from "../limits.ts";
import { canonicalOf, type Json, utf8Length } from "./canonical.ts";
import { Refusal } from "./codes.ts";
import type { FunctionDescription } from "./description.ts";

type Type = FunctionDescription["params"][number]["type"];

const fits: Record<Type, (value: Json) => boolean> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" && Number.isFinite(value),
  boolean: (value) => typeof value === "boolean",
  "string[]": (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  json: () => true,
};

/** The arguments' canonical JSON. Throws an `Error` that names the argument that is missing, superfluous or ill-typed. */
export function checkArguments(args: { [name: string]: Json }, target: FunctionDescription): string {
  for (const { name, type } of target.params) {
    if (!Object.hasOwn(args, name)) throw new Error(`argument "${name}" of ${target.name} is missing; give a ${type}`);
    if (!fits[type](args[name] as Json)) {
      throw new Error(`argument "${name}" of ${target.name} is not of the type ${type}`);
    }
  }
  for (const name of Object.keys(args)) {
    if (!target.params.some((parameter) => parameter.name === name)) {
      throw new Error(`argument "${name}" is superfluous: ${target.name} has no parameter of that name`);
    }
  }
  let text: string;
  try {
    text = canonicalOf(args, `the arguments of ${target.name}`);
  } catch (error) {
    if (error instanceof Refusal) throw new Error(error.message);
    throw error;
  }
  const bytes = utf8Length(text);
  if (bytes > jsonBytes) {
    throw new Error(`the arguments of ${target.name} are ${bytes} bytes long; the limit is ${jsonBytes}`);
  }
  return text;
}
