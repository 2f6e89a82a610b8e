/** Stamps: the content hash of what a step was made from, so that a set-up where nothing changed does nothing. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { readIfThere, writeAtomically } from "./files.mjs";
import { buildFolder, root } from "./paths.mjs";

/** Folders below an input that are results, not sources. */
const ignored = new Set(["node_modules", "target", "build", "dist", ".git"]);

function* filesBelow(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory()) {
    yield path;
    return;
  }
  const names = readdirSync(path).sort();
  for (const name of names) if (!ignored.has(name)) yield* filesBelow(join(path, name));
}

/** One hash of the names and contents of all files below `paths` (relative to `base`), and of the texts in `extra`. */
export function hashInputs(paths, extra = [], base = root) {
  const hash = createHash("sha256");
  for (const path of paths) {
    for (const file of filesBelow(join(base, path))) {
      const content = readFileSync(file);
      // Lengths keep two different sets of files from giving the same stream.
      hash.update(`${file.slice(base.length)}\0${content.length}\0`).update(content);
    }
  }
  for (const text of extra) hash.update(`extra\0${text}\0`);
  return hash.digest("hex");
}

const stampPath = (name) => join(buildFolder, "stamps", name);

/** Whether the step `name` was last finished with this hash. */
export function isFresh(name, hash) {
  return readIfThere(stampPath(name)) === hash;
}

/** Notes that the step has been finished. */
export function setStamp(name, hash) {
  writeAtomically(stampPath(name), hash);
}

/** Before a step's results are touched: what is half made must not look finished. */
export function clearStamp(name) {
  rmSync(stampPath(name), { force: true });
}
