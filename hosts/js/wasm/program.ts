/** Loads a wasm guest, compiled by the supervisor, and runs its calls: an instance for each call in flight, from a pool. */
import { idleInstances } from "../limits.ts";
import { type GuestCall, messageOf } from "../worker/guest-call.ts";
import { type Program, Refused, type Settled } from "../worker/program.ts";
import { Instance, namespace, type Sort } from "./instance.ts";

const required: readonly (readonly [string, string])[] = [
  ["memory", "memory"],
  ["describe", "function"],
  ["call", "function"],
];

/** Checks the module's imports and exports and makes its first instance. */
export function loadWasmProgram(module: WebAssembly.Module): Program {
  for (const { module: space, name } of WebAssembly.Module.imports(module)) {
    if (space !== namespace) {
      throw new Refused(
        "compile",
        `the module imports ${space}.${name}; a guest imports from ${namespace} and nothing else`,
      );
    }
  }
  const exports = WebAssembly.Module.exports(module);
  for (const [name, kind] of required) {
    if (!exports.some((entry) => entry.name === name && entry.kind === kind)) {
      throw new Refused("compile", `the module does not export the ${kind} \`${name}\``);
    }
  }
  return new WasmProgram(module);
}

class WasmProgram implements Program {
  readonly #module: WebAssembly.Module;
  readonly #idle: Record<Sort, Instance[]> = { suspending: [], plain: [] };
  #count = 0;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
    let first: Instance;
    try {
      first = this.#make("plain");
      this.#idle.suspending.push(this.#make("suspending"));
    } catch (error) {
      throw new Refused("compile", `the module could not be instantiated: ${messageOf(error)}`);
    }
    this.#idle.plain.push(first);
  }

  describe(): string {
    const instance = this.#take("plain");
    try {
      const text = instance.describe();
      this.#idle.plain.push(instance);
      return text;
    } catch (error) {
      this.#count -= 1;
      throw new Refused("describe", `\`describe\` failed: ${messageOf(error)}`);
    }
  }

  run(call: GuestCall, settle: (settled: Settled) => void): void {
    const instance = this.#take(call.reduces ? "plain" : "suspending");
    let running: void | Promise<void>;
    try {
      running = instance.run(call);
    } catch (thrown) {
      this.#lose(thrown, settle);
      return;
    }
    if (running === undefined) this.#end(instance, settle);
    else
      running.then(
        () => this.#end(instance, settle),
        (thrown: unknown) => this.#lose(thrown, settle),
      );
  }

  discard(): void {
    this.#count -= 1;
  }

  instances(): number {
    return this.#count;
  }

  #end(instance: Instance, settle: (settled: Settled) => void): void {
    let value: string;
    try {
      value = instance.end();
    } catch (thrown) {
      this.#lose(thrown, settle);
      return;
    }
    if (this.#idle[instance.sort].length < idleInstances) this.#idle[instance.sort].push(instance);
    else this.#count -= 1;
    settle({ value });
  }

  /** A call that trapped takes its instance with it. */
  #lose(thrown: unknown, settle: (settled: Settled) => void): void {
    this.#count -= 1;
    settle({ thrown });
  }

  #take(sort: Sort): Instance {
    return this.#idle[sort].pop() ?? this.#make(sort);
  }

  #make(sort: Sort): Instance {
    const instance = new Instance(this.#module, sort);
    this.#count += 1;
    return instance;
  }
}
