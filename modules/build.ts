/**
 * Compiles the conformance modules into build/modules and lists them in manifest.json. Does nothing where neither a
 * source, nor a compiler, nor an output has changed. Compilers' errors go to standard error, and the exit code is 1.
 *
 * usage: node modules/build.ts [--force]
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BuildError } from "./compile/error.ts";
import {
  inputsOf,
  isKept,
  type ManifestEntry,
  type Stamp,
  stampOf,
  writeManifest,
  writeStamp,
} from "./compile/manifest.ts";
import { modules, output } from "./compile/paths.ts";

async function build(before: Stamp | undefined): Promise<void> {
  const inputs = inputsOf();
  const stale: (() => Promise<void>)[] = [];
  // Compilers are loaded only where they have something to do: a run that changes nothing must be quick.
  if (before?.inputs.typescript !== inputs.typescript || !isKept(before, ({ guest }) => guest === "ts")) {
    stale.push(async () => (await import("./compile/typescript.ts")).compileTypeScript());
  }
  for (const [name, hash] of Object.entries(inputs.assemblyscript)) {
    const isOutput = (entry: ManifestEntry) => entry.guest === "as" && entry.name === name;
    if (before?.inputs.assemblyscript[name] === hash && isKept(before, isOutput)) continue;
    stale.push(async () => {
      const { compileAssemblyScript } = await import("./compile/assemblyscript.ts");
      await compileAssemblyScript(join(modules, name, "assembly/index.ts"), join(output, `${name}.wasm`));
    });
  }
  if (stale.length === 0) return;
  mkdirSync(output, { recursive: true });
  for (const compile of stale) await compile();
  writeStamp({ inputs, manifest: writeManifest() });
}

try {
  const unknown = process.argv.slice(2).find((argument) => argument !== "--force");
  if (unknown !== undefined)
    throw new BuildError(`modules/build.ts does not know ${unknown}: its only option is --force`);
  await build(process.argv.includes("--force") ? undefined : stampOf());
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
