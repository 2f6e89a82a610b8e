import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { BuildError } from "./error.ts";
import { downLevelled } from "./manifest.ts";
import { intermediate, modules, output, root, typeScriptModules } from "./paths.ts";

/** Compiles each TypeScript module, once, into one ES module without imports, and one of them down-levelled as well. */
export async function compileTypeScript(): Promise<void> {
  rmSync(intermediate, { recursive: true, force: true });
  await Promise.all([
    emit("ESNext").then((folder) => Promise.all(typeScriptModules().map((name) => link(folder, name, `${name}.js`)))),
    emit("ES2016").then((folder) => link(folder, downLevelled, `${downLevelled}.es2016.js`)),
  ]);
}

/** Checks and compiles all TypeScript sources for a target, and gives the folder of what came out. */
async function emit(target: string): Promise<string> {
  const folder = join(intermediate, target);
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "false", "--target", target, "--outDir", folder, "--sourceMap", "--pretty", "false"];
  const child = spawn(process.execPath, [compiler, "-p", join(modules, "tsconfig.json"), ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new BuildError(said.trim());
  return folder;
}

/** Joins a compiled module with what it imports. Nothing is lowered or minified: an async function stays one. */
async function link(folder: string, name: string, file: string): Promise<void> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [join(folder, name, "module.js")],
    outfile: join(output, file),
    bundle: true,
    format: "esm",
    target: "esnext",
    platform: "neutral",
    alias: { "evenlane/module": join(folder, "sdk/ts/index.js") },
    sourcemap: "linked",
    legalComments: "none",
    logLevel: "silent",
    metafile: true,
  }).catch((error: Error) => {
    throw new BuildError(error.message);
  });
  const left = Object.values(result.metafile.outputs).flatMap(({ imports }) => imports);
  if (left.length > 0) {
    const source = relative(root, join(modules, name, "module.ts"));
    throw new BuildError(`${source}: a module is one file without imports, but ${left[0]!.path} is left`);
  }
}
