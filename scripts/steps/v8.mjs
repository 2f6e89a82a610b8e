/** V8's archive for this machine: every call of cargo needs it, or the crate's build script downloads again. */
import { join } from "node:path";
import { cacheFolder } from "../lib/paths.mjs";
import { obtainArchive } from "../v8/archive.mjs";
import { buildArchive } from "../v8/build.mjs";
import { fetchCrates } from "../v8/crates.mjs";
import { downloadArchive } from "../v8/download.mjs";
import { v8Version } from "../v8/version.mjs";
import { node26 } from "./npm.mjs";

/** The archive's path, made where it is not at hand; throws a Problem where that cannot be. */
export async function provideArchive({ target, env, progress, command }) {
  const cache = cacheFolder(env);
  const toolsFolder = join(cache, "v8/tools");
  const { path } = await obtainArchive({
    target,
    cache,
    env,
    progress,
    download: async (output) => {
      progress.update(`fetching the crate v8 ${v8Version}`);
      const { crate } = await fetchCrates(join(toolsFolder, "sources"), env);
      return downloadArchive({ target, crate, output, node: node26, progress, env });
    },
    build: (output) =>
      buildArchive({
        target,
        output,
        workFolder: join(cache, `v8/work-${v8Version}`),
        toolsFolder,
        progress,
        env,
        command,
      }),
  });
  return path;
}
