/**
 * The runtimes of the JavaScript host that are npm packages with a binary for each system: where the binary stands, and how it is
 * started. The binaries are taken from where the packages have them, so that no install script of theirs needs to have run.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { javascriptEntry as entry } from "./js-host.mjs";

const windows = process.platform === "win32";

/**
 * `packages` names the binary in `node_modules` for each system; `wrapper` is where an install script may have moved it.
 * `command` is what starts the host, given the binary.
 */
export const runtimes = [
  {
    name: "deno",
    guests: ["ts", "as"],
    packages: {
      "darwin-arm64": ["@deno/darwin-arm64/deno"],
      "darwin-x64": ["@deno/darwin-x64/deno"],
      "linux-arm64": ["@deno/linux-arm64-glibc/deno"],
      "linux-x64": ["@deno/linux-x64-glibc/deno"],
      "win32-arm64": ["@deno/win32-arm64/deno.exe"],
      "win32-x64": ["@deno/win32-x64/deno.exe"],
    },
    wrapper: windows ? "deno/deno.exe" : "deno/deno",
    command: (binary) => [binary, "run", "--quiet", "--no-lock", "--no-remote", "--allow-all", entry],
  },
  {
    name: "bun",
    guests: ["ts", "as"],
    packages: {
      "darwin-arm64": ["@oven/bun-darwin-aarch64/bin/bun"],
      "darwin-x64": ["@oven/bun-darwin-x64/bin/bun"],
      "linux-arm64": ["@oven/bun-linux-aarch64/bin/bun", "@oven/bun-linux-aarch64-musl/bin/bun"],
      "linux-x64": ["@oven/bun-linux-x64/bin/bun", "@oven/bun-linux-x64-musl/bin/bun"],
      "win32-arm64": ["@oven/bun-windows-aarch64/bin/bun.exe"],
      "win32-x64": ["@oven/bun-windows-x64/bin/bun.exe"],
    },
    wrapper: "bun/bin/bun.exe",
    command: (binary) => [...(windows ? [] : ["/usr/bin/env", ...engineOptions]), binary, entry],
  },
];

/**
 * What JavaScriptCore reads from the environment when it starts. Its fast memories are few: each further wasm instance costs a
 * full garbage collection. Polled traps let `terminate()` end loops of exceptions, which signalled ones do not reach.
 */
const engineOptions = ["BUN_JSC_useWasmFastMemory=0", "BUN_JSC_usePollingTraps=1"];

/** Less is no runtime: packages have a small file in the binary's place until their install script has run. */
const leastBytes = 1_000_000;

/** The places in `node_modules` where a runtime's binary may stand on this system, the likeliest first. */
export function placesOf({ packages, wrapper }, system = `${process.platform}-${process.arch}`) {
  const found = packages[system];
  return found === undefined ? [] : [...found, wrapper].map((path) => join(root, "node_modules", path));
}

/** The command of a runtime, or why there is none: `absent` where its makers have no package for this system. */
export function findRuntime(runtime) {
  const places = placesOf(runtime);
  if (places.length === 0) {
    const system = `${process.platform} on ${process.arch}`;
    return { cause: "absent", reason: `${runtime.name} has no package for ${system}` };
  }
  const binary = places.find((place) => (statSync(place, { throwIfNoEntry: false })?.size ?? 0) >= leastBytes);
  if (binary !== undefined) return { command: runtime.command(binary) };
  const reason = `npm has not installed the binary of ${runtime.name} for this system: run npm ci --include=optional`;
  return { cause: "missing", reason };
}
