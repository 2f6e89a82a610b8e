/**
 * The JavaScript host as two plain files, one for its process and one for its Workers, in build/hosts/js: a Worker that starts from
 * the sources would strip and link their types anew, and each loaded module starts Workers of its own.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/children.mjs";
import { buildFolder, root } from "../lib/paths.mjs";
import { Problem } from "../lib/problem.mjs";
import { clearStamp, hashInputs, isFresh, setStamp } from "../lib/stamps.mjs";
import { node26 } from "./npm.mjs";

const folder = join(buildFolder, "hosts/js");

/** What starts the host, whichever runtime runs it. */
export const javascriptEntry = join(folder, "supervisor/main.js");

const outputs = [javascriptEntry, join(folder, "worker/main.js")];
const inputs = ["hosts/js", "hosts/bundle-js.ts", "hosts/js-bundle.ts", "package-lock.json"];

/** Bundles the host where a source or a package has changed. */
export async function buildJavascriptHost({ progress, env = process.env }) {
  const hash = hashInputs(inputs);
  if (isFresh("js-host", hash) && outputs.every((output) => existsSync(output))) return;
  clearStamp("js-host");
  progress.say("bundling the JavaScript host");
  // An old bundle would be judged as if it were today's sources.
  rmSync(folder, { recursive: true, force: true });
  const lines = [];
  const { code } = await run(node26, ["hosts/bundle-js.ts", folder], {
    cwd: root,
    env,
    onLine: (line) => lines.push(line),
  });
  if (code !== 0) throw new Problem(`the JavaScript host cannot be bundled: ${lines.join("\n")}`);
  setStamp("js-host", hash);
}
