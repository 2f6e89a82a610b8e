import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, expect, test, vi } from "vitest";
import type { Capsule } from "../../conformance/capsule/capsule.ts";
import { writeCapsule } from "../../conformance/capsule/capsule-file.ts";
import { replayCommand } from "../../conformance/commands/replay.ts";
import { kitVersion, root } from "../../conformance/package.ts";
import { type Column, columnsOf, readHosts, readModules } from "../../conformance/run/columns.ts";

const modules = readModules(`${root}/build/modules/manifest.json`);
const columns = columnsOf(readHosts(`${root}/build/hosts.json`));
const scenario: Capsule["play"] = { kind: "scenario", id: "ordering/reducer-overtakes-held-procedure" };
const exploration: Capsule["play"] = { kind: "exploration", name: "2x1+reducer-stepped", schedule: [0, 1, 0] };

/** Writes a capsule of what is said to have failed in a column. */
function capsuleOf({ host, guest }: Column, play: Capsule["play"], module: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "evenlane-replay-")), "capsule.json");
  const { name, sha256 } = modules.find((one) => one.name === module && one.guest === guest)!;
  writeCapsule(file, {
    ...{ evenlane: "capsule", version: 1, kit: kitVersion(), host: { name: host.name, version: null }, guest },
    ...{ seed: "seven", modules: [{ name, sha256 }], play, inputs: [] },
    ...{ verdict: "fail", reason: "wrong-order", message: "b before a" },
  });
  return file;
}

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(
  columns.flatMap((column) => [
    { column, label: column.label, play: scenario, module: "relay", seen: /submit {2}c\d+ fetchThenRecord/ },
    {
      column,
      label: column.label,
      play: exploration,
      module: "script",
      seen: /2x1\+reducer-stepped, schedule 0,1,0\n/,
    },
  ]),
)("a capsule's $play.kind is played again on $label", async ({ column, play, module, seen }) => {
  let out = "";
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const code = await replayCommand(capsuleOf(column, play, module), { patience: 60 });
  const told = stripVTControlCharacters(out);
  expect(told.split("\n")[0]).toContain(column.label);
  expect(told).toMatch(seen);
  expect(told).toMatch(/^pass$/m);
  expect(told).toContain("When the capsule was made, FAIL wrong-order came out: b before a.");
  expect(code).toBe(0);
});
