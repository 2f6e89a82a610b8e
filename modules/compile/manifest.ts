import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { assemblyScriptModules, modules, output, root, typeScriptModules } from "./paths.ts";

/** The module whose down-levelled build is a fixture: its async functions are plain functions that give promises. */
export const downLevelled = "shapes";

/** A compiled module; paths are relative to the clone. */
export interface ManifestEntry {
  name: string;
  guest: "ts" | "as";
  path: string;
  /** Of the file at `path`, in hexadecimal. */
  sha256: string;
  source: string;
}

/** What build/modules/manifest.json holds. */
export interface Manifest {
  version: 1;
  modules: ManifestEntry[];
}

/** What the outputs were made of: hashes over sources, compilers' versions and this build itself. */
export interface Inputs {
  /** Of all TypeScript modules: they are checked and compiled together. */
  typescript: string;
  /** Of each AssemblyScript module, by name. */
  assemblyscript: Record<string, string>;
}

/** The last build: what it was made of and what it gave. */
export interface Stamp {
  inputs: Inputs;
  manifest: Manifest;
}

const stampPath = join(output, "stamp.json");
const manifestPath = join(output, "manifest.json");

function sha256(...parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** The hashes of what the outputs would be made of now. */
export function inputsOf(): Inputs {
  const files = readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(modules, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
  const hashOf = (compilers: string[], wanted: (file: string) => boolean) =>
    sha256(
      ...compilers.map((name) => readFileSync(join(root, "node_modules", name, "package.json"))),
      ...files.filter(wanted).flatMap((file) => [`\0${file}\0`, readFileSync(join(modules, file))]),
    );
  const isBuild = (file: string) => file === "build.ts" || file.startsWith("compile/");
  const isAssembly = (file: string) => file.startsWith("sdk/as/") || file.includes("/assembly/");
  const assemblyOf = (name: string) => (file: string) =>
    isBuild(file) || (isAssembly(file) && ["sdk", "common", name].includes(file.split("/")[0]!));
  return {
    typescript: sha256(
      readFileSync(join(root, "tsconfig.json")),
      hashOf(["typescript", "esbuild"], (file) => !isAssembly(file)),
    ),
    assemblyscript: Object.fromEntries(
      assemblyScriptModules().map((name) => [name, hashOf(["assemblyscript"], assemblyOf(name))]),
    ),
  };
}

/** The last build's stamp; undefined where there is none that this version wrote. */
export function stampOf(): Stamp | undefined {
  if (!existsSync(stampPath)) return undefined;
  try {
    return JSON.parse(readFileSync(stampPath, "utf8"));
  } catch {
    return undefined;
  }
}

/** Remembers a build. */
export function writeStamp(stamp: Stamp): void {
  writeFileSync(stampPath, `${JSON.stringify(stamp, null, 2)}\n`);
}

/** Whether the outputs of a build that match are there still, as they were written. */
export function isKept({ manifest }: Stamp, matches: (entry: ManifestEntry) => boolean): boolean {
  const kept = ({ path, sha256: hash }: ManifestEntry) =>
    existsSync(join(root, path)) && sha256(readFileSync(join(root, path))) === hash;
  return existsSync(manifestPath) && manifest.modules.filter(matches).every(kept);
}

/** Lists what build/modules holds in its manifest.json. */
export function writeManifest(): Manifest {
  const entry = (name: string, guest: "ts" | "as", file: string, source: string): ManifestEntry => ({
    name,
    guest,
    path: `build/modules/${file}`,
    sha256: sha256(readFileSync(join(output, file))),
    source: `modules/${source}`,
  });
  const manifest: Manifest = {
    version: 1,
    modules: [
      ...typeScriptModules().map((name) => entry(name, "ts", `${name}.js`, `${name}/module.ts`)),
      entry(`${downLevelled}.es2016`, "ts", `${downLevelled}.es2016.js`, `${downLevelled}/module.ts`),
      ...assemblyScriptModules().map((name) => entry(name, "as", `${name}.wasm`, `${name}/assembly/index.ts`)),
    ],
  };
  writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}
