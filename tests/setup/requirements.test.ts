import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findRust, isNewEnough } from "../../scripts/steps/rust.mjs";
import { describeMissing, missingPackages, requireBuildTools } from "../../scripts/v8/requirements.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "evenlane-tools-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program on the only `PATH` there is, which prints a text. */
function provide(name: string, prints = "", code = 0) {
  writeFileSync(join(folder, name), `#!/bin/sh\necho "${prints}"\nexit ${code}\n`);
  chmodSync(join(folder, name), 0o755);
}
const bare = () => ({ PATH: folder, CARGO_HOME: folder, LLVM_DIR: join(folder, "llvm") });

describe("what V8's source build needs", () => {
  test("one sentence names all that is missing and the command that brings it", async () => {
    const packages = await missingPackages(bare());
    expect(describeMissing(packages, "npm test")).toBe(
      "V8 cannot be built from source because clang-22 lld-22 llvm-22 libclang-rt-22-dev libglib2.0-dev pkg-config ninja-build python3 python3-pip are missing: run apt-get install clang-22 lld-22 llvm-22 libclang-rt-22-dev libglib2.0-dev pkg-config ninja-build python3 python3-pip as root and then npm test again, or set RUSTY_V8_ARCHIVE to an archive that you have.",
    );
  });

  test("what is there is not named", async () => {
    for (const tool of ["pkg-config", "ninja", "python3"]) provide(tool);
    expect(await missingPackages(bare())).toEqual(["clang-22", "lld-22", "llvm-22", "libclang-rt-22-dev"]);
  });

  test("one package is missing, not are", () => {
    expect(describeMissing(["ninja-build"])).toContain(
      "because ninja-build is missing: run apt-get install ninja-build",
    );
    expect(describeMissing([])).toBeUndefined();
  });

  test("another kind of machine is told so, before anything is installed for nothing", async () => {
    await expect(requireBuildTools("riscv64gc-unknown-linux-gnu", bare())).rejects.toThrow(
      "V8 can be built from source only for x86_64-unknown-linux-gnu, and this machine is riscv64gc-unknown-linux-gnu: set RUSTY_V8_ARCHIVE to an archive for it.",
    );
  });
});

describe("Rust", () => {
  const missing = async (command?: string) => (await findRust(bare(), command)).missing;

  test("that is not there is named with the way to get it", async () => {
    expect(await missing()).toBe(
      "cargo was not found: install Rust 1.95 or later (https://rustup.rs) and run npm start again",
    );
  });

  test("that is too old is named with its version", async () => {
    provide("cargo", "cargo 1.80.1 (376290515 2024-07-16)");
    provide("rustc", "rustc 1.80.1 (3f5fd8dd4 2024-08-06)");
    expect(await missing("npm test")).toBe(
      "cargo 1.80.1 is too old: install Rust 1.95 or later (https://rustup.rs) and run npm test again",
    );
  });

  test("without a C compiler cannot link", async () => {
    provide("cargo", "cargo 1.95.0 (f2d3ce0bd 2026-03-21)");
    provide("rustc", "rustc 1.95.0 (59807616e 2026-04-14)");
    expect(await missing()).toBe(
      "no C compiler was found, which Rust links with: run apt-get install build-essential as root and then npm start again",
    );
  });

  test("that does not run is quoted", async () => {
    provide("cargo", "", 1);
    provide("rustc");
    expect(await missing()).toMatch(/^cargo does not run \(.*\): install Rust 1\.95 or later/);
  });

  test("tells its target", async () => {
    provide("cargo", "cargo 1.96.0");
    provide("rustc", "rustc 1.96.0\nhost: x86_64-unknown-linux-gnu");
    provide("cc");
    expect((await findRust(bare())).target).toBe("x86_64-unknown-linux-gnu");
  });

  test.each([
    ["cargo 1.95.0", true],
    ["cargo 1.94.9", false],
    ["cargo 2.0.0", true],
    ["", false],
  ])("%j is new enough: %s", (line, expected) => expect(isNewEnough(line)).toBe(expected));
});
