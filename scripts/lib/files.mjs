import { createHash, randomBytes } from "node:crypto";
import { constants, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A name beside `path` that no other process uses: what is written there is renamed to `path` when it is whole. */
export function temporaryName(path) {
  return `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
}

/** The text of a file, or undefined where there is none. */
export function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Writes a file whole or not at all. */
export function writeAtomically(path, content, mode) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, content, { mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes a file only where its content changes, so that a build tool which looks at times sees no change. */
export function writeIfChanged(path, content, mode) {
  if (readIfThere(path) !== content) writeAtomically(path, content, mode);
}

/**
 * Copies a file whole or not at all, sharing its blocks where the file system can. Not a hard link: a linker may
 * write a binary in place, and then the "copy" would change under whoever runs it.
 */
export function copyAtomically(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const temporary = temporaryName(to);
  try {
    copyFileSync(from, temporary, constants.COPYFILE_FICLONE);
    renameSync(temporary, to);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The sha256 of a text or buffer, in hexadecimal. */
export function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}
