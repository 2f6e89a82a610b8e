/** What differs between JavaScript engines and runtimes; nothing else in this host knows which one it runs on. */
import { Buffer } from "node:buffer";
import * as nodeModule from "node:module";
import process from "node:process";
import * as v8 from "node:v8";
import type { Worker } from "node:worker_threads";

/** A name and a version, as the program reports them itself. */
export interface Software {
  readonly name: string;
  readonly version: string;
}

/** The engine and the runtime around it. */
export function engines(): Software[] {
  const { versions } = process;
  if (versions.bun !== undefined) {
    return [
      { name: "JavaScriptCore", version: versions.webkit ?? "unknown" },
      { name: "bun", version: versions.bun },
    ];
  }
  const runtime =
    versions.deno === undefined ? { name: "node", version: versions.node } : { name: "deno", version: versions.deno };
  return [{ name: "V8", version: versions.v8 ?? "unknown" }, runtime];
}

/**
 * Makes every loop of a guest one that can be stopped. To be called before the first Worker starts. V8 14 takes loops that
 * allocate arrays of constant length for loops of few rounds and leaves their check for interrupts out: `terminate()` then
 * has no effect on `for (;;) new Array(1000)`, and neither has the heap's limit.
 */
export function makeLoopsStoppable(): void {
  if (process.versions.bun === undefined) v8.setFlagsFromString("--no-turboshaft-loop-unrolling");
}

/** Milliseconds of CPU time that a Worker's thread has used, or null where the runtime cannot tell. */
export async function workerCpuMillis(worker: Worker): Promise<number | null> {
  const { cpuUsage } = worker as { cpuUsage?: () => Promise<{ user: number; system: number }> };
  if (cpuUsage === undefined) return null;
  const { user, system } = await cpuUsage.call(worker);
  return (user + system) / 1000;
}

/** Whether a Worker's heap can be given a bound that ends that Worker, and no more, when it is passed. */
export function boundsHeaps(): boolean {
  return process.versions.bun === undefined && process.versions.deno === undefined;
}

/** The name of a guest's module, in stack traces too. */
const guestUrl = "evenlane:guest";

/**
 * Evaluates `source` as a module and gives its namespace. From here on every import on this thread is refused, save of that module.
 * Rejects with what the engine throws where it cannot be compiled, imports something, or throws.
 */
export async function importGuest(source: string): Promise<{ readonly default?: unknown }> {
  const { registerHooks } = nodeModule as { registerHooks?: typeof nodeModule.registerHooks };
  if (registerHooks === undefined) {
    return import(`data:text/javascript;base64,${Buffer.from(source, "utf8").toString("base64")}`);
  }
  registerHooks({
    resolve(specifier) {
      if (specifier === guestUrl) return { url: guestUrl, shortCircuit: true };
      const message = `it imports ${JSON.stringify(specifier)}: a guest is one module without imports; bundle what it needs`;
      throw new TypeError(message);
    },
    load: () => ({ format: "module", source, shortCircuit: true }),
  });
  return import(guestUrl);
}

/** The line that a syntax error in a guest's module names, or null where the engine does not give it. */
export function lineOf(error: SyntaxError): number | null {
  const line = /(?:evenlane:guest|data:text\/javascript;base64,[^:\n]*):(\d+)/.exec(error.stack ?? "")?.[1];
  return line === undefined ? null : Number(line);
}
