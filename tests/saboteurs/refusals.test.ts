import { describe, expect, test } from "vitest";
import { saboteurs } from "../../conformance/saboteurs/catalogue.ts";
import { refusals } from "../../conformance/saboteurs/refusals.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

/** What of the spec is a refusal by its name alone. */
const byName = /-(is|are)-refused$|-without-begin$|-outside$|-limit$|-clamp$|-cap(-|$)/;

const names = refusals.map(({ requirement }) => requirement);

test("whatever is named as a refusal stands in the list, and each once", () => {
  const named = loadSpec().filter(({ id }) => byName.test(id));
  expect(named.length).toBeGreaterThan(10);
  expect(names).toEqual(expect.arrayContaining(named.map(({ id }) => id)));
  expect(names).toEqual([...new Set(names)].toSorted());
});

describe.each(refusals.map((refusal) => [refusal.requirement, refusal] as const))("%s", (requirement, refusal) => {
  const finders = saboteurs.filter(({ kills }) => kills.some((kill) => kill.requirement === requirement));
  const strict = "none" in refusal.strict ? [] : refusal.strict;

  test("finds a guard that lets through what is to be refused", () => {
    expect(refusal.lenient).not.toEqual([]);
    expect(finders.map(({ name }) => name)).toEqual(expect.arrayContaining([...refusal.lenient]));
  });

  test("finds a guard that refuses what stands beside it, or says why none can", () => {
    if ("none" in refusal.strict) expect(refusal.strict.none).toMatch(/ /);
    else expect(strict).not.toEqual([]);
    expect(finders.map(({ name }) => name)).toEqual(expect.arrayContaining([...strict]));
  });

  test("has no fault on both sides", () => {
    expect(refusal.lenient.filter((name) => strict.includes(name))).toEqual([]);
  });
});
