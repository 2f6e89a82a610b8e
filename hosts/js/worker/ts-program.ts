/** Loads a JavaScript guest from its source and runs its calls. */
import type { Intrinsics } from "./ambient.ts";
import { type GuestCall, messageOf } from "./guest-call.ts";
import { failed } from "./outcome.ts";
import { type Program, Refused, type Settled } from "./program.ts";
import { GuestSyntaxError, type Realm } from "./realm.ts";
import { isThenable, TsHost, type Waiter } from "./ts-host.ts";

/** What the guest's default export has. */
interface Exports {
  readonly describe: () => unknown;
  readonly call: (host: object, name: string, args: string) => unknown;
}

const { apply } = Reflect;

/** Evaluates the module in its realm. */
export async function loadTsProgram(source: string, realm: Realm, waiter: Waiter): Promise<Program> {
  const { intrinsics } = realm;
  let exported: unknown;
  try {
    ({ exported } = await realm.evaluate(source));
  } catch (error) {
    throw new Refused("compile", `the module could not be loaded: ${placeOf(error)}${messageOf(error)}`);
  }
  const exports = checkExports(exported);
  return {
    describe() {
      let text: unknown;
      try {
        text = exports.describe();
      } catch (error) {
        throw new Refused("describe", `\`describe\` threw: ${messageOf(error)}`);
      }
      if (typeof text !== "string") throw new Refused("describe", "`describe` gave no string; give JSON text");
      return text;
    },
    run(call, settle) {
      const host = intrinsics.hostFor(new TsHost(call, waiter));
      let value: unknown;
      try {
        value = exports.call(host, call.spec.function, call.spec.args);
      } catch (thrown) {
        settle({ thrown });
        return;
      }
      settleValue(call, value, intrinsics, settle);
    },
    discard() {},
    instances: () => 1,
  };
}

function settleValue(
  call: GuestCall,
  value: unknown,
  { Promise: GuestPromise, promiseThen }: Intrinsics,
  settle: (settled: Settled) => void,
): void {
  let thenable: boolean;
  try {
    thenable = isThenable(value);
  } catch (thrown) {
    settle({ thrown });
    return;
  }
  if (!thenable) {
    settle({ value });
    return;
  }
  if (call.spec.kind === "async") {
    const root = value instanceof GuestPromise ? value : GuestPromise.resolve(value);
    apply(promiseThen, root, [(result: unknown) => settle({ value: result }), (thrown: unknown) => settle({ thrown })]);
    return;
  }
  // What becomes of the promise is nobody's business any more, but a rejection is still the call's to report.
  const category = call.spec.kind === "sync" ? "promise-from-sync" : "async-reducer";
  const what = call.spec.kind === "sync" ? "the synchronous procedure" : "the reducer";
  settle({
    thrown: failed(
      category,
      `${what} ${call.spec.function} gave a promise or another thenable; only a native async procedure may`,
    ),
  });
}

function checkExports(exported: unknown): Exports {
  if (typeof exported !== "object" || exported === null) {
    throw new Refused("compile", "the module has no default export of the form { abi: 1, describe, call }");
  }
  const { abi, describe, call } = exported as Record<string, unknown>;
  if (abi !== 1) throw new Refused("compile", "`abi` of the default export must be the number 1");
  if (typeof describe !== "function")
    throw new Refused("compile", "`describe` of the default export must be a function");
  if (typeof call !== "function") throw new Refused("compile", "`call` of the default export must be a function");
  return {
    describe: () => apply(describe, exported, []),
    call: (host, name, args) => apply(call, exported, [host, name, args]),
  };
}

/** The line of a syntax error, where the engine gives it. */
function placeOf(error: unknown): string {
  return error instanceof GuestSyntaxError && error.line !== null ? `line ${error.line}: ` : "";
}
