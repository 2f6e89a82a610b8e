import { build, type Plugin } from "esbuild";

/**
 * Bundles the JavaScript host into two plain files below `outdir`, one for its process and one for its Workers. The Workers' file stands to the process's
 * as the sources do: the one is found from the other's place. `plugins` may stand in for sources. Throws with esbuild's words where something does not parse.
 */
export async function bundleJsHost(outdir: string, plugins: Plugin[] = []): Promise<void> {
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
    plugins,
  });
}
