import { describe, expect, test } from "vitest";
import { lyingAdapters } from "../../conformance/saboteurs/liars/catalogue.ts";
import { liars } from "../../conformance/saboteurs/liars/liars.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const ids = loadSpec().map(({ id }) => id);

test("what is written is what is hunted", () => {
  expect(Object.keys(liars)).toEqual(lyingAdapters.map(({ name }) => name));
});

describe.each(lyingAdapters.map((adapter) => [adapter.name, adapter] as const))("%s", (name, { fault, kills }) => {
  test("has a slug for a name, says its lie in a sentence, and breaks requirements of the spec", () => {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(fault).toMatch(/^[A-Z`].*\.$/);
    expect(kills).not.toEqual([]);
    expect(ids).toEqual(expect.arrayContaining(kills.map(({ requirement }) => requirement)));
  });
});
