import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isLacking } from "../../scripts/steps/hosts.mjs";
import { placesOf, runtimes } from "../../scripts/steps/runtimes.mjs";
import { findExecutable } from "../../scripts/v8/requirements.mjs";
import { Clone } from "./clone.ts";

// Each test starts several programs, one after the other.
vi.setConfig({ testTimeout: 60_000 });

let clone: Clone;
beforeEach(() => {
  clone = new Clone();
});
afterEach(() => clone.remove());

// The stand-ins are found first, but a system-wide cargo would be found too.
const rustIsSystemWide = Boolean(findExecutable("cargo", { PATH: "/usr/bin:/bin" }));
const noRust = "cargo was not found: install Rust 1.95 or later (https://rustup.rs) and run npm start again";

describe("npm start", () => {
  test.skipIf(rustIsSystemWide)("without Rust lists the hosts as not built, with the reason, and runs the CLI", () => {
    const { code, stdout, stderr } = clone.run("scripts/start.mjs");
    expect(stderr).toBe("");
    expect(stdout).toBe(`cli got ["run"] on ${process.versions.node}\n`);
    expect(code).toBe(0);
    expect(clone.hosts().slice(0, 3)).toEqual([
      { name: "wasmtime", guests: ["as", "ts"], status: "not-built", reason: noRust },
      { name: "v8", guests: ["ts", "as"], status: "not-built", reason: noRust },
      {
        name: "node",
        guests: ["ts", "as"],
        status: "built",
        command: [
          join(clone.root, "node_modules/node/bin/node"),
          join(clone.root, "build/hosts/js/supervisor/main.js"),
        ],
      },
    ]);
  });

  test("hands its arguments to the CLI, and the CLI's exit code back", () => {
    const { code, stdout } = clone.run("scripts/start.mjs", ["exit", "7"], { EVENLANE_WITHOUT_RUST: "1" });
    expect(stdout).toContain('cli got ["exit","7"]');
    expect(code).toBe(7);
  });

  test("hands a signal to the CLI", async () => {
    const child = clone.start("scripts/start.mjs", ["wait"]);
    await new Promise((done) => child.stdout.once("data", done));
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    expect(await ended).toBe(42);
  });

  test("says what is wrong with the modules and stops", () => {
    clone.write("modules/build.ts", 'console.error("relay: no such table"); process.exitCode = 1;');
    const { code, stdout, stderr } = clone.run("scripts/start.mjs");
    expect(stderr).toContain("relay: no such table\n");
    expect(stderr).toContain("evenlane: the modules do not compile: what modules/build.ts said is above");
    expect([code, stdout]).toEqual([1, ""]);
  });

  test("names npm where packages are missing and npm too", () => {
    clone.write("package-lock.json", '{"packages":{"":{},"node_modules/zod":{"version":"4.0.0"}}}');
    // Only the stand-ins: /usr/bin has an npm.
    const { code, stderr } = clone.run("scripts/start.mjs", [], { PATH: clone.bin });
    expect(stderr).toContain(
      "evenlane: npm was not found: install Node.js 20 or later with npm and run npm start again.",
    );
    expect(code).toBe(1);
  });
});

describe("the hosts", () => {
  beforeEach(() => clone.installRust());

  test("are built once, with the archive that the user named, and copied into the clone", () => {
    const archive = clone.write("own.a.gz", "");
    expect(clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: archive }).code).toBe(0);
    expect(clone.hosts()[1]).toEqual({
      name: "v8",
      guests: ["ts", "as"],
      status: "built",
      command: [join(clone.root, "build/hosts/evenlane-host-v8")],
    });
    expect(clone.read("build/hosts/evenlane-host-wasmtime")).toBe("binary of evenlane-host-wasmtime");
    clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: archive });
    expect(clone.builds()).toEqual([`build archive=${archive}`]);
    clone.write("hosts/core/lib.rs", "// changed");
    clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: archive });
    expect(clone.builds()).toHaveLength(2);
  });

  test("are not built again where the archive is only no longer named", () => {
    clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: clone.write("own.a.gz", "") });
    expect(clone.run("scripts/setup.mjs")).toMatchObject({ code: 0, stderr: "" });
    clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: clone.write("another.a.gz", "") });
    expect(clone.builds()).toHaveLength(2);
  });

  test("are built with the archive in the cache folder", () => {
    const kept = clone.write("cache/v8/librusty_v8_152.2.0_x86_64-unknown-linux-gnu.a.gz", "");
    clone.run("scripts/setup.mjs");
    expect(clone.builds()).toEqual([`build archive=${kept}`]);
  });

  test("are the other one alone where V8's archive cannot be had, and the reason says how to get it", () => {
    const { code, stderr } = clone.run("scripts/setup.mjs");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "evenlane: V8's archive could not be downloaded (the crate names no address), so it has to be built from the crate's sources.\n",
    );
    expect(stderr).toContain("evenlane: the host v8 is not built: V8 cannot be built from source because clang-22 ");
    expect(clone.hosts().map(({ status }) => status)).toEqual(["built", "not-built", "built", "built", "built"]);
  });

  test("that do not compile are broken alone, with cargo's first error", () => {
    const archive = clone.write("own.a.gz", "");
    const env = { RUSTY_V8_ARCHIVE: archive, BROKEN: "evenlane-host-v8" };
    const { stderr } = clone.run("scripts/setup.mjs", [], env);
    expect(stderr).toContain("error[E0425]: cannot find value");
    expect(clone.hosts()[0]?.status).toBe("built");
    expect(clone.hosts()[1]?.reason).toMatch(
      /^cargo build failed \(error\[E0425\]: .*\); its output is in .*cargo\.log$/,
    );
    // The next set-up tries again.
    clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: archive });
    expect(clone.hosts()[1]?.status).toBe("built");
  });

  test("of an older source do not stay where they cannot be built any more", () => {
    const archive = clone.write("own.a.gz", "");
    clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: archive });
    clone.write("hosts/core/lib.rs", "// changed");
    clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: archive, BROKEN: "evenlane-host-wasmtime" });
    expect(existsSync(join(clone.root, "build/hosts/evenlane-host-wasmtime"))).toBe(false);
  });
});

describe("the JavaScript host", () => {
  const bundle = "build/hosts/js/worker/main.js";

  test("is bundled, and again only where a source has changed", () => {
    clone.run("scripts/setup.mjs", ["--without-rust"]);
    expect(clone.read(bundle)).toContain('var name = "worker"');
    const made = statSync(join(clone.root, bundle)).mtimeMs;
    clone.run("scripts/setup.mjs", ["--without-rust"]);
    expect(statSync(join(clone.root, bundle)).mtimeMs).toBe(made);
    clone.write("hosts/js/worker/main.ts", "console.log('changed')");
    clone.run("scripts/setup.mjs", ["--without-rust"]);
    expect(clone.read(bundle)).toContain('console.log("changed")');
  });

  test("that does not parse stops the set-up with the place, and leaves no older bundle", () => {
    clone.run("scripts/setup.mjs", ["--without-rust"]);
    clone.write("hosts/js/worker/main.ts", "const = 1;");
    const { code, stderr } = clone.run("scripts/setup.mjs", ["--without-rust"]);
    expect(stderr).toContain("evenlane: the JavaScript host cannot be bundled:");
    expect(stderr).toContain("worker/main.ts:1:6: ERROR:");
    expect(code).toBe(1);
    expect(existsSync(join(clone.root, bundle))).toBe(false);
  });
});

describe("the other runtimes of the JavaScript host", () => {
  test("are started from where their packages have them", () => {
    clone.run("scripts/setup.mjs", ["--without-rust"]);
    const listed = clone.hosts().slice(3);
    expect(listed).toMatchObject([
      { name: "deno", status: "built" },
      { name: "bun", status: "built" },
    ]);
    for (const [index, place] of clone.runtimes.entries()) {
      expect(listed[index]?.command).toContain(join(clone.root, place));
      expect(listed[index]?.command?.at(-1)).toBe(join(clone.root, "build/hosts/js/supervisor/main.js"));
    }
  });

  test("are missing where npm has not installed their binary, or only what stands in for it", () => {
    rmSync(join(clone.root, clone.runtimes[0]!));
    clone.write(clone.runtimes[1]!, "run the install script");
    const { code, stderr } = clone.run("scripts/setup.mjs", ["--without-rust"]);
    for (const name of ["deno", "bun"]) {
      expect(stderr).toContain(`the host ${name} is not built: npm has not installed the binary of ${name}`);
    }
    expect(code).toBe(1);
  });

  test("are no failure where their makers have no package for the system", () => {
    expect(runtimes.map((runtime: object) => placesOf(runtime, "aix-ppc64"))).toEqual([[], []]);
    expect(isLacking({ status: "not-built", cause: "absent" })).toBe(false);
    expect(isLacking({ status: "not-built", cause: "missing" })).toBe(true);
  });

  test("have their packages in the lock file", () => {
    const { packages } = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
    for (const runtime of runtimes) {
      for (const [place] of Object.values(runtime.packages) as string[][]) {
        expect(packages).toHaveProperty([`node_modules/${place?.split("/").slice(0, 2).join("/")}`]);
      }
    }
  });
});

test("a second set-up calls neither npm nor cargo", () => {
  clone.installRust();
  clone.run("scripts/setup.mjs", [], { RUSTY_V8_ARCHIVE: clone.write("own.a.gz", "") });
  const calls = clone.read("calls");
  for (const tool of ["npm", "cargo"]) clone.write(`bin/${tool}`, "#!/bin/sh\nexit 9\n", 0o755);
  expect(clone.run("scripts/setup.mjs")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(clone.read("calls")).toBe(calls);
});

describe("npm test", () => {
  test("counts vitest and cargo", () => {
    clone.installRust();
    const { code, stdout } = clone.run("scripts/test.mjs", [], { RUSTY_V8_ARCHIVE: clone.write("own.a.gz", "") });
    expect(stdout).toMatch(/\nvitest: 3 passed, 0 failed; cargo: 5 passed, 0 failed\n$/);
    expect(code).toBe(0);
  });

  test("with arguments is vitest alone", () => {
    clone.installRust();
    const { stdout } = clone.run("scripts/test.mjs", ["tests/setup"], {
      RUSTY_V8_ARCHIVE: clone.write("own.a.gz", ""),
    });
    expect(stdout).toBe('vitest got ["run","tests/setup"]\n\nvitest: 3 passed, 0 failed\n');
  });

  test("fails where a host is not built, and says which and why", () => {
    clone.installRust();
    const env = { RUSTY_V8_ARCHIVE: clone.write("own.a.gz", ""), BROKEN: "evenlane-host-wasmtime" };
    const { code, stdout, stderr } = clone.run("scripts/test.mjs", [], env);
    expect(stderr).toContain("evenlane: the host wasmtime is not built: cargo build failed (error[E0425]");
    expect(stdout).toMatch(/\nvitest: 3 passed, 0 failed; hosts: 0 passed, 1 failed\n$/);
    expect(code).toBe(1);
  });

  test("passes without Rust only where that was asked for", () => {
    const { code, stderr } = clone.run("scripts/test.mjs", [], { EVENLANE_WITHOUT_RUST: "1" });
    expect(stderr).toContain("evenlane: the host v8 is not built: the set-up ran without Rust, as asked");
    expect(code).toBe(0);
  });
});

describe(".ci/run", () => {
  const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);

  test("ends with the count of the tests", () => {
    clone.installRust();
    const { code, stdout } = clone.run(".ci/run", [], { RUSTY_V8_ARCHIVE: clone.write("own.a.gz", "") });
    expect(lastLine(stdout)).toBe("8 passed, 0 failed");
    expect(code).toBe(0);
  });

  test("counts each failing check as one failure", () => {
    clone.installRust();
    clone.packageScripts({ check: "exit 1", "bench:counts": "exit 1" });
    const { code, stdout } = clone.run(".ci/run", [], { RUSTY_V8_ARCHIVE: clone.write("own.a.gz", "") });
    expect(stdout).toContain("=== npm run check: failed (exit code 1)\n");
    expect(stdout).toContain("=== npm run bench:counts: failed (exit code 1)\n");
    expect(lastLine(stdout)).toBe("8 passed, 2 failed");
    expect(code).toBe(1);
  });

  test("fails where no test ran", () => {
    clone.installRust();
    clone.packageScripts({ test: "exit 0" });
    const { code, stdout } = clone.run(".ci/run", [], { RUSTY_V8_ARCHIVE: clone.write("own.a.gz", "") });
    expect(lastLine(stdout)).toBe("0 passed, 1 failed");
    expect(code).toBe(1);
  });
});
