import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { saboteurs } from "../../conformance/saboteurs/catalogue.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const rows = readFileSync(`${root}/spec/known-differences.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => line.replace(/ \|$/, "").split(" | "));

const namesIn = (cell: string | undefined) => [...(cell ?? "").matchAll(/`([a-z0-9/-]+)`/g)].map(([, name]) => name!);

test("the table is read", () => {
  expect(rows.length).toBeGreaterThan(20);
  for (const cells of rows) expect(cells, cells[0]).toHaveLength(6);
});

test("each known difference is judged by requirements of the spec", () => {
  const known = new Set(loadSpec().map(({ id }) => id));
  for (const cells of rows) {
    const ids = namesIn(cells.at(-2));
    expect(ids, cells[0]).not.toEqual([]);
    expect(
      ids.filter((id) => !known.has(id)),
      cells[0],
    ).toEqual([]);
  }
});

test("each known difference is done by saboteurs, and each of these breaks a requirement beside it", () => {
  for (const cells of rows) {
    const judged = namesIn(cells.at(-2));
    const names = namesIn(cells.at(-1));
    expect(names, cells[0]).not.toEqual([]);
    for (const name of names) {
      const saboteur = saboteurs.find((one) => one.name === name);
      const broken = saboteur?.kills.map(({ requirement }) => requirement) ?? [];
      expect(
        broken.some((id) => judged.includes(id)),
        `${cells[0]}: ${name} breaks ${broken.join(", ")}`,
      ).toBe(true);
    }
  }
});

test("each saboteur of which a shipped system is said to have been one stands in the table", () => {
  const shipped = saboteurs.filter(({ seen }) => seen?.startsWith("clockworklabs/") === true);
  const there = new Set(rows.flatMap((cells) => namesIn(cells.at(-1))));
  expect(shipped.map(({ name }) => name).filter((name) => !there.has(name))).toEqual([]);
});
