import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The clone's root folder, whatever the working directory is. */
export const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/[/\\]$/, "");

/** What the set-up makes inside the clone. Never committed. */
export const buildFolder = join(root, "build");

/**
 * The user's cache folder: what several clones share, and what outlives each of them (V8's archive, cargo's target
 * folder). An empty variable counts as unset, as the XDG specification asks.
 */
export function cacheFolder(env = process.env) {
  if (env.EVENLANE_CACHE) return resolve(env.EVENLANE_CACHE);
  if (env.XDG_CACHE_HOME) return join(resolve(env.XDG_CACHE_HOME), "evenlane");
  return join(homedir(), ".cache", "evenlane");
}

/** Where cargo builds: the user's own choice, else a folder that all clones share, so that a second clone is cheap. */
export function cargoTargetFolder(env = process.env) {
  return env.CARGO_TARGET_DIR ? resolve(root, env.CARGO_TARGET_DIR) : join(cacheFolder(env), "target");
}
