import { describe, expect, test } from "vitest";
import { applyExceptions } from "../../conformance/run/apply-exceptions.ts";
import { cellOf } from "../../conformance/run/cell.ts";
import type { Exception } from "../../conformance/run/exception.ts";
import { exitCode } from "../../conformance/run/run.ts";
import type { Cell, Verdict } from "../../conformance/run/verdict.ts";
import { loadSpec } from "../../conformance/spec/load-spec.ts";

const today = "2026-11-23";

const requirement = { ...loadSpec()[0]!, id: "ordering/a" };

const exception = (change: Partial<Exception> = {}): Exception => ({
  at: { file: "known.yaml", line: 3, column: 5 },
  requirement: "ordering/a",
  columns: ["node×ts"],
  codes: ["wrong-order"],
  reason: "The runtime polls its timers first.",
  link: "https://example.org/7",
  owner: "runtime team",
  expires: "2026-12-31",
  intermittent: false,
  ...change,
});

/** A cell of `ordering/a` with scenarios that came to this: `pass`, or a verdict and its code as `fail wrong-order`. */
function cell(scenarios: readonly string[], label = "node×ts"): Cell {
  const played = scenarios.map((told, index) => {
    const [verdict, reason] = told.split(" ") as [Verdict, string?];
    const id = `ordering/a#${index}`;
    const why = reason !== undefined && { reason, message: `message of ${reason}` };
    return { id, title: "t", verdict, grade: "outside" as const, milliseconds: 1, ...why };
  });
  const [name = "", guest] = label.split("×") as [string, "ts" | "as"];
  const host = { name, guests: [guest], status: "built" as const, command: [name] };
  return cellOf(requirement, { host, guest, label }, played);
}

const applied = (scenarios: readonly string[], change: Partial<Exception> = {}) =>
  applyExceptions([cell(scenarios)], [exception(change)], today).cells[0]!;
const codeOf = (one: Cell) => exitCode([one]);

describe("a cell that fails as its exception says", () => {
  test("is excepted and not red, and carries the exception with the days left", () => {
    const judged = applied(["pass", "fail wrong-order"]);
    expect(judged).toMatchObject({
      verdict: "excepted",
      reason: "wrong-order",
      message: "message of wrong-order",
      exception: {
        at: "known.yaml:3",
        codes: ["wrong-order"],
        reason: "The runtime polls its timers first.",
        link: "https://example.org/7",
        owner: "runtime team",
        expires: "2026-12-31",
        daysLeft: 38,
      },
    });
    expect(judged.exception).not.toHaveProperty("refused");
    expect(codeOf(judged)).toBe(0);
  });

  test("is excepted where it is stuck, too", () => {
    expect(applied(["stuck silence"], { codes: ["silence"] }).verdict).toBe("excepted");
  });

  test("is excepted through the last day and no longer", () => {
    expect(applied(["fail wrong-order"], { expires: today })).toMatchObject({
      verdict: "excepted",
      exception: { daysLeft: 0 },
    });
    expect(applied(["fail wrong-order"], { expires: "2026-11-22" })).toMatchObject({
      verdict: "fail",
      reason: "wrong-order",
      message: "message of wrong-order (the exception in known.yaml:3 expired on 2026-11-22)",
      exception: { daysLeft: -1 },
    });
  });

  test("stays stuck where the exception has expired", () => {
    const judged = applied(["stuck silence"], { codes: ["silence"], expires: "2026-01-01" });
    expect(judged).toMatchObject({ verdict: "stuck", message: expect.stringContaining("expired on 2026-01-01") });
    expect(codeOf(judged)).toBe(1);
  });
});

describe("a cell that fails otherwise", () => {
  test("stays failed, and says that the exception is for another code", () => {
    const judged = applied(["fail wrong-value"]);
    expect(judged).toMatchObject({
      verdict: "fail",
      reason: "wrong-value",
      message: "message of wrong-value (the exception in known.yaml:3 is for wrong-order, not for wrong-value)",
      exception: { refused: "the exception in known.yaml:3 is for wrong-order, not for wrong-value" },
    });
    expect(codeOf(judged)).toBe(1);
  });

  test("is not saved by a scenario of it that fails as the exception says", () => {
    expect(applied(["fail wrong-order", "fail not-in-model"])).toMatchObject({
      verdict: "fail",
      message: expect.stringContaining("is for wrong-order, not for not-in-model"),
    });
    expect(applied(["fail wrong-order", "stuck silence"]).verdict).toBe("fail");
  });

  test("is excepted where the exception lists all of its codes", () => {
    const codes = ["wrong-order", "not-in-model"];
    expect(applied(["fail wrong-order", "fail not-in-model"], { codes }).verdict).toBe("excepted");
    expect(applied(["fail not-in-model"], { codes }).verdict).toBe("excepted");
  });

  test("says both where the exception has expired as well", () => {
    expect(applied(["fail wrong-value"], { expires: "2026-11-01" }).exception?.refused).toBe(
      "the exception in known.yaml:3 is for wrong-order, not for wrong-value, and expired on 2026-11-01",
    );
  });
});

describe("a cell that passes though it has an exception", () => {
  test("fails as unexpected-pass, and says which line to remove", () => {
    const judged = applied(["pass", "unsupported guest"]);
    expect(judged).toMatchObject({
      verdict: "fail",
      reason: "unexpected-pass",
      message:
        "the exception in known.yaml:3 says that it fails as wrong-order, and its scenario passes: remove the exception",
    });
    expect(codeOf(judged)).toBe(1);
  });

  test("fails so where the exception has expired", () => {
    expect(applied(["pass", "pass"], { expires: "2026-11-22" })).toMatchObject({
      verdict: "fail",
      reason: "unexpected-pass",
      message:
        "the exception in known.yaml:3 expired on 2026-11-22, and all 2 scenarios that were played pass: remove the exception",
    });
  });

  test("fails so in one column of a host that the exception names, and the other is excepted", () => {
    const whole = exception({ columns: ["node×ts", "node×as"] });
    const { cells } = applyExceptions([cell(["fail wrong-order"]), cell(["pass"], "node×as")], [whole], today);
    expect(cells.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ["excepted", "wrong-order"],
      ["fail", "unexpected-pass"],
    ]);
    expect(cells[1]?.message).toMatch(/remove the exception, or let it name the columns that still fail$/);
  });
});

describe("a cell that fails at times", () => {
  const intermittent = true;

  test("is intermittent whether it passes or fails with its code", () => {
    const passing = applied(["pass"], { intermittent });
    const failing = applied(["fail wrong-order"], { intermittent });
    expect([passing.verdict, failing.verdict]).toEqual(["intermittent", "intermittent"]);
    expect(passing.exception).toMatchObject({ intermittent: true, daysLeft: 38 });
    expect(passing).not.toHaveProperty("reason");
    expect(failing.reason).toBe("wrong-order");
    expect([codeOf(passing), codeOf(failing)]).toEqual([0, 0]);
  });

  test("is red with another code, and once the exception has expired", () => {
    expect(applied(["fail wrong-value"], { intermittent }).verdict).toBe("fail");
    expect(applied(["fail wrong-order"], { intermittent, expires: "2026-11-22" })).toMatchObject({
      verdict: "fail",
      reason: "wrong-order",
    });
    expect(applied(["pass"], { intermittent, expires: "2026-11-22" })).toMatchObject({
      verdict: "fail",
      reason: "unexpected-pass",
    });
  });
});

describe("an exception that has nothing to except", () => {
  const unmatched = (cells: readonly Cell[], change: Partial<Exception> = {}) =>
    applyExceptions(cells, [exception(change)], today).unmatched;

  test.each(["unsupported guest", "unmeasured unmeasured", "not-built not-built"])(
    "is told with its line where its cell is %s",
    (told) => {
      const [verdict, reason] = told.split(" ");
      expect(unmatched([cell([told])])).toEqual([
        `known.yaml:3:5: the exception of ordering/a matches nothing: node×ts is ${verdict} (message of ${reason}); remove it`,
      ]);
      expect(unmatched([cell([told])], { intermittent: true })).toHaveLength(1);
      expect(applied([told])).toEqual(cell([told]));
    },
  );

  test("is not judged where the run left its cell out", () => {
    const others = [{ ...cell(["pass"]), requirement: "ordering/b" }, cell(["pass"], "node×as")];
    expect(unmatched([])).toEqual([]);
    expect(applyExceptions(others, [exception()], today)).toEqual({ cells: others, unmatched: [] });
    expect(unmatched([cell(["unmeasured not-played"])])).toEqual([]);
  });

  test("is judged by all the columns that it names, not by one of them", () => {
    const change = { columns: ["node×ts", "node×as"] };
    const silent = cell(["unsupported guest"], "node×as");
    expect(unmatched([silent], change)).toEqual([]);
    expect(unmatched([silent, cell(["fail wrong-order"])], change)).toEqual([]);
    expect(unmatched([silent, cell(["unsupported guest"])], change)).toHaveLength(1);
  });
});

test("an error is never excepted", () => {
  const judged = applyExceptions(
    [cell(["fail wrong-order", "error host-exited"])],
    [exception({ intermittent: true })],
    today,
  );
  expect(judged).toEqual({ cells: [cell(["fail wrong-order", "error host-exited"])], unmatched: [] });
});
