import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Manifest } from "../../modules/compile/manifest.ts";
import { output, root } from "../../modules/compile/paths.ts";
import type { Module } from "../../modules/sdk/ts/abi.ts";

/** The list of what is compiled. */
export function builtManifest(): Manifest {
  const path = join(output, "manifest.json");
  if (!existsSync(path)) throw new Error("the modules are not compiled: run node modules/build.ts");
  return JSON.parse(readFileSync(path, "utf8"));
}

function pathOf(name: string, guest: "ts" | "as"): string {
  const entry = builtManifest().modules.find((each) => each.name === name && each.guest === guest);
  if (entry === undefined) throw new Error(`build/modules/manifest.json lists no ${guest} module ${name}`);
  return join(root, entry.path);
}

/** A compiled TypeScript module. One that was loaded before is the same, with what it holds at its top level. */
export async function builtJs(name: string): Promise<Module> {
  const { default: module } = await import(pathToFileURL(pathOf(name, "ts")).href);
  return module;
}

/** A compiled AssemblyScript module. */
export function builtWasm(name: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(pathOf(name, "as")));
}
