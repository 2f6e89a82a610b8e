/** What differs between JavaScript engines and runtimes; nothing else in this host knows which one it runs on. */
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

let admitted = "";

/** Lets this thread import the module of that URL, which is the guest. */
export function admitModule(url: string): void {
  admitted = url;
}

/** Refuses every import on this thread from here on, save of what `admitModule` has named. */
export function refuseImports(): void {
  const { registerHooks } = nodeModule as { registerHooks?: typeof nodeModule.registerHooks };
  registerHooks?.({
    resolve(specifier, context, next) {
      if (specifier === admitted) return next(specifier, context);
      const message = `it imports ${JSON.stringify(specifier)}: a guest is one module without imports; bundle what it needs`;
      throw new TypeError(message);
    },
  });
}
