/**
 * The realm of a JavaScript guest: a global scope of its own, in the thread of its Worker. The host's scope stays as its runtime
 * needs it (a Worker's messages stand on globals in Deno, and Bun's `Bun` cannot be removed), and what a guest does to
 * its `Array.prototype` is no matter of the host's.
 */
import { constants, createContext, runInContext, SourceTextModule } from "node:vm";
import { syntaxErrorLine } from "../engine.ts";
import { type Intrinsics, prepareRealm, type RealmValues } from "./ambient.ts";
import { TsHost } from "./ts-host.ts";

/** The name of a guest's module, in stack traces too. */
const identifier = "evenlane:guest";

/** The line of a guest's syntax error, where the engine tells it, and its message. */
export class GuestSyntaxError extends Error {
  readonly line: number | null;

  constructor(error: Error, line: number | null) {
    super(error.message);
    this.line = line;
  }
}

/** A realm that a guest shares with nothing but its own instances. */
export class Realm {
  readonly intrinsics: Intrinsics;
  readonly #context = createContext(constants.DONT_CONTEXTIFY);

  constructor({ now, random }: Pick<RealmValues, "now" | "random">) {
    const prepare = runInContext(`(${prepareRealm})`, this.#context) as typeof prepareRealm;
    const names = Object.getOwnPropertyNames(TsHost.prototype).filter((name) => name !== "constructor");
    const methods = Object.fromEntries(names.map((name) => [name, TsHost.prototype[name as "message"]]));
    this.intrinsics = prepare({ now, random, methods, foreignError: Error.prototype, foreignBytes: Uint8Array });
  }

  /**
   * Evaluates a module and gives its default export, in an object of the host's: a promise would ask the guest's own for a `then`.
   * Rejects with what the engine throws, also where the module imports something.
   */
  async evaluate(source: string): Promise<{ readonly exported: unknown }> {
    const refusal = (specifier: string) =>
      `it imports ${JSON.stringify(specifier)}: a guest is one module without imports; bundle what it needs`;
    let module: SourceTextModule;
    try {
      module = new SourceTextModule(source, {
        identifier,
        context: this.#context,
        importModuleDynamically: (specifier) => {
          throw new this.intrinsics.TypeError(refusal(specifier));
        },
      });
    } catch (error) {
      throw new GuestSyntaxError(error as Error, await syntaxErrorLine(error as Error, identifier, source));
    }
    await module.link((specifier) => {
      throw new TypeError(refusal(specifier));
    });
    await module.evaluate();
    return { exported: (module.namespace as { readonly default?: unknown }).default };
  }
}
