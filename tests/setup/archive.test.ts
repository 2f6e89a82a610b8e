import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { archiveAtHand, cachedArchive, obtainArchive } from "../../scripts/v8/archive.mjs";
import { candidates, crateCachePath } from "../../scripts/v8/candidates.mjs";
import { archiveName, icuDataVersion, v8Version } from "../../scripts/v8/version.mjs";

const target = "x86_64-unknown-linux-gnu";
let cache: string;
let tried: string[];
let said: string[];
const progress = { say: (text: string) => said.push(text), update: () => {} };

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "evenlane-archive-"));
  tried = [];
  said = [];
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

function fill(path: string, content = "an archive") {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function obtain(env: Record<string, string>, outcomes: { download?: string; build?: Error } = {}) {
  return obtainArchive({
    target,
    cache,
    env,
    progress,
    download: async (output: string) => {
      tried.push("download");
      if (outcomes.download === undefined) fill(output);
      return outcomes.download;
    },
    build: async (output: string) => {
      tried.push("build");
      if (outcomes.build) throw outcomes.build;
      fill(output);
    },
  });
}

describe("the order in which V8's archive is looked for", () => {
  test("RUSTY_V8_ARCHIVE comes before the cache", async () => {
    fill(cachedArchive(cache, target));
    const own = fill(join(cache, "own.a.gz"));
    expect(await obtain({ RUSTY_V8_ARCHIVE: own })).toEqual({ path: own, from: "environment" });
    expect(tried).toEqual([]);
  });

  test("a relative RUSTY_V8_ARCHIVE is made absolute, since the crate's build script runs elsewhere", () => {
    const own = fill(join(cache, "own.a.gz"));
    expect(archiveAtHand({ target, cache, env: { RUSTY_V8_ARCHIVE: "own.a.gz" }, base: cache })).toEqual({
      path: own,
      from: "environment",
    });
  });

  test("a RUSTY_V8_ARCHIVE that names nothing is said, not passed over", async () => {
    fill(cachedArchive(cache, target));
    await expect(obtain({ RUSTY_V8_ARCHIVE: "/nowhere/v8.a.gz" })).rejects.toThrow(
      "RUSTY_V8_ARCHIVE names /nowhere/v8.a.gz, which is not there: correct it, or unset it to have V8's archive fetched or built.",
    );
    expect(tried).toEqual([]);
  });

  test("the cache comes before the download", async () => {
    const kept = fill(cachedArchive(cache, target));
    expect(await obtain({})).toEqual({ path: kept, from: "cache" });
    expect(tried).toEqual([]);
  });

  test("the download comes before the build, and is found in the cache the next time", async () => {
    expect(await obtain({})).toEqual({ path: cachedArchive(cache, target), from: "download" });
    expect(tried).toEqual(["download"]);
    expect((await obtain({})).from).toBe("cache");
  });

  test("a refused download leads to the build, in one sentence, and the build is kept too", async () => {
    expect((await obtain({}, { download: "the server answered 403" })).from).toBe("build");
    expect(tried).toEqual(["download", "build"]);
    expect(said).toEqual([
      "V8's archive could not be downloaded (the server answered 403), so it has to be built from the crate's sources.",
    ]);
    expect((await obtain({})).from).toBe("cache");
  });

  test("a build that cannot be done leaves nothing behind", async () => {
    const missing = new Error("clang-22 is missing");
    await expect(obtain({}, { download: "refused", build: missing })).rejects.toBe(missing);
    expect(archiveAtHand({ target, cache, env: {} })).toBeUndefined();
  });
});

describe("the addresses of the crate's own download", () => {
  const script = 'const DEFAULT_ARTIFACT_BASE: &str =\n  "https://example.test/releases";\n';
  const file = `librusty_v8_release_${target}.a.gz`;

  test("are the one in the crate's build script", () => {
    expect(candidates(target, script, {})).toEqual([`https://example.test/releases/v${v8Version}/${file}`]);
  });

  test("are the mirror's alone where one is set", () => {
    const env = { RUSTY_V8_MIRROR: "https://mirror.test" };
    expect(candidates(target, script, env)).toEqual([`https://mirror.test/v${v8Version}/${file}`]);
  });

  test("are both where the user allows it", () => {
    const env = { RUSTY_V8_MIRROR: "https://mirror.test/{tag}/{file}", RUSTY_V8_MIRROR_FALLBACK: "1" };
    expect(candidates(target, script, env)).toEqual([
      `https://mirror.test/v${v8Version}/${file}`,
      `https://example.test/releases/v${v8Version}/${file}`,
    ]);
  });

  test("include a folder's flat layout", () => {
    expect(candidates(target, script, { RUSTY_V8_MIRROR: "/mirror" })).toEqual([
      `/mirror/v${v8Version}/${file}`,
      `/mirror/${file}`,
    ]);
  });

  test("come after what was put into the crate's cache by hand", () => {
    expect(crateCachePath(target, { CARGO_HOME: "/c" })).toBe(
      "/c/.rusty_v8/v152_2_0_librusty_v8_release_x86_64_unknown_linux_gnu_a_gz",
    );
  });
});

test("the archive is the one of the crate's version in Cargo.lock", () => {
  const lock = readFileSync(new URL("../../Cargo.lock", import.meta.url), "utf8");
  expect(lock).toContain(`name = "v8"\nversion = "${v8Version}"\n`);
  expect(archiveName(target)).toBe(`librusty_v8_${v8Version}_${target}.a.gz`);
  expect(icuDataVersion).toMatch(/^0\.78\./); // ICU 78, the one in V8 15.2
});
