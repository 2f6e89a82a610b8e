/** Finds Rust, or says in one sentence what is missing of it and how to get it. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { capture } from "../lib/children.mjs";
import { root } from "../lib/paths.mjs";
import { findExecutable } from "../v8/requirements.mjs";

/** The oldest Rust that the workspace builds with, as `rust-version` in Cargo.toml says. */
export const oldestRust = [1, 95];
const oldest = oldestRust.join(".");

/** How to get Rust; `command` is what to run again. */
const get = (command) => `install Rust ${oldest} or later (https://rustup.rs) and run ${command} again`;

/** The environment in which cargo is found: rustup's own folder counts even where the shell does not know it yet. */
export function withCargoOnPath(env = process.env) {
  if (findExecutable("cargo", env)) return env;
  const bin = join(env.CARGO_HOME || join(homedir(), ".cargo"), "bin");
  return existsSync(join(bin, "cargo")) ? { ...env, PATH: `${env.PATH ?? ""}${delimiter}${bin}` } : env;
}

/** `cargo 1.95.0 (f2d3ce0bd 2026-03-21)` is new enough, or not. */
export function isNewEnough(versionLine) {
  const match = /^\w+ (\d+)\.(\d+)\./.exec(versionLine);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > oldestRust[0] || (major === oldestRust[0] && minor >= oldestRust[1]);
}

/**
 * `{ env, target }` where Rust can be used (`target` is this machine's, such as `x86_64-unknown-linux-gnu`), else
 * `{ missing }`, a sentence without its full stop.
 */
export async function findRust(env = process.env, command = "npm start") {
  const withCargo = withCargoOnPath(env);
  // Both are asked, and in the clone: behind rustup's stand-ins a toolchain can be missing, or be another here.
  const cargo = await capture("cargo", ["--version"], { env: withCargo, cwd: root });
  if (cargo.missing) return { missing: `cargo was not found: ${get(command)}` };
  const rustc = await capture("rustc", ["-vV"], { env: withCargo, cwd: root });
  if (rustc.missing) return { missing: `rustc was not found: ${get(command)}` };
  for (const [name, asked] of [
    ["cargo", cargo],
    ["rustc", rustc],
  ]) {
    if (asked.code !== 0)
      return { missing: `${name} does not run (${asked.stderr.trim().split("\n")[0]}): ${get(command)}` };
    const version = asked.stdout.split("\n")[0];
    if (!isNewEnough(version)) return { missing: `${version.split(" (")[0]} is too old: ${get(command)}` };
  }
  if (!["cc", "gcc", "clang"].some((name) => findExecutable(name, withCargo))) {
    return {
      missing: `no C compiler was found, which Rust links with: run apt-get install build-essential as root and then ${command} again`,
    };
  }
  return { env: withCargo, target: /^host: (.+)$/m.exec(rustc.stdout)?.[1] };
}
