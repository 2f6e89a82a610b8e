import { describe, expect, test } from "vitest";
import { cellOf } from "../../conformance/run/cell.ts";
import { exitCode } from "../../conformance/run/run.ts";
import type { Cell, ScenarioResult, Verdict } from "../../conformance/run/verdict.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const requirement = loadSpec()[0]!;
const column = {
  host: { name: "one", guests: ["as" as const], status: "built" as const, command: ["one"] },
  guest: "as" as const,
  label: "one×as",
};
const result = (variant: string, verdict: Verdict): ScenarioResult => ({
  id: `${requirement.id}#${variant}`,
  title: variant,
  verdict,
  grade: "outside",
  milliseconds: 1,
  ...(verdict !== "pass" && { reason: `reason of ${variant}`, message: `message of ${variant}` }),
});
const cell = (...results: ScenarioResult[]) => cellOf(requirement, column, results);

describe("a cell", () => {
  test("passes where all of its scenarios do", () => {
    expect(cell(result("a", "pass"), result("b", "pass"))).toMatchObject({ verdict: "pass", host: "one", guest: "as" });
  });

  test("says the worst of its scenarios, with that one's reason", () => {
    expect(cell(result("a", "pass"), result("b", "fail"), result("c", "stuck"))).toMatchObject({
      verdict: "fail",
      reason: "reason of b",
      message: "message of b",
    });
    expect(cell(result("a", "fail"), result("b", "error"))).toMatchObject({ verdict: "error" });
  });

  test("is not spoilt by a scenario that does not speak of its column, nor saved by one", () => {
    expect(cell(result("a", "pass"), result("b", "unsupported")).verdict).toBe("pass");
    expect(cell(result("a", "fail"), result("b", "unsupported")).verdict).toBe("fail");
    expect(cell(result("a", "unsupported")).verdict).toBe("unsupported");
  });

  test("takes no result of another requirement, not even of one whose name begins alike", () => {
    const other = { ...result("a", "fail"), id: `${requirement.id}-too#a` };
    expect(cell(result("a", "pass"), other).scenarios).toHaveLength(1);
  });
});

describe("the exit code", () => {
  const code = (...verdicts: Verdict[]) =>
    exitCode(verdicts.map((verdict): Cell => ({ requirement: "r", host: "h", guest: "ts", verdict, scenarios: [] })));

  test.each([
    [0, ["pass", "unsupported", "unmeasured"]],
    [1, ["pass", "fail"]],
    [1, ["pass", "stuck"]],
    [2, ["pass", "error", "fail"]],
    [2, ["pass", "not-built"]],
  ] as const)("is %i for %j", (expected, verdicts) => {
    expect(code(...verdicts)).toBe(expected);
  });
});
