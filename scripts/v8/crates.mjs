/** Gets the sources that the build needs through cargo, so that the user's own registry settings and cache apply. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { capture } from "../lib/children.mjs";
import { writeIfChanged } from "../lib/files.mjs";
import { Problem } from "../lib/problem.mjs";
import { icuDataVersion, v8Version } from "./version.mjs";

// A throw-away package: the workspace itself depends on `v8` but not on the ICU data, and must not for this alone.
const manifest = `[package]
name = "evenlane-v8-sources"
version = "0.0.0"
edition = "2024"
publish = false

[lib]
path = "lib.rs"

[dependencies]
v8 = "=${v8Version}"
deno_core_icudata = "=${icuDataVersion}"

[workspace]
`;

/**
 * Fetches the two crates; `folder` holds the throw-away package. Returns the `v8` crate's source folder (read-only:
 * it is cargo's) and the path of ICU's data file.
 */
export async function fetchCrates(folder, env = process.env) {
  mkdirSync(folder, { recursive: true });
  writeIfChanged(join(folder, "Cargo.toml"), manifest);
  writeIfChanged(join(folder, "lib.rs"), "");
  const fetched = await capture("cargo", ["fetch", "--quiet"], { cwd: folder, env });
  if (fetched.code !== 0) {
    throw new Problem(`cargo could not fetch the crate v8 ${v8Version}: ${lastLine(fetched.stderr)}`);
  }
  const described = await capture("cargo", ["metadata", "--format-version", "1", "--locked", "--offline"], {
    cwd: folder,
    env,
  });
  if (described.code !== 0) {
    throw new Problem(`cargo could not describe the crate v8 ${v8Version}: ${lastLine(described.stderr)}`);
  }
  const { packages } = JSON.parse(described.stdout);
  const folderOf = (name) => dirname(packages.find((one) => one.name === name).manifest_path);
  const icuData = join(folderOf("deno_core_icudata"), "src", "icudtl.dat");
  if (!existsSync(icuData)) throw new Problem(`the crate deno_core_icudata ${icuDataVersion} has no src/icudtl.dat.`);
  return { crate: folderOf("v8"), icuData };
}

function lastLine(text) {
  return text.trim().split("\n").at(-1) || "it gave no reason";
}
