import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { saboteurs } from "../../conformance/saboteurs/catalogue.ts";
import { editedSource } from "../../conformance/saboteurs/edited-source.ts";
import { scenarios } from "../../conformance/scenarios/catalogue.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const ids = loadSpec().map(({ id }) => id);

test("no two saboteurs have the same name", () => {
  const names = saboteurs.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(0);
  expect(names).toEqual([...new Set(names)]);
});

describe.each(saboteurs.map((saboteur) => [saboteur.name, saboteur] as const))("%s", (name, saboteur) => {
  test("has a slug for a name, and says its fault in a sentence", () => {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(saboteur.fault).toMatch(/^[A-Z`].*\.$/);
  });

  test("breaks requirements of the spec, each once for a reason", () => {
    const broken = saboteur.kills.map(({ requirement }) => requirement);
    const kills = saboteur.kills.map(({ requirement, reason }) => `${requirement} ${reason}`);
    expect(broken).not.toEqual([]);
    expect(kills).toEqual([...new Set(kills)]);
    expect(ids).toEqual(expect.arrayContaining(broken));
  });

  test("changes what stands in the sources, and counts that it acts", () => {
    const files = new Set(saboteur.edits.map(({ file }) => file));
    expect(files.size).toBeGreaterThan(0);
    for (const file of files) {
      const edits = saboteur.edits.filter((edit) => edit.file === file);
      const edited = editedSource(readFileSync(`${root}/hosts/js/${file}`, "utf8"), edits);
      // Throws where it is no program.
      transformSync(edited, { loader: "ts" });
    }
    expect(saboteur.edits.map(({ replace }) => replace).join("\n")).toContain("fired()");
  });

  test("writes no frame by itself and knows no scenario, requirement or call", () => {
    const modules = new Set(scenarios.flatMap((scenario) => ("module" in scenario ? [scenario.module] : [])));
    const words = [...ids, ...[...modules].map((module) => `"${module}"`), "jsonrpc"];
    for (const { replace } of saboteur.edits) for (const word of words) expect(replace).not.toContain(word);
  });
});
