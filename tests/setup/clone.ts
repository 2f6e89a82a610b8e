import { spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { placesOf, runtimes } from "../../scripts/steps/runtimes.mjs";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const scripts = fileURLToPath(new URL("../../scripts", import.meta.url));
const ci = fileURLToPath(new URL("../../.ci", import.meta.url));

/** A report as vitest writes it, from a stand-in that runs no test. */
const fakeVitest = `
import { writeFileSync } from "node:fs";
const file = process.argv.find((arg) => arg.startsWith("--outputFile.json=")).slice("--outputFile.json=".length);
console.log("vitest got", JSON.stringify(process.argv.slice(2).filter((arg) => !arg.startsWith("--"))));
writeFileSync(file, JSON.stringify({ numPassedTests: 3, numFailedTests: 0, testResults: [] }));
`;

/** Tells what it was called with; waits on request, to be interrupted. */
const fakeCli = `
const args: string[] = process.argv.slice(2);
if (args[0] === "exit") process.exitCode = Number(args[1]);
if (args[0] === "wait") {
  process.on("SIGTERM", () => process.exit(42));
  setInterval(() => {}, 1000);
}
console.log("cli got", JSON.stringify(args), "on", process.versions.node);
`;

/**
 * Cargo as far as the set-up needs it. Each call is noted in \`calls\`; \`build\` makes a binary for each package but
 * those in \`BROKEN\`; the crate \`v8\` has a build script that names no address to download from.
 */
const fakeCargo = (folder: string) => `#!${process.execPath}
const { appendFileSync, mkdirSync, writeFileSync } = require("node:fs");
const [command, ...args] = process.argv.slice(2);
const archive = process.env.RUSTY_V8_ARCHIVE ?? "none";
appendFileSync(${JSON.stringify(join(folder, "calls"))}, command + " archive=" + archive + "\\n");
if (command === "--version") console.log("cargo 1.95.0 (f2d3ce0bd 2026-03-21)");
if (command === "metadata") {
  for (const crate of ["v8", "icu/src"]) mkdirSync(${JSON.stringify(folder)} + "/" + crate, { recursive: true });
  writeFileSync(${JSON.stringify(join(folder, "v8/build.rs"))}, "");
  writeFileSync(${JSON.stringify(join(folder, "icu/src/icudtl.dat"))}, "");
  const at = (name, crate) => ({ name, manifest_path: ${JSON.stringify(folder)} + "/" + crate + "/Cargo.toml" });
  console.log(JSON.stringify({ packages: [at("v8", "v8"), at("deno_core_icudata", "icu")] }));
}
if (command === "build") {
  const packages = args.filter((_, index) => args[index - 1] === "-p");
  for (const name of packages) {
    if (name === process.env.BROKEN) {
      console.error("error[E0425]: cannot find value \`x\` in this scope");
      process.exitCode = 101;
      continue;
    }
    const programs = name === "evenlane-bench" ? [name + "-origin", name + "-limit"] : [name];
    for (const program of programs) {
      const executable = ${JSON.stringify(folder)} + "/" + program;
      writeFileSync(executable, "binary of " + program);
      console.log(JSON.stringify({ reason: "compiler-artifact", target: { name: program }, executable }));
    }
  }
}
if (command === "test") console.log("test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
`;

/** A clone in a temporary folder, with stand-ins for everything that the set-up calls. */
export class Clone {
  readonly root = mkdtempSync(join(tmpdir(), "evenlane-clone-"));
  /** Where the binaries of the other runtimes stand. */
  readonly runtimes: string[];
  /** The only folder of programs that its commands find, beside the system's own. */
  readonly bin = join(this.root, "bin");

  constructor() {
    cpSync(scripts, join(this.root, "scripts"), { recursive: true });
    cpSync(ci, join(this.root, ".ci"), { recursive: true });
    this.packageScripts({});
    this.write("package-lock.json", '{"packages":{"":{}}}');
    this.write("node_modules/.package-lock.json", '{"packages":{}}');
    this.write("node_modules/vitest/vitest.mjs", fakeVitest);
    this.write(
      "modules/build.ts",
      'import { mkdirSync } from "node:fs"; mkdirSync("build/modules", { recursive: true });',
    );
    this.write("conformance/cli.ts", fakeCli);
    this.write("hosts/core/lib.rs", "");
    for (const file of ["hosts/bundle-js.ts", "hosts/js-bundle.ts"]) {
      this.write(file, readFileSync(join(checkout, file), "utf8"));
    }
    this.write("hosts/js/main.ts", "const name: string = 'host'; console.log(name);");
    this.write("hosts/js/worker/main.ts", "const name: string = 'worker'; console.log(name);");
    symlinkSync(join(checkout, "node_modules/esbuild"), join(this.root, "node_modules/esbuild"));
    mkdirSync(join(this.root, "node_modules/node/bin"), { recursive: true });
    symlinkSync(process.execPath, join(this.root, "node_modules/node/bin/node"));
    this.runtimes = runtimes.map((runtime: object) => relative(checkout, placesOf(runtime)[0]));
    // As long as a runtime's binary at least is.
    for (const place of this.runtimes) this.write(place, " ".repeat(1_000_000));
    mkdirSync(this.bin);
    symlinkSync(process.execPath, join(this.bin, "node"));
  }

  write(path: string, text: string, mode = 0o644) {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }

  /** What `npm run` finds: checks that pass and the real tests, but for these. */
  packageScripts(others: Readonly<Record<string, string>>) {
    const scripts = { check: "exit 0", "bench:counts": "exit 0", test: "node scripts/test.mjs", ...others };
    this.write("package.json", JSON.stringify({ scripts }));
  }

  read(path: string) {
    return readFileSync(join(this.root, path), "utf8");
  }

  /** Puts a stand-in for Rust on the clone's `PATH`. */
  installRust() {
    this.write("bin/cargo", fakeCargo(this.root), 0o755);
    this.write("bin/rustc", "#!/bin/sh\necho rustc 1.95.0\necho host: x86_64-unknown-linux-gnu\n", 0o755);
    this.write("bin/cc", "#!/bin/sh\n", 0o755);
  }

  /** How often cargo was asked to build, with which archive. */
  builds() {
    return this.read("calls")
      .split("\n")
      .filter((call) => call.startsWith("build "));
  }

  env(more: Record<string, string> = {}): Record<string, string> {
    return {
      PATH: [this.bin, "/usr/bin", "/bin"].join(delimiter),
      HOME: this.root,
      CARGO_HOME: join(this.root, "cargo-home"),
      EVENLANE_CACHE: join(this.root, "cache"),
      LLVM_DIR: join(this.root, "no-llvm"),
      ...more,
    };
  }

  /** Runs a script of the clone: `{ code, stdout, stderr }`. */
  run(script: string, args: string[] = [], more: Record<string, string> = {}) {
    const program = script.endsWith(".mjs") ? [process.execPath, script] : [script];
    const [command, ...first] = program as [string, ...string[]];
    const { status, stdout, stderr } = spawnSync(command, [...first, ...args], {
      cwd: this.root,
      env: this.env(more),
      encoding: "utf8",
    });
    // On a busy machine even a compilation with nothing to do takes long enough to be announced.
    const told = stderr.replace("evenlane: compiling the modules\n", "");
    return { code: status, stdout, stderr: told.replace("evenlane: bundling the JavaScript host\n", "") };
  }

  start(script: string, args: string[]) {
    return spawn(process.execPath, [script, ...args], { cwd: this.root, env: this.env() });
  }

  hosts(): { name: string; status: string; reason?: string; command?: string[] }[] {
    const { version, hosts } = JSON.parse(this.read("build/hosts.json"));
    if (version !== 1) throw new Error(`version ${version}`);
    return hosts;
  }

  remove() {
    rmSync(this.root, { recursive: true, force: true });
  }
}
