import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The clone. */
export const root = join(import.meta.dirname, "../..");
/** The modules' sources. */
export const modules = join(root, "modules");
/** Where the compiled modules go. */
export const output = join(root, "build/modules");
/** Where compilers leave what is linked further. */
export const intermediate = join(root, "build/.modules");

/** The modules that have a TypeScript source, by name. */
export function typeScriptModules(): string[] {
  return readdirSync(modules).filter((name) => existsSync(join(modules, name, "module.ts")));
}

/** The modules that have an AssemblyScript source, by name. */
export function assemblyScriptModules(): string[] {
  return readdirSync(modules).filter((name) => existsSync(join(modules, name, "assembly/index.ts")));
}
