import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { describePlatform, missingOptional } from "../../scripts/complete-lock.mjs";
import { matchesLock } from "../../scripts/steps/npm.mjs";

describe("package-lock.json", () => {
  test("describes the optional packages of every system, or npm ci would refuse it", () => {
    const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
    // Where this fails: node scripts/complete-lock.mjs
    expect(missingOptional(lock).map(([path]: [string]) => path)).toEqual([]);
  });

  test("is completed from the packages' names", () => {
    const packages = { "node_modules/a": { dev: true, optionalDependencies: { "@a/cli-linux-x64-musl": "1.2.3" } } };
    expect(missingOptional({ packages })).toEqual([
      [
        "node_modules/@a/cli-linux-x64-musl",
        { version: "1.2.3", dev: true, cpu: ["x64"], libc: ["musl"], os: ["linux"], optional: true },
      ],
    ]);
    expect(describePlatform("@a/cli-darwin-arm64")).toEqual({ cpu: ["arm64"], os: ["darwin"] });
    expect(describePlatform("fsevents")).toBeUndefined();
  });
});

describe("what npm has installed", () => {
  const lock = (packages: object) => JSON.stringify({ packages: { "": { name: "evenlane" }, ...packages } });
  const record = (packages: object) => JSON.stringify({ packages });
  const zod = { "node_modules/zod": { version: "4.0.0", integrity: "sha512-a" } };
  const other = { "node_modules/other-system": { version: "1.0.0", optional: true } };

  test.each([
    ["the same", lock(zod), record(zod), true],
    ["the same but for another system's package", lock({ ...zod, ...other }), record(zod), true],
    ["another version", lock(zod), record({ "node_modules/zod": { version: "4.0.1", integrity: "sha512-a" } }), false],
    ["other bytes", lock(zod), record({ "node_modules/zod": { version: "4.0.0", integrity: "sha512-b" } }), false],
    ["less", lock(zod), record({}), false],
    ["more", lock({}), record(zod), false],
    ["nothing", lock({}), undefined, false],
  ])("is %s", (_, locked, recorded, expected) => expect(matchesLock(locked, recorded)).toBe(expected));
});
