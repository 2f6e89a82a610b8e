/** A part of a matrix never looks like the whole, nor takes its place. */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type Count, countOf, isLess, miscount, partOf, readCount } from "../../conformance/report/count.ts";
import { columnsOf } from "../../conformance/run/columns.ts";
import { type RunPlan, trialsOf } from "../../conformance/run/run.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";
import { evenlane } from "../cli/command-line.ts";

const columns = columnsOf([
  { name: "v8", guests: ["ts", "as"], status: "built", command: ["v8"] },
  { name: "node", guests: ["ts"], status: "built", command: ["node"] },
]);
const requirements = loadSpec().filter(({ chapter }) => chapter === "scheduling");
const plan: RunPlan = {
  columns,
  requirements,
  modules: [],
  root: "",
  seed: "s",
  patience: 1,
  explore: "exhaustive",
  whole: { requirements: requirements.length, columns: columns.length },
};
const whole = countOf(plan);

/** The cells that a run of the plan comes to. */
const cells = requirements.flatMap((requirement) =>
  columns.map(({ host, guest }) => ({
    requirement: requirement.id,
    host: host.name,
    guest,
    scenarios: trialsOf([requirement], plan.explore).map(({ scenario }) => ({ id: scenario.id })),
  })),
);

describe("the count of a report", () => {
  test("is that of the cells that were planned, in whatever order they stand", () => {
    expect(whole.cells).toBe(requirements.length * 3);
    expect(miscount(whole, cells)).toBeUndefined();
    expect(miscount(whole, cells.toReversed())).toBeUndefined();
  });

  test("misses a cell that is gone, and names both numbers", () => {
    expect(miscount(whole, cells.slice(1))).toBe(
      `the report holds ${cells.length - 1} cells, and the run set out for ${cells.length}`,
    );
  });

  test.each([
    ["one cell twice in the place of another", cells.with(1, cells[0]!)],
    ["a cell without one of its scenarios", cells.with(0, { ...cells[0]!, scenarios: cells[0]!.scenarios.slice(1) })],
    ["a cell of another column", cells.with(0, { ...cells[0]!, host: "bun" })],
  ])("misses %s", (_, held) => {
    expect(miscount(whole, held)).toContain("but not those, or not all of their scenarios");
  });
});

test("what a run leaves out is told", () => {
  expect(partOf(whole)).toBeUndefined();
  expect(partOf(countOf({ ...plan, requirements: requirements.slice(2), columns: columns.slice(1) }))).toBe(
    `${requirements.length - 2} of ${requirements.length} requirements, 2 of 3 columns`,
  );
  expect(partOf(countOf({ ...plan, explore: "none" }))).toBe("no explorations");
});

test.each<[string, Partial<RunPlan>, boolean]>([
  ["the same", {}, false],
  ["more explorations", { explore: "deep" }, false],
  ["no explorations", { explore: "none" }, true],
  ["fewer columns", { columns: columns.slice(1) }, true],
  ["fewer requirements", { requirements: requirements.slice(1) }, true],
])("a run with %s is or is not less", (_, change, less) => {
  expect(isLess(countOf({ ...plan, ...change }), whole)).toBe(less);
});

describe("a file that holds a report", () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "evenlane-count-")), "report.json");
  const greater: Count = { ...whole, requirements: { played: 149, of: 149 }, columns: { played: 10, of: 10 } };

  test("of a greater run is not replaced by that of a part, and stays as it is", async () => {
    const text = JSON.stringify({ count: greater, cells: [] });
    writeFileSync(file, text);
    expect(readCount(file)).toEqual(greater);
    const args = ["run", "--filter", "ordering/commit-before-result", "--host", "node", "--json", file];
    const { code, stderr } = await evenlane(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file} holds the report of a run that played more than this one`);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("is read as none where there is none in it", () => {
    writeFileSync(file, "[");
    expect(readCount(file)).toBeUndefined();
    expect(readCount(`${file}.none`)).toBeUndefined();
  });
});
