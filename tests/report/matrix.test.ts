import { readFileSync } from "node:fs";
import { stripVTControlCharacters as plain } from "node:util";
import { describe, expect, test } from "vitest";
import { root } from "../../conformance/package.ts";
import { renderFailures } from "../../conformance/report/failures.ts";
import { reportOf, reportSchema } from "../../conformance/report/json-report.ts";
import { reportJsonSchema } from "../../conformance/report/json-schema.ts";
import { renderMatrix } from "../../conformance/report/matrix.ts";
import type { Column } from "../../conformance/run/columns.ts";
import type { RunResult } from "../../conformance/run/run.ts";
import type { Cell, Verdict } from "../../conformance/run/verdict.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const columns: Column[] = (["wasmtime×as", "v8×ts", "v8×as", "node×ts", "node×as"] as const).map((label) => {
  const [name, guest] = label.split("×") as [string, "ts" | "as"];
  return { host: { name, guests: [guest], status: "built", command: [name] }, guest, label };
});
const requirements = loadSpec();

function resultWith(verdictOf: (requirement: string, column: Column) => Verdict): RunResult {
  const cells = requirements.flatMap(({ id }) =>
    columns.map((column): Cell => {
      const verdict = verdictOf(id, column);
      const told =
        verdict === "pass" ? {} : { reason: "wrong-order", message: "b came before a", evidence: ["submit a"] };
      return {
        requirement: id,
        host: column.host.name,
        guest: column.guest,
        verdict,
        ...(verdict === "pass" ? {} : { reason: "wrong-order", message: "b came before a" }),
        scenarios: [{ id, title: "a before b", verdict, grade: "outside", milliseconds: 1, ...told }],
      };
    }),
  );
  const plan = { columns, requirements, modules: [], root: "", seed: "seven", patience: 1, explore: "none" as const };
  const played = columns.map((column) => ({ column, result: { info: undefined, results: [] } }));
  return { plan, cells, columns: played, milliseconds: 1234 };
}

const broken = "ordering/commit-before-result";
const oneBroken = resultWith((id, { label }) => (id === broken && label === "v8×as" ? "fail" : "pass"));

describe("the matrix on a terminal", () => {
  test("fits 80 columns, with a line for each requirement and a word for each cell", () => {
    const lines = plain(renderMatrix(oneBroken)).split("\n");
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    const line = lines.find((text) => text.includes("commit-before-result"));
    expect(line?.trim().split(/\s+/)).toEqual(["commit-before-result", "pass", "pass", "FAIL", "pass", "pass"]);
    for (const { id } of requirements) {
      expect(
        lines.some((text) => text.startsWith(`  ${id.split("/")[1]} `)),
        id,
      ).toBe(true);
    }
  });

  test("counts the verdicts and says what they mean", () => {
    const text = plain(renderMatrix(oneBroken));
    expect(text).toContain(`${requirements.length * 5 - 1} pass`);
    expect(text).toContain("1 FAIL: broken");
    expect(text).toContain(`${requirements.length * 5} cells in 1.2 s`);
  });
});

describe("what was not kept", () => {
  test("stands with its column, reason, evidence and the line that runs it again", () => {
    expect(plain(renderFailures(oneBroken)).split("\n")).toEqual([
      `FAIL v8×as ${broken}`,
      "  a before b",
      "  wrong-order: b came before a",
      "    submit a",
      `  again: npm start -- run --host v8 --guest as --filter ${broken} --seed seven`,
    ]);
  });

  test("is nothing where all was kept", () => {
    expect(renderFailures(resultWith(() => "pass"))).toBe("");
  });

  test("tells the fault of a host's program once, not once a cell", () => {
    const text = plain(renderFailures(resultWith((_, { label }) => (label === "v8×ts" ? "error" : "pass"))));
    expect(text.match(/ERROR/g)).toHaveLength(1);
  });
});

describe("the JSON report", () => {
  test("has the JSON Schema that is committed (npm run schemas)", () => {
    expect(readFileSync(`${root}/schemas/report.json`, "utf8")).toBe(reportJsonSchema());
  });

  test("holds every cell that was planned, and the exit code", () => {
    const report = reportSchema.parse(JSON.parse(JSON.stringify(reportOf(oneBroken, [], "1.2.3"))));
    expect(report.cells).toHaveLength(report.count.cells);
    expect(report.exitCode).toBe(1);
    expect(report.kit.version).toBe("1.2.3");
    expect(report.cells.filter(({ verdict }) => verdict === "fail")).toMatchObject([
      { requirement: broken, host: "v8", guest: "as", reason: "wrong-order" },
    ]);
  });
});
