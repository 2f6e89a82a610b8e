/**
 * Finds the static archive that the `v8` crate links, by the first of these ways that works: `RUSTY_V8_ARCHIVE`, the
 * user's cache folder, the crate's own download, a build from the crate's own sources.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Problem } from "../lib/problem.mjs";
import { isRemote } from "./candidates.mjs";
import { archiveName } from "./version.mjs";

/** Where the archive of a target is kept in the cache folder. */
export function cachedArchive(cache, target) {
  return join(cache, "v8", archiveName(target));
}

/**
 * The archive that needs no work, as `{ path, from }`, or undefined. A variable that names nothing is the user's
 * mistake and is said: going on quietly could cost half an hour of building.
 */
export function archiveAtHand({ target, cache, env = process.env, base = process.cwd() }) {
  const named = env.RUSTY_V8_ARCHIVE;
  if (named) {
    if (isRemote(named)) return { path: named, from: "environment" };
    const path = resolve(base, named); // the crate's build script runs in a folder of its own
    if (existsSync(path)) return { path, from: "environment" };
    throw new Problem(
      `RUSTY_V8_ARCHIVE names ${named}, which is not there: correct it, or unset it to have V8's archive fetched or built.`,
    );
  }
  const path = cachedArchive(cache, target);
  return existsSync(path) ? { path, from: "cache" } : undefined;
}

/**
 * The archive, made where it is not at hand. `download(output)` resolves to undefined or to the reason why it failed;
 * `build(output)` throws a Problem where it cannot. Both leave the archive in the cache, for the next time.
 */
export async function obtainArchive({ target, cache, env, base, progress, download, build }) {
  const atHand = archiveAtHand({ target, cache, env, base });
  if (atHand) return atHand;
  const output = cachedArchive(cache, target);
  const refused = await download(output);
  if (refused === undefined) return { path: output, from: "download" };
  progress.say(`V8's archive could not be downloaded (${refused}), so it has to be built from the crate's sources.`);
  await build(output);
  return { path: output, from: "build" };
}
