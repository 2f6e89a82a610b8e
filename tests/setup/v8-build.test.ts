import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeShare, roughly } from "../../scripts/lib/progress.mjs";
import { parseCargoProgress } from "../../scripts/steps/cargo-build.mjs";
import { shimText } from "../../scripts/v8/compiler.mjs";
import { Course, parts } from "../../scripts/v8/course.mjs";
import { jobCount, parseStatus } from "../../scripts/v8/ninja.mjs";
import { headerFlags, splitCommand } from "../../scripts/v8/precompile.mjs";

test("ninja's and cargo's progress is read from their lines", () => {
  expect(parseStatus("[12/2300] CXX obj/v8/v8_base/api.o")).toEqual({ done: 12, total: 2300 });
  expect(parseStatus("ninja: Entering directory `out'")).toBeUndefined();
  expect(parseCargoProgress("    Building [=====>      ] 12/345: serde, tokio")).toEqual({ done: 12, total: 345 });
  expect(parseCargoProgress("   Compiling serde v1.0.0")).toBeUndefined();
});

test("the time left comes from the steps of this run alone", () => {
  expect(describeShare(1200, 2000, 60, 1000)).toBe("60 %, about 4 min left");
  expect(describeShare(1001, 2000, 60, 1000)).toBe("50 %"); // too little to forecast from
  expect([roughly(0), roughly(75), roughly(600), roughly(7200)]).toEqual(["1 s", "75 s", "10 min", "2.0 h"]);
});

test("an interrupted build goes on with its share, and forecasts from what this run has done", () => {
  const folder = mkdtempSync(join(tmpdir(), "evenlane-course-"));
  const shown: string[] = [];
  let now = 0;
  const begin = () =>
    new Course({ progress: { update: (text: string) => shown.push(text) }, folder, clock: () => now });
  try {
    begin().follow("compiling")({ done: 1, total: 1000 });
    const resumed = begin().follow("compiling");
    now = 100;
    resumed({ done: 300, total: 600 }); // ninja counts only the steps that are left
    now = 10_000;
    resumed({ done: 301, total: 600 }); // the machine slept in between
    const after = parts.generating.share + parts.precompiling.share;
    const share = (done: number) => Math.floor((after + (parts.compiling.share * done) / 1000) * 100);
    expect(shown).toEqual([
      `building V8: ${share(1)} % (3/3, compiling, step 1 of 1000)`,
      `building V8: ${share(700)} %, about 2 min left (3/3, compiling, step 700 of 1000)`,
      `building V8: ${share(701)} %, about 2 min left (3/3, compiling, step 701 of 1000)`,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the parts' shares make a whole", () => {
  const sum = Object.values<{ share: number }>(parts).reduce((all, { share }) => all + share, 0);
  expect(sum).toBeCloseTo(1);
});

test("jobs are as many as the cores, or as the memory allows", () => {
  expect(jobCount(2, 24 * 2 ** 30)).toBe(2);
  expect(jobCount(64, 16 * 2 ** 30)).toBe(10);
  expect(jobCount(4, 2 ** 30)).toBe(1);
});

test("a command is split as a shell would", () => {
  expect(splitCommand(`clang++ -DA='"x y"' "-DB=\\"q\\"" a\\ b  -c`)).toEqual([
    "clang++",
    '-DA="x y"',
    '-DB="q"',
    "a b",
    "-c",
  ]);
});

test("a precompiled header shares the flags of its objects, but not their names", () => {
  const command = "clang++ -MD -MF a.d -Isrc -O2 -fno-lifetime-dse -fmodule-name=m -c ../a.cc -o obj/a.o";
  expect(headerFlags(command)).toEqual(["-Isrc", "-O2"]);
});

test("the shim leaves flags out, adds the group's header, and does without it where that fails", () => {
  const folder = mkdtempSync(join(tmpdir(), "evenlane shim's "));
  const shim = join(folder, "shim");
  const clang = join(folder, "clang");
  const calls = join(folder, "calls");
  // A compiler that fails with the header for one file.
  const fake = `#!/bin/sh\necho "$*" >>'${calls.replaceAll("'", `'\\''`)}'\ncase "$*" in *bad.cc*include-pch*) exit 1;; esac\n`;
  const call = (...args: string[]) => execFileSync(shim, args, { cwd: folder });
  try {
    writeFileSync(clang, fake);
    writeFileSync(shim, shimText({ clang, headersFolder: folder }));
    for (const file of [clang, shim]) chmodSync(file, 0o755);
    writeFileSync(join(folder, "compiler.pch"), "");
    call("-fmodule-name=x", "-fno-lifetime-dse", "-c", "a.cc", "-o", "obj/v8/v8_compiler/a.o");
    call("-c", "other.cc", "-o", "obj/other/other.o");
    call("-c", "no-header-yet.cc", "-o", "obj/v8/v8_init/b.o");
    call("-c", "bad.cc", "-o", "obj/v8/v8_compiler/bad.o");
    const withHeader = `-Wno-everything -Xclang -include-pch -Xclang ${folder}/compiler.pch`;
    expect(readFileSync(calls, "utf8").trim().split("\n")).toEqual([
      `-c a.cc -o obj/v8/v8_compiler/a.o ${withHeader}`,
      "-c other.cc -o obj/other/other.o",
      "-c no-header-yet.cc -o obj/v8/v8_init/b.o",
      `-c bad.cc -o obj/v8/v8_compiler/bad.o ${withHeader}`,
      "-c bad.cc -o obj/v8/v8_compiler/bad.o",
    ]);
    expect(readFileSync(join(folder, "fallbacks.log"), "utf8")).toBe("obj/v8/v8_compiler/bad.o\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
