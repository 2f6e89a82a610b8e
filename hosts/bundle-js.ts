/**
 * Bundles the JavaScript host. What does not parse is said on standard error, and the exit code is 1.
 *
 * usage: node hosts/bundle-js.ts FOLDER
 */
import { bundleJsHost } from "./js-bundle.ts";

const [outdir] = process.argv.slice(2);
if (outdir === undefined) throw new Error("usage: node hosts/bundle-js.ts FOLDER");
try {
  await bundleJsHost(outdir);
} catch (error) {
  process.stderr.write(`${(error as Error).message.trimEnd()}\n`);
  process.exitCode = 1;
}
