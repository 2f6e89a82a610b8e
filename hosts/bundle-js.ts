/**
 * Bundles the JavaScript host into two plain files, one for its process and one for its Workers. The Workers' file stands to the process's as the
 * sources do: the one is found from the other's place. What does not parse is said on standard error, and the exit code is 1.
 *
 * usage: node hosts/bundle-js.ts FOLDER
 */
import { build } from "esbuild";

const [outdir] = process.argv.slice(2);
if (outdir === undefined) throw new Error("usage: node hosts/bundle-js.ts FOLDER");
try {
  await build({
    absWorkingDir: `${import.meta.dirname}/js`,
    entryPoints: { "supervisor/main": "main.ts", "worker/main": "worker/main.ts" },
    outdir,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2024",
    legalComments: "inline",
    logLevel: "silent",
  });
} catch (error) {
  process.stderr.write(`${(error as Error).message.trimEnd()}\n`);
  process.exitCode = 1;
}
