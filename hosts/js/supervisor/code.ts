/** What a module runs: a program and what it says of itself. An update puts another in its place. */
import { checkArguments } from "../guest/arguments.ts";
import type { Json } from "../guest/canonical.ts";
import type { Failure } from "../guest/codes.ts";
import type { Description } from "../guest/description.ts";
import { moduleRefused } from "../protocol/errors.ts";
import type { Kind, WorkerStart } from "../worker/messages.ts";

/** A program and its description. */
export class Code {
  readonly program: WorkerStart["program"];
  readonly description: Description;
  /** The module's tables, each at its index in the store, which no update changes. */
  readonly tables: readonly string[];

  /** `before` is the code in whose place this one comes. Throws the refusal of code that leaves out one of its tables. */
  constructor(program: WorkerStart["program"], description: Description, before: Code | null) {
    this.program = program;
    this.description = description;
    const old = before?.tables ?? [];
    const missing = old.find((table) => !description.tables.includes(table));
    if (missing !== undefined) {
      const message = `the new code does not declare the table ${missing}, which the module has: an update keeps every table`;
      throw moduleRefused("interface", message);
    }
    this.tables = [...old, ...description.tables.filter((table) => !old.includes(table))];
  }

  /** Whether it has the hook that runs as that function. */
  hasHook(called: string): boolean {
    return this.description.hooks.some((hook) => called === `$${hook}`);
  }

  /** What a call of that function is, with its arguments' canonical JSON; or why there can be none. */
  check(called: string, args: { readonly [name: string]: Json }): { kind: Kind; args: string } | Failure {
    const found = this.description.functions.find(({ name }) => name === called);
    if (found === undefined) {
      const message = `the module ${this.description.name} has no function ${JSON.stringify(called)}`;
      return { category: "unknown-function", message };
    }
    try {
      return { kind: found.kind === "reducer" ? "reducer" : found.mode, args: checkArguments(args, found) };
    } catch (error) {
      return { category: "bad-arguments", message: (error as Error).message };
    }
  }
}
