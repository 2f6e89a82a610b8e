import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { described, guestDescribing } from "../../conformance/fixtures/describing.ts";
import { readDescription } from "../../conformance/fixtures/own-reading.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "evenlane-own-reading-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, source: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

describe("what a module says of itself, read without a host", () => {
  // More than a page of wasm memory.
  const description = described({ tables: Array.from({ length: 10_000 }, (_, index) => `table_${index}`) });

  test.for([
    { guest: "ts", file: "guest.mjs" },
    { guest: "as", file: "guest.wasm" },
  ] as const)("is what a guest of the kind $guest was made to say", async ({ guest, file }) => {
    const path = written(file, await guestDescribing(description, guest === "ts"));
    expect(await readDescription(path, guest)).toEqual(description);
  });

  test("is not waited for where a guest in JavaScript ends its thread", async () => {
    const path = written("ends.mjs", "process.exit(3);");
    await expect(readDescription(path, "ts")).rejects.toThrow(/ends\.mjs ended its thread \(exit code 3\)/);
  });

  test("is refused with the guest's own words where it throws", async () => {
    const path = written("throws.mjs", 'export default { describe() { throw new Error("no words"); } };');
    await expect(readDescription(path, "ts")).rejects.toThrow("no words");
  });
});
