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

/** Arguments of Node with which a Worker starts: Node has modules in a realm of their own, `node:vm`'s, behind a flag. */
export function workerArguments(): { execArgv?: string[] } {
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) return {};
  return { execArgv: [...process.execArgv, "--experimental-vm-modules", "--disable-warning=ExperimentalWarning"] };
}

/**
 * The line of a syntax error that `node:vm` has found in a module, or null where the engine does not tell it. Bun's errors say it;
 * V8 says it to the runtime's own loader alone, which is asked to load the module as well: what does not parse is not run.
 */
export async function syntaxErrorLine(error: Error, name: string, source: string): Promise<number | null> {
  const { registerHooks } = nodeModule as { registerHooks?: typeof nodeModule.registerHooks };
  if (registerHooks === undefined) return lineIn(error.stack, /<parse> \([^)]*?:(\d+)\)/);
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === name ? { url: name, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === name ? { format: "module", source, shortCircuit: true } : next(url, context),
  });
  try {
    await import(name);
    return null;
  } catch (loaded) {
    return lineIn((loaded as Error).stack, new RegExp(`${name}:(\\d+)`));
  } finally {
    hooks.deregister();
  }
}

function lineIn(stack: string | undefined, pattern: RegExp): number | null {
  const line = pattern.exec(stack ?? "")?.[1];
  return line === undefined ? null : Number(line);
}
