/** The invariants of ARCHITECTURE.md that can be read off the sources. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../conformance/package.ts";
import { loadSpec } from "../conformance/spec/load-spec.ts";

/** The modules that a file imports: relative ones as paths from the root, others by name. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  // A bare import begins its line: elsewhere the word may stand in a text.
  const found = text.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)|^import "([^"]+)"/gm);
  return [...found].map(([, a, b, c]) => {
    const name = (a ?? b ?? c)!;
    return name.startsWith(".") ? path.posix.normalize(path.posix.join(path.posix.dirname(file), name)) : name;
  });
}

const filesIn = (pattern: string) => globSync(pattern, { cwd: root }).map((file) => file.replaceAll("\\", "/"));

describe("who may know whom", () => {
  test.each([
    // Of the hosts it knows how one is put together: to put faults into it.
    [
      "the kit",
      "conformance/**/*.ts",
      /^(conformance\/|node:|hosts\/js-bundle\.ts$|[a-z@])/,
      /^(evenlane|hosts\/(?!js-bundle\.ts)|modules\/|scripts\/|tests\/)/,
    ],
    ["the JavaScript host", "hosts/js/**/*.ts", /^(hosts\/js\/|node:|zod$)/, /^(conformance|modules)/],
    [
      "a module",
      "modules/{*/module,common/*,script/ops,values/*}.ts",
      /^(modules\/common\/|modules\/script\/ops|modules\/values\/made|evenlane\/module$)/,
      /^node:/,
    ],
    [
      "the model",
      "conformance/model/**/*.ts",
      /^(conformance\/(model\/|protocol\/schemas)|node:(crypto|net|util)$)/,
      /scenarios|explore|judge|hosts|origin/,
    ],
    ["the TypeScript SDK", "modules/sdk/ts/*.ts", /^modules\/sdk\/ts\//, /^node:/],
    ["the set-up step", "scripts/**/*.mjs", /^(scripts\/|node:)/, /^(zod|commander)/],
  ])("%s imports only what it may", (_, pattern, allowed, forbidden) => {
    const files = filesIn(pattern);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      for (const name of importsOf(file)) {
        expect(name, file).toMatch(allowed);
        expect(name, file).not.toMatch(forbidden);
      }
    }
  });

  test("no engine stands in the core of the Rust hosts", () => {
    const manifest = readFileSync(`${root}/hosts/core/Cargo.toml`, "utf8");
    expect(manifest).not.toMatch(/^(wasmtime|v8)\b/m);
  });
});

describe("who may name whom", () => {
  const hosts = /\b(wasmtime|node×|v8×|SingleCoreExecutor)\b/i;

  test("scenarios, model, judge and exploration name no host", () => {
    for (const file of filesIn("conformance/{scenarios,model,judge,explore}/**/*.ts")) {
      expect(readFileSync(path.join(root, file), "utf8"), file).not.toMatch(hosts);
    }
  });

  test("hosts and modules name no requirement", () => {
    const files = [...filesIn("hosts/*/src/**/*.rs"), ...filesIn("hosts/js/**/*.ts"), ...filesIn("modules/**/*.ts")];
    expect(files.length).toBeGreaterThan(100);
    const requirements = loadSpec();
    for (const file of files) {
      const text = readFileSync(path.join(root, file), "utf8");
      for (const { id } of requirements) expect(text.includes(id), `${id} in ${file}`).toBe(false);
    }
  });
});
