import { expect, test } from "vitest";
import { parityOfRun } from "../../conformance/parity/of-run.ts";
import { parityLine, paritySummary } from "../../conformance/report/parity.ts";
import type { Column } from "../../conformance/run/columns.ts";
import type { RunResult } from "../../conformance/run/run.ts";
import type { PlayedScenario } from "../../conformance/run/verdict.ts";
import { burst, lockstep, returned } from "./stories.ts";

const one = [returned("c1", { n: 1 }, 1), returned("c2", { n: 2 }, 2)] as const;
const other = [returned("c2", { n: 1 }, 1), returned("c1", { n: 2 }, 2)] as const;

function runOf(columns: Record<string, readonly Partial<PlayedScenario>[]>): RunResult {
  const played = Object.entries(columns).map(([label, results]) => {
    const guest = label.endsWith("as") ? ("as" as const) : ("ts" as const);
    const column: Column = { host: { name: label, guests: [guest], status: "built", command: [label] }, guest, label };
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
  return { plan, cells: [], columns: played, milliseconds: 1 };
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
