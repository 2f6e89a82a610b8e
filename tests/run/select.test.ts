import { describe, expect, test } from "vitest";
import type { HostEntry } from "../../conformance/run/columns.ts";
import { selectColumns, selectRequirements } from "../../conformance/run/select.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const hosts: HostEntry[] = [
  { name: "one", guests: ["as"], status: "built", command: ["one"] },
  { name: "two", guests: ["ts", "as"], status: "not-built", reason: "no compiler" },
];
const labels = (selection: { hosts?: string[]; guests?: string[] }) =>
  selectColumns(hosts, { hosts: [], guests: [], filters: [], ...selection }).map(({ label }) => label);

describe("columns", () => {
  test("are all there, or those that were named", () => {
    expect(labels({})).toEqual(["one×as", "two×ts", "two×as"]);
    expect(labels({ hosts: ["two"] })).toEqual(["two×ts", "two×as"]);
    expect(labels({ guests: ["as"] })).toEqual(["one×as", "two×as"]);
    expect(labels({ hosts: ["two"], guests: ["ts"] })).toEqual(["two×ts"]);
  });

  test("a name that matches nothing is an error that lists what there is", () => {
    expect(() => labels({ hosts: ["three"] })).toThrow('there is no host "three"; there are one, two');
    expect(() => labels({ guests: ["go"] })).toThrow('there is no guest "go"; there are as, ts');
    expect(() => labels({ hosts: ["one"], guests: ["ts"] })).toThrow("no column is both one and ts");
  });
});

describe("requirements", () => {
  const all = loadSpec();
  const ids = (...filters: string[]) => selectRequirements(all, filters).map(({ id }) => id);

  test("are selected by id, chapter and pattern, in the spec's order", () => {
    expect(ids()).toEqual(all.map(({ id }) => id));
    expect(ids("with-tx")).toEqual(all.filter(({ chapter }) => chapter === "with-tx").map(({ id }) => id));
    expect(ids("isolation/no-lost-update", "ordering/commit-before-result")).toEqual([
      "ordering/commit-before-result",
      "isolation/no-lost-update",
    ]);
    expect(ids("*/*-inside-is-refused")).toEqual([
      "with-tx/fetch-inside-is-refused",
      "with-tx/sleep-inside-is-refused",
    ]);
  });

  test("each filter must match, also beside others that do", () => {
    expect(() => ids("ordering", "no-lost-update")).toThrow('the filter "no-lost-update" matches no requirement');
  });
});
