import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileAssemblyScript } from "../../modules/compile/assemblyscript.ts";
import { BuildError } from "../../modules/compile/error.ts";
import { root } from "../../modules/compile/paths.ts";
import { builtManifest } from "./built.ts";

const { modules } = builtManifest();

test("every module is compiled, twice but for those of JavaScript alone", () => {
  expect(modules.map(({ name, guest }) => `${guest} ${name}`).sort()).toEqual([
    "as clockwork",
    "as contexts",
    "as ledger",
    "as relay",
    "as script",
    "as transactions",
    "as values",
    "ts ambient",
    "ts bodies",
    "ts clockwork",
    "ts contexts",
    "ts ledger",
    "ts relay",
    "ts script",
    "ts shapes",
    "ts shapes.es2016",
    "ts transactions",
    "ts values",
  ]);
});

describe.each(modules)("$path", ({ guest, path, sha256, source }) => {
  const bytes = readFileSync(join(root, path));

  test("is what the manifest says, with its source map beside it", () => {
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    const { sources } = JSON.parse(readFileSync(join(root, `${path}.map`), "utf8")) as { sources: string[] };
    expect(sources.map((each) => each.replace(/^(\.\.\/)+/, ""))).toContain(source);
  });

  test("needs nothing but what its host gives it", () => {
    if (guest === "ts") {
      expect(bytes.toString()).not.toMatch(/^import\b|\bimport\(|\brequire\(/m);
      return;
    }
    const module = new WebAssembly.Module(bytes);
    expect(new Set(WebAssembly.Module.imports(module).map((each) => each.module))).toEqual(new Set(["evenlane_1"]));
    const exports = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(exports.sort()).toEqual(["call", "describe", "memory"]);
  });
});

test("what a compiler refuses is passed on with its file and line", async () => {
  const folder = join(root, "build/tests");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "refused.ts"), 'export function f(): i32 {\n  return "text";\n}\n');
  const compiled = compileAssemblyScript(join(folder, "refused.ts"), join(folder, "refused.wasm"));
  await expect(compiled).rejects.toThrow(BuildError);
  await expect(compiled).rejects.toThrow(/TS2322[\s\S]*build\/tests\/refused\.ts\(2,10\)/);
}, 60_000);
