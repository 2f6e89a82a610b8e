import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildSabotaged } from "../../conformance/saboteurs/build.ts";
import { saboteurs } from "../../conformance/saboteurs/catalogue.ts";
import { bundleJsHost } from "../../hosts/js-bundle.ts";

const folder = mkdtempSync(path.join(tmpdir(), "evenlane-release-"));
afterAll(() => rmSync(folder, { recursive: true }));

const parts = ["supervisor/main.js", "worker/main.js"];
const textOf = (outdir: string) => parts.map((part) => readFileSync(path.join(outdir, part), "utf8")).join("\n");

test("the host that is shipped holds no saboteur; a sabotaged one does", async () => {
  const shipped = path.join(folder, "shipped");
  await bundleJsHost(shipped);
  expect(textOf(shipped)).not.toMatch(/fired|saboteur/i);
  const sabotaged = path.join(folder, "sabotaged");
  await buildSabotaged(saboteurs[0]!, sabotaged);
  expect(textOf(sabotaged)).toMatch(/fired\(\)/);
});
