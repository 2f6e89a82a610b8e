/** What a module says of itself: the guest ABI's `describe`, which `module/load` hands on as `interface`. */
import { z } from "zod";
import { distinct } from "./distinct.ts";

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/);

/** One parameter of a reducer or procedure. */
export const parameterSchema = z.strictObject({
  name,
  type: z.enum(["string", "number", "boolean", "string[]", "json"]),
});

const params = distinct(parameterSchema, "params", (parameter) => parameter.name);

/** A reducer, or a procedure with the way it runs. */
export const functionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ name, kind: z.literal("reducer"), params }),
  z.strictObject({ name, kind: z.literal("procedure"), mode: z.enum(["async", "sync", "suspended"]), params }),
]);

/** A module's description. */
export const descriptionSchema = z.strictObject({
  abi: z.literal(1),
  name,
  tables: distinct(name, "tables"),
  hooks: distinct(z.enum(["init", "connected", "disconnected"]), "hooks"),
  functions: distinct(functionSchema, "functions", (entry) => entry.name),
});

/** A module's description. */
export type ModuleDescription = z.infer<typeof descriptionSchema>;
/** A reducer, or a procedure with the way it runs. */
export type FunctionDescription = z.infer<typeof functionSchema>;
