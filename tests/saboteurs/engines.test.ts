/** The saboteurs of the real engines' hosts: each stands in the sources, knows no scenario, and is in no host that is shipped. */
import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { readHosts } from "../../conformance/run/columns.ts";
import { sabotagedBinary } from "../../conformance/saboteurs/engine-targets.ts";
import { engineSaboteurs } from "../../conformance/saboteurs/engines/catalogue.ts";
import { scenarios } from "../../conformance/scenarios/catalogue.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const ids = loadSpec().map(({ id }) => id);
const sources = globSync("hosts/{core,v8,wasmtime}/src/**/*.rs", { cwd: root })
  .filter((file) => !file.endsWith("core/src/saboteur.rs"))
  .map((file) => readFileSync(`${root}/${file}`, "utf8"));
const standing = sources.flatMap((source) => [...source.matchAll(/fault!\("([^"]*)"\)/g)].map(([, name]) => name!));

test("what stands in the sources is what is hunted", () => {
  const names = engineSaboteurs.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  expect([...new Set(standing)].sort()).toEqual(names.toSorted());
});

describe.each(engineSaboteurs.map((saboteur) => [saboteur.name, saboteur] as const))("%s", (name, saboteur) => {
  test("has a slug for a name, and says its fault in a sentence", () => {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(saboteur.fault).toMatch(/^[A-Z`].*\.$/);
  });

  test("is hunted on each column once, and breaks requirements of the spec there, each once", () => {
    const columns = saboteur.on.map(({ host, guest }) => `${host}×${guest}`);
    expect(columns.length).toBeGreaterThan(0);
    expect(columns).toEqual([...new Set(columns)]);
    for (const { kills } of saboteur.on) {
      const broken = kills.map(({ requirement }) => requirement);
      expect(broken).not.toEqual([]);
      expect(broken).toEqual([...new Set(broken)]);
      expect(ids).toEqual(expect.arrayContaining(broken));
    }
  });
});

test("the files of faults write no frame, and know no scenario, requirement or module", () => {
  const modules = scenarios.flatMap((scenario) => ("module" in scenario ? [`"${scenario.module}"`] : []));
  const faults = globSync("hosts/*/src/**/sabot*.rs", { cwd: root });
  expect(faults.length).toBeGreaterThan(2);
  for (const file of faults) {
    const source = readFileSync(`${root}/${file}`, "utf8");
    for (const word of [...ids, ...modules, "jsonrpc"]) expect(source).not.toContain(word);
  }
});

const engines = readHosts(`${root}/build/hosts.json`).flatMap((host) =>
  (host.name === "wasmtime" || host.name === "v8") && host.status === "built"
    ? [{ name: host.name, binary: host.command[0]! } as const]
    : [],
);
const marks = (binary: string, words: readonly string[]) => {
  const bytes = readFileSync(binary);
  return words.filter((word) => bytes.includes(word));
};

test.each(engines)("the $name host that is shipped holds no saboteur; the one for the hunt holds them", (engine) => {
  const { name, binary } = engine;
  const own = engineSaboteurs.filter(({ on }) => on.some(({ host }) => host === name)).map((one) => one.name);
  const words = ["EVENLANE_SABOTEUR", ...own];
  expect(marks(binary, words)).toEqual([]);
  expect(marks(sabotagedBinary(name), words)).toEqual(words);
});
