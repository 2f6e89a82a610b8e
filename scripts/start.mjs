/** `npm start -- ARGS`: sets up what is missing, then hands ARGS to the CLI (none means `run`), on Node 26. */
import { join } from "node:path";
import { runForeground } from "./lib/foreground.mjs";
import { buildFolder, root } from "./lib/paths.mjs";
import { runMain, setUp } from "./setup.mjs";
import { node26 } from "./steps/npm.mjs";

await runMain(async () => {
  // What is not built is no matter for this script: the CLI shows it in the host's column, and its exit code says so.
  await setUp({ command: "npm start" });
  const args = process.argv.slice(2);
  // Half of the time in which the CLI starts would go into stripping and compiling sources that have not changed.
  const env = { NODE_COMPILE_CACHE: join(buildFolder, "compile-cache"), ...process.env };
  return runForeground(node26, [join(root, "conformance/cli.ts"), ...(args.length > 0 ? args : ["run"])], { env });
});
