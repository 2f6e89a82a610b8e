/**
 * The JavaScript host as two plain files, one for its process and one for its Workers, in build/hosts/js: a Worker that starts from
 * the sources would strip and link their types anew, and each loaded module starts Workers of its own.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildFolder, root } from "../lib/paths.mjs";
import { Problem } from "../lib/problem.mjs";
import { clearStamp, hashInputs, isFresh, setStamp } from "../lib/stamps.mjs";

const folder = join(buildFolder, "hosts/js");

/** What starts the host, whichever runtime runs it. */
export const javascriptEntry = join(folder, "supervisor/main.js");

/** The Workers' file stands to the process's as the sources do: the one is found from the other's place. */
const entryPoints = { "supervisor/main": "hosts/js/main.ts", "worker/main": "hosts/js/worker/main.ts" };

const inputs = ["hosts/js", "scripts/steps/js-host.mjs", "package-lock.json"];

/** Bundles the host where a source or a package has changed. */
export async function buildJavascriptHost({ progress }) {
  const hash = hashInputs(inputs);
  const outputs = Object.keys(entryPoints).map((name) => join(folder, `${name}.js`));
  if (isFresh("js-host", hash) && outputs.every((output) => existsSync(output))) return;
  clearStamp("js-host");
  progress.say("bundling the JavaScript host");
  rmSync(folder, { recursive: true, force: true });
  // Installed by the step before this one.
  const { build } = await import("esbuild");
  try {
    await build({
      absWorkingDir: root,
      entryPoints,
      outdir: folder,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "es2024",
      legalComments: "inline",
      logLevel: "silent",
    });
  } catch (error) {
    throw new Problem(`the JavaScript host cannot be bundled: ${error.message.trimEnd()}`);
  }
  setStamp("js-host", hash);
}
