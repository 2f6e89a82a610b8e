/** What a module says of itself, and the rules that its description must keep. */
import { z } from "zod";

const nameRule = "a name matches [A-Za-z_][A-Za-z0-9_]{0,63}";

const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, { error: ({ input }) => `${shown(input)} is no name: ${nameRule}` });

const parameter = z.strictObject({ name, type: oneOf(["string", "number", "boolean", "string[]", "json"]) });
const params = z.array(parameter).superRefine((list, context) => {
  standOnce(
    list.map((entry) => entry.name),
    context,
  );
});

const description = z.strictObject({
  abi: z.literal(1, "`abi` must be 1, the version that this host implements"),
  name,
  tables: z.array(name).superRefine(standOnce),
  hooks: z.array(oneOf(["init", "connected", "disconnected"])).superRefine(standOnce),
  functions: z
    .array(
      z.discriminatedUnion("kind", [
        z.strictObject({ name, kind: z.literal("reducer"), params }),
        z.strictObject({ name, kind: z.literal("procedure"), mode: z.enum(["async", "sync", "suspended"]), params }),
      ]),
    )
    .superRefine((list, context) => {
      standOnce(
        list.map((entry) => entry.name),
        context,
      );
    }),
});

/** A module's description. */
export type Description = z.infer<typeof description>;
/** A reducer, or a procedure with the way it runs. */
export type FunctionDescription = Description["functions"][number];
/** A guest language: `ts` a JavaScript module, `as` a wasm module. */
export type Guest = "ts" | "as";

/** Reads a description. Throws an `Error` that states the broken rule and where. */
export function readDescription(text: string, guest: Guest): Description {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("the description is not JSON");
  }
  const read = description.safeParse(value);
  if (!read.success) throw new Error(`the description breaks a rule: ${issues(read.error)}`);
  for (const entry of read.data.functions) {
    if (entry.kind !== "procedure" || (entry.mode === "suspended") === (guest === "as")) continue;
    const expected = guest === "as" ? '"suspended"' : '"async" or "sync"';
    throw new Error(`procedure ${entry.name}: mode "${entry.mode}" is not one of this guest; give ${expected}`);
  }
  return read.data;
}

/** The issues of a zod error in one line, each with its place. */
export function issues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "the whole"}: ${issue.message}`).join("; ");
}

/** One of these words; the refusal of another holds that one. */
function oneOf<const T extends readonly string[]>(words: T) {
  return z.enum(words, { error: ({ input }) => `${shown(input)} is none of ${words.join(", ")}` });
}

/** A value of a description as a message holds it. */
function shown(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}

function standOnce(list: readonly string[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const entry of list) {
    if (seen.has(entry)) context.addIssue({ code: "custom", message: `"${entry}" stands twice; a name stands once` });
    seen.add(entry);
  }
}
