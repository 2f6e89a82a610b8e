import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { columns } from "./matrix-of.ts";

test("each host has a file here, so that none of its columns is left out", () => {
  const files = readdirSync(import.meta.dirname).flatMap((name) => name.match(/^(.*)\.test\.ts$/)?.[1] ?? []);
  const hosts = new Set(columns.map(({ host }) => host.name));
  expect(files.filter((name) => name !== "files").sort()).toEqual([...hosts].sort());
});
