/** What the source build needs from the system, each with the Debian package that brings it. */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { capture } from "../lib/children.mjs";
import { Problem } from "../lib/problem.mjs";
import { llvmMajor } from "./version.mjs";

/** LLVM's folder: where Debian's packages put it, or `LLVM_DIR`. */
export function llvmFolder(env = process.env) {
  return env.LLVM_DIR || `/usr/lib/llvm-${llvmMajor}`;
}

/** The path of an executable on `PATH`, or undefined. */
export function findExecutable(name, env = process.env) {
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    if (!folder) continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here: look further
    }
  }
  return undefined;
}

async function succeeds(command, args, env) {
  return (await capture(command, args, { env })).code === 0;
}

/** The Debian packages that are missing, in the order in which they are documented. */
export async function missingPackages(env = process.env) {
  const llvm = llvmFolder(env);
  const compilerRuntime = join(llvm, "lib/clang", String(llvmMajor), "lib/linux/libclang_rt.builtins-x86_64.a");
  const python = findExecutable("python3", env);
  const checks = [
    [`clang-${llvmMajor}`, existsSync(join(llvm, "bin/clang++"))],
    [`lld-${llvmMajor}`, existsSync(join(llvm, "bin/ld.lld"))],
    [`llvm-${llvmMajor}`, existsSync(join(llvm, "bin/llvm-ar"))],
    [`libclang-rt-${llvmMajor}-dev`, existsSync(compilerRuntime)],
    ["libglib2.0-dev", await succeeds("pkg-config", ["--exists", "glib-2.0"], env)],
    ["pkg-config", Boolean(findExecutable("pkg-config", env))],
    ["ninja-build", Boolean(findExecutable("ninja", env))],
    ["python3", Boolean(python)],
    ["python3-pip", Boolean(python) && (await succeeds("python3", ["-m", "pip", "--version"], env))],
  ];
  return checks.filter(([, there]) => !there).map(([name]) => name);
}

/** The one sentence for everything that is missing, or undefined where nothing is. */
export function describeMissing(packages, command = "npm start") {
  if (packages.length === 0) return undefined;
  const list = packages.join(" ");
  return `V8 cannot be built from source because ${list} ${packages.length === 1 ? "is" : "are"} missing: run apt-get install ${list} as root and then ${command} again, or set RUSTY_V8_ARCHIVE to an archive that you have.`;
}

/** Throws that sentence where something is missing, or where the build does not know this kind of machine. */
export async function requireBuildTools(target, env = process.env, command = "npm start") {
  if (target !== "x86_64-unknown-linux-gnu") {
    throw new Problem(
      `V8 can be built from source only for x86_64-unknown-linux-gnu, and this machine is ${target}: set RUSTY_V8_ARCHIVE to an archive for it.`,
    );
  }
  const sentence = describeMissing(await missingPackages(env), command);
  if (sentence) throw new Problem(sentence);
}
