import { describe, expect, test } from "vitest";
import { parityOfRun } from "../../conformance/parity/of-run.ts";
import { parityLine, paritySummary } from "../../conformance/report/parity.ts";
import type { Column } from "../../conformance/run/columns.ts";
import type { RunResult } from "../../conformance/run/run.ts";
import type { Cell, CellVerdict, PlayedScenario } from "../../conformance/run/verdict.ts";
import { burst, lockstep, returned } from "./stories.ts";

const one = [returned("c1", { n: 1 }, 1), returned("c2", { n: 2 }, 2)] as const;
const other = [returned("c2", { n: 1 }, 1), returned("c1", { n: 2 }, 2)] as const;

function runOf(
  columns: Record<string, readonly Partial<PlayedScenario>[]>,
  excused: readonly (readonly [requirement: string, label: string, verdict: CellVerdict])[] = [],
): RunResult {
  const played = Object.entries(columns).map(([label, results]) => {
    const guest = label.endsWith("as") ? ("as" as const) : ("ts" as const);
    const name = label.split("×")[0]!;
    const column: Column = { host: { name, guests: [guest], status: "built", command: [name] }, guest, label };
    const base = { title: "t", grade: "outside", milliseconds: 1, verdict: "pass" } as const;
    return { column, result: { info: undefined, results: results.map((result) => ({ ...base, id: "x", ...result })) } };
  });
  const plan = {
    columns: [],
    requirements: [],
    modules: [],
    root: "",
    seed: "s",
    patience: 1,
    explore: "none",
  } as const;
  const cells = excused.map(([requirement, label, verdict]): Cell => {
    const [host = "", guest] = label.split("×") as [string, "ts" | "as"];
    return { requirement, host, guest, verdict, scenarios: [] };
  });
  return { plan, cells, columns: played, milliseconds: 1 };
}

test("a run's columns are compared scenario by scenario; of what is explored only the verdicts", () => {
  const parities = parityOfRun(
    runOf({
      "v8×ts": [
        { id: "a", history: burst(...one) },
        { id: "b", history: lockstep(...one) },
        { id: "e", schedules: 9 },
      ],
      "node×ts": [
        { id: "a", history: burst(...other) },
        { id: "b", history: lockstep(...one) },
        { id: "e", schedules: 9 },
      ],
      "node×as": [
        { id: "a", history: burst(...one) },
        { id: "b", verdict: "unsupported", message: "others" },
      ],
    }),
  );
  expect(
    parities.map(({ scenario, verdict, pairs }) => [scenario, verdict, pairs.map((pair) => pair.verdict)]),
  ).toEqual([
    ["a", "permitted", ["permitted", "permitted"]],
    ["b", "agree-right", ["agree-right", "not-comparable"]],
    ["e", "agree-right", ["agree-right"]],
  ]);
  const compared = parities.flatMap(({ scenario, pairs }) => pairs.map((parity) => ({ scenario, parity })));
  expect(parityLine(compared[0]!)).toContain("permitted   a");
  expect(paritySummary(compared)).toContain("(order-of-entry 2)");
});

test("a history is legal only where its scenario passed: two that fail alike are no permitted divergence", () => {
  const failed = { verdict: "fail", reason: "wrong-order", message: "m" } as const;
  const [parity] = parityOfRun(
    runOf({
      "v8×ts": [{ id: "a", history: burst(...one), ...failed }],
      "node×ts": [{ id: "a", history: burst(...other) }],
    }),
  );
  expect(parity).toMatchObject({ verdict: "diverge" });
});

describe("where an exception stands", () => {
  const failed = { verdict: "fail", reason: "wrong-order", message: "m" } as const;
  const failing = { id: "r#a", history: lockstep(...one), ...failed };
  const passing = { id: "r#a", history: lockstep(...one) };

  test.each(["excepted", "intermittent"] as const)(
    "for a cell that is %s, a divergence from it is told apart",
    (verdict) => {
      const [parity] = parityOfRun(runOf({ "v8×ts": [failing], "node×ts": [passing] }, [["r", "v8×ts", verdict]]));
      expect(parity).toMatchObject({
        verdict: "excepted",
        pairs: [
          {
            verdict: "excepted",
            why: expect.stringMatching(/^node×ts passes and v8×ts fails.*; an exception stands for v8×ts$/),
          },
        ],
      });
      const compared = parity!.pairs.map((pair) => ({ scenario: "r#a", parity: pair }));
      expect(paritySummary(compared)).toBe("1 excepted: they part, or are wrong, where an exception stands");
    },
  );

  test("for another requirement, or for a cell that is red all the same, it is red", () => {
    const columns = { "v8×ts": [failing], "node×ts": [passing] };
    expect(parityOfRun(runOf(columns, [["q", "v8×ts", "excepted"]]))[0]?.verdict).toBe("diverge");
    expect(parityOfRun(runOf(columns, [["r", "v8×ts", "fail"]]))[0]?.verdict).toBe("diverge");
    expect(parityOfRun(runOf(columns, [["r", "bun×ts", "excepted"]]))[0]?.verdict).toBe("diverge");
  });

  test("the other columns are compared with each other", () => {
    const columns = { "v8×ts": [failing], "node×ts": [passing], "deno×ts": [failing] };
    const [parity] = parityOfRun(runOf(columns, [["r", "v8×ts", "excepted"]]));
    expect(parity?.pairs.map(({ left, right, verdict }) => [left, right, verdict])).toEqual([
      ["node×ts", "deno×ts", "diverge"],
      ["node×ts", "v8×ts", "excepted"],
    ]);
    expect(parity?.verdict).toBe("diverge");
  });

  test("columns that are wrong alike are excepted where one stands for both", () => {
    const columns = { "v8×ts": [failing], "node×ts": [failing] };
    const verdict = (...excused: Parameters<typeof runOf>[1] & {}) => parityOfRun(runOf(columns, excused))[0]?.verdict;
    expect(verdict(["r", "v8×ts", "excepted"], ["r", "node×ts", "excepted"])).toBe("excepted");
    expect(verdict(["r", "v8×ts", "excepted"])).toBe("agree-wrong");
  });
});
