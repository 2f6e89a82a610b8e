import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileAssemblyScript } from "../../modules/compile/assemblyscript.ts";
import { BuildError } from "../../modules/compile/error.ts";
import { assemblyScriptModules, root } from "../../modules/compile/paths.ts";
import { builtManifest } from "./built.ts";

const { modules } = builtManifest();

test("every module is compiled, twice but for those of JavaScript alone", () => {
  const namesOf = (wanted: string) => modules.filter(({ guest }) => guest === wanted).map(({ name }) => name);
  expect(namesOf("as")).toEqual(assemblyScriptModules());
  expect(namesOf("ts").toSorted()).toEqual([...assemblyScriptModules(), "bodies", "promises", "shapes", "shapes.es2016"].sort());
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

test("a wasm module imports nothing that its code does not use: a host that lacks it can run the module", () => {
  const ledger = modules.find(({ name, guest }) => name === "ledger" && guest === "as")!;
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(join(root, ledger.path))));
  const names = imports.map(({ name }) => name);
  for (const each of ["schedule", "schedule_every", "call_reducer", "tx_timestamp", "uuid"]) {
    expect(names).not.toContain(each);
  }
  expect(names).toContain("http_fetch");
});

test("what a compiler refuses is passed on with its file and line", async () => {
  const folder = join(root, "build/tests");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "refused.ts"), 'export function f(): i32 {\n  return "text";\n}\n');
  const compiled = compileAssemblyScript(join(folder, "refused.ts"), join(folder, "refused.wasm"));
  await expect(compiled).rejects.toThrow(BuildError);
  await expect(compiled).rejects.toThrow(/TS2322[\s\S]*build\/tests\/refused\.ts\(2,10\)/);
}, 60_000);
