/**
 * Builds V8's static archive from the sources in the `v8` crate itself: about half an hour on two cores.
 *
 * The crate's own `V8_FROM_SOURCE` also wants a Rust toolchain from elsewhere, only for Temporal; so GN and ninja are
 * run directly, with Temporal off. What is done stays in the work folder, and an interrupted build goes on from there.
 */
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { copyFile, cp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip, constants as zlib } from "node:zlib";
import { capture } from "../lib/children.mjs";
import { temporaryName, writeIfChanged } from "../lib/files.mjs";
import { Problem } from "../lib/problem.mjs";
import { roughly } from "../lib/progress.mjs";
import { layOutCompiler } from "./compiler.mjs";
import { Course } from "./course.mjs";
import { fetchCrates } from "./crates.mjs";
import { installGn } from "./gn.mjs";
import { precompiledGroups } from "./headers.mjs";
import { runNinja } from "./ninja.mjs";
import { headerPath, precompile } from "./precompile.mjs";
import { findExecutable, llvmFolder, requireBuildTools } from "./requirements.mjs";
import { llvmMajor, v8Version } from "./version.mjs";

/** As the crate's build script sets them, but for Rust and Temporal (off) and ICU's data (inside the archive). */
const gnArguments = {
  is_debug: false,
  symbol_level: 0,
  line_tables_only: false,
  use_custom_libcxx: true,
  treat_warnings_as_errors: false,
  v8_enable_sandbox: false,
  v8_enable_pointer_compression: false,
  v8_enable_v8_checks: false,
  v8_monolithic_for_shared_library: true,
  enable_rust: false,
  enable_rust_cxx: false,
  v8_enable_temporal_support: false,
  icu_use_data_file: false,
};

/**
 * Builds the archive for `target` (a Rust target triple) and puts it, packed, at `output`. `workFolder` keeps what is
 * done between two tries, and is removed after success; `toolsFolder` keeps `gn` and the manifest for cargo.
 */
export async function buildArchive({ target, output, workFolder, toolsFolder, progress, env = process.env, command }) {
  const started = Date.now();
  await requireBuildTools(target, env, command);
  const resumed = existsSync(join(workFolder, "source"));
  progress.say(
    `building V8 ${v8Version} from source ${resumed ? "(going on where the last try ended)" : "(about half an hour on two cores, once)"}; Ctrl-C is safe, the next try goes on from there`,
  );
  const { crate, icuData } = await fetchCrates(join(toolsFolder, "sources"), env);
  const gn = await installGn(join(toolsFolder, "gn"));
  const source = join(workFolder, "source");
  await copySources({ crate, icuData, source });

  const headersFolder = join(workFolder, "headers");
  const llvm = llvmFolder(env);
  const clangFolder = layOutCompiler({ base: join(workFolder, "clang"), llvm, headersFolder, target });
  const out = join(source, "out/archive");
  mkdirSync(out, { recursive: true });
  await generate({ gn, source, out, clangFolder, env });

  const ninja = findExecutable("ninja", env);
  const log = join(workFolder, "build.log");
  const course = new Course({ progress, folder: workFolder });
  const build = (target, part) => runNinja({ ninja, out, target, log, env, onStep: course.follow(part) });
  // Headers can be precompiled only when those that the build itself generates are there: this object needs them all.
  await build("obj/rusty_v8/binding.o", "generating");
  await precompileAll({ llvm, ninja, out, source, headersFolder, env, onStep: course.follow("precompiling") });
  await build("rusty_v8", "compiling");

  progress.update("packing V8's archive");
  await pack(join(out, "obj/librusty_v8.a"), output);
  await rm(workFolder, { recursive: true, force: true });
  const size = (statSync(output).size / 1e6).toFixed(0);
  progress.say(`V8 ${v8Version} is built: ${size} MB in ${roughly((Date.now() - started) / 1000)}, kept at ${output}`);
}

/** Makes the precompiled headers that are not there yet. */
async function precompileAll({ llvm, ninja, out, source, headersFolder, env, onStep }) {
  const missing = Object.keys(precompiledGroups).filter((group) => !existsSync(headerPath(headersFolder, group)));
  const clang = join(llvm, "bin/clang++");
  for (const [done, group] of missing.entries()) {
    onStep({ done, total: missing.length });
    await precompile(group, { clang, ninja, out, v8Folder: join(source, "v8"), headersFolder, env });
  }
}

/** A copy of the crate's sources that we may write to, whole or not at all, with ICU's data where V8 looks for it. */
async function copySources({ crate, icuData, source }) {
  if (existsSync(source)) return;
  const temporary = `${source}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  // Times are kept: ninja goes by them, and a copy made twice must look the same.
  await cp(crate, temporary, { recursive: true, preserveTimestamps: true });
  const icuCopy = join(temporary, "third_party/icu/common/icudtl.dat");
  mkdirSync(dirname(icuCopy), { recursive: true });
  await copyFile(icuData, icuCopy);
  await rename(temporary, source);
}

/** Writes the build files. With the same arguments as before, ninja sees no change. */
async function generate({ gn, source, out, clangFolder, env }) {
  const settings = { ...gnArguments, clang_base_path: clangFolder, clang_version: String(llvmMajor) };
  const text = Object.entries(settings).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
  writeIfChanged(join(out, "args.gn"), text.join(""));
  const generated = await capture(gn, ["gen", out, "--script-executable=python3"], { cwd: source, env });
  if (generated.code !== 0) {
    const reason = generated.stdout.split("\n").find((line) => line.startsWith("ERROR")) ?? generated.stderr.trim();
    throw new Problem(`gn could not write V8's build files: ${reason}`);
  }
}

/** Packs the archive, whole or not at all. The same archive gives the same bytes: no name and no time goes in. */
async function pack(archive, output) {
  mkdirSync(dirname(output), { recursive: true });
  const temporary = temporaryName(output);
  try {
    const gzip = createGzip({ level: zlib.Z_BEST_COMPRESSION });
    await pipeline(createReadStream(archive, { highWaterMark: 1 << 20 }), gzip, createWriteStream(temporary));
    renameSync(temporary, output);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
