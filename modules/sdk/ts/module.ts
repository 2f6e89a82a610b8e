import type { Host, Module } from "./abi.ts";
import { EvenlaneError } from "./errors.ts";
import { toJson } from "./json.ts";
import type { Params } from "./params.ts";

/** A registered function or hook. */
export interface Entry {
  readonly kind: "reducer" | "procedure" | "hook";
  readonly params: Params;
  readonly mode: "async" | "sync";
  /** Runs the body with the context of its kind and gives what it gave. */
  readonly run: (host: Host, args: unknown) => unknown;
}

/** Functions by name, hooks by their name with a leading `$`. */
export type Entries = Map<string, Entry>;

/** Binds what was registered to the ABI. */
export function runModule(name: string, tables: readonly string[], entries: Entries): Module {
  return {
    abi: 1,
    describe: () => describe(name, tables, entries),
    call(host, called, args) {
      const entry = entries.get(called);
      if (entry === undefined) throw new TypeError(`the module ${name} has no function ${called}`);
      try {
        const value = entry.run(host, JSON.parse(args));
        if (entry.mode === "async") {
          return (value as Promise<unknown>).then(
            (result) => settle(host, () => toResult(entry, called, result)),
            (error) => fail(host, error),
          );
        }
        // The host refuses it by what it is; a promise's text would hide that.
        return isThenable(value) ? (value as Promise<string>) : toResult(entry, called, value);
      } catch (error) {
        return fail(host, error);
      }
    },
  };
}

function describe(name: string, tables: readonly string[], entries: Entries): string {
  const hooks: string[] = [];
  const functions: unknown[] = [];
  for (const [entry, { kind, params, mode }] of entries) {
    if (kind === "hook") {
      hooks.push(entry.slice(1));
      continue;
    }
    functions.push({
      name: entry,
      kind,
      ...(kind === "procedure" && { mode }),
      params: Object.entries(params).map(([param, { type }]) => ({ name: param, type })),
    });
  }
  return JSON.stringify({ abi: 1, name, tables, hooks, functions });
}

/** A hook has no result, whatever its body gave. */
function toResult(entry: Entry, name: string, value: unknown): string {
  return entry.kind === "hook" ? "null" : toJson(value, `the result of ${name}`);
}

function settle(host: Host, text: () => string): string {
  try {
    return text();
  } catch (error) {
    return fail(host, error);
  }
}

/** Tells the host the category of an error that has one, and lets it go on. */
function fail(host: Host, error: unknown): never {
  if (error instanceof EvenlaneError) host.fail(error.code, error.message);
  throw error;
}

function isThenable(value: unknown): boolean {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
