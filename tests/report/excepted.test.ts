import { stripVTControlCharacters as plain } from "node:util";
import { describe, expect, test } from "vitest";
import { renderExcepted } from "../../conformance/report/excepted.ts";
import { exitCodeOfRun } from "../../conformance/report/exit-code.ts";
import { renderFailures } from "../../conformance/report/failures.ts";
import { reportOf, reportSchema } from "../../conformance/report/json-report.ts";
import { renderMatrix } from "../../conformance/report/matrix.ts";
import { applyExceptions } from "../../conformance/run/apply-exceptions.ts";
import { cellOf } from "../../conformance/run/cell.ts";
import type { Column } from "../../conformance/run/columns.ts";
import type { Exception } from "../../conformance/run/exception.ts";
import type { RunResult } from "../../conformance/run/run.ts";
import type { ScenarioResult } from "../../conformance/run/verdict.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const requirements = loadSpec().slice(0, 4);
const ids = requirements.map(({ id }) => id);
const column: Column = {
  host: { name: "node", guests: ["ts"], status: "built", command: ["node"] },
  guest: "ts",
  label: "node×ts",
};

const exception = (index: number, change: Partial<Exception>): Exception => ({
  at: { file: "known.yaml", line: 3 + index, column: 5 },
  requirement: ids[index]!,
  columns: ["node×ts"],
  codes: ["wrong-order"],
  reason: `Cause ${index}.`,
  link: `https://example.org/${index}`,
  owner: "runtime team",
  expires: "2026-11-24",
  intermittent: false,
  ...change,
});

/** The first and third fail, the others pass; the first is excepted, the second and third intermittent, the fourth passes unexpectedly. */
function judged(): RunResult {
  const played = requirements.map(({ id }, index): ScenarioResult => {
    const base = { id, title: "a before b", grade: "outside", milliseconds: 1 } as const;
    if (index === 1 || index === 3) return { ...base, verdict: "pass" };
    return { ...base, verdict: "fail", reason: "wrong-order", message: "b came before a" };
  });
  const cells = requirements.map((requirement) => cellOf(requirement, column, played));
  const exceptions = [
    exception(0, {}),
    exception(1, { intermittent: true, expires: "2026-11-23" }),
    exception(2, { intermittent: true, expires: "2027-11-23" }),
    exception(3, {}),
  ];
  const plan = {
    ...{ columns: [column], requirements, modules: [], root: "", seed: "seven", patience: 1 },
    ...{ explore: "none" as const, exceptionFiles: ["known.yaml"] },
  };
  const columns = [{ column, result: { info: undefined, results: played } }];
  return { plan, columns, milliseconds: 1, ...applyExceptions(cells, exceptions, "2026-11-23") };
}

test("what is excepted is listed with its cause, link, owner and the days left, and counted", () => {
  expect(plain(renderExcepted(judged())).split("\n")).toEqual([
    "Excepted",
    "1 excepted; 2 intermittent, of which 1 passed and 1 failed",
    `excepted node×ts ${ids[0]}: wrong-order`,
    "  Cause 0.",
    "  https://example.org/0",
    "  owner: runtime team; until 2026-11-24, 1 day left (known.yaml:3)",
    `intermittent node×ts ${ids[1]}: passed this time`,
    "  Cause 1.",
    "  https://example.org/1",
    "  owner: runtime team; until 2026-11-23, which is today (known.yaml:4)",
    `intermittent node×ts ${ids[2]}: wrong-order`,
    "  Cause 2.",
    "  https://example.org/2",
    "  owner: runtime team; until 2027-11-23, 365 days left (known.yaml:5)",
  ]);
  expect(renderExcepted({ cells: [] })).toBe("");
});

test("the matrix has a mark of its own for each, and the legend says what it means", () => {
  const lines = plain(renderMatrix(judged())).split("\n");
  const marks = ids.map((id) =>
    lines
      .find((line) => line.startsWith(`  ${id.split("/")[1]} `))
      ?.split(/ +/)
      .at(-1),
  );
  expect(marks).toEqual(["exc", "int", "int", "FAIL"]);
  expect(lines).toContain("1 excepted (exc): fails as an exception says");
  expect(lines).toContain("2 intermittent (int): may fail, as an exception says");
});

test("what was not kept is the unexpected pass alone, with the line that shows it again", () => {
  expect(plain(renderFailures(judged())).split("\n")).toEqual([
    `FAIL node×ts ${ids[3]}`,
    "  unexpected-pass: the exception in known.yaml:6 says that it fails as wrong-order, and its scenario passes: remove the exception",
    `  again: npm start -- run --host node --guest ts --filter ${ids[3]} --seed seven --exceptions known.yaml`,
  ]);
});

test("the JSON report holds each cell's exception", () => {
  const report = reportSchema.parse(JSON.parse(JSON.stringify(reportOf(judged(), [], "1.2.3"))));
  expect(report.cells.map(({ verdict, exception }) => [verdict, exception?.daysLeft, exception?.intermittent])).toEqual(
    [
      ["excepted", 1, undefined],
      ["intermittent", 0, true],
      ["intermittent", 365, true],
      ["fail", 1, undefined],
    ],
  );
  expect(report).toMatchObject({ exitCode: 1, unmatched: [] });
});

describe("a run ends with", () => {
  const [excepted, intermittent, , failed] = judged().cells;
  const cells = [excepted!, intermittent!];

  test("0 where all else is kept, 1 where a cell is red, 2 where an exception matches nothing", () => {
    expect(exitCodeOfRun({ cells }, [])).toBe(0);
    expect(exitCodeOfRun({ cells: [...cells, failed!] }, [])).toBe(1);
    expect(exitCodeOfRun({ cells, unmatched: ["known.yaml:3:5: it matches nothing"] }, [])).toBe(2);
  });

  test("1 where columns diverge, but not where they do so by an exception", () => {
    expect(exitCodeOfRun({ cells }, [{ verdict: "excepted" }])).toBe(0);
    expect(exitCodeOfRun({ cells }, [{ verdict: "diverge" }])).toBe(1);
  });
});
