import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const rows = readFileSync(`${root}/spec/known-differences.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => line.split(" | "));

test("each known difference is judged by requirements of the spec", () => {
  const known = new Set(loadSpec().map(({ id }) => id));
  expect(rows.length).toBeGreaterThan(20);
  for (const cells of rows) {
    const ids = [...(cells.at(-1) ?? "").matchAll(/`([a-z-]+\/[a-z0-9-]+)`/g)].map(([, id]) => id!);
    expect(ids, cells[0]).not.toEqual([]);
    expect(
      ids.filter((id) => !known.has(id)),
      cells[0],
    ).toEqual([]);
  }
});
