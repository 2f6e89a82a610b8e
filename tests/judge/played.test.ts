import { beforeAll, describe, expect, test } from "vitest";
import { mutations } from "./mutations.ts";
import { type Observed, playScenarios, playSchedules } from "./play.ts";
import { expectLegal, faultOf } from "./verdicts.ts";

const scenarios = [
  "ordering/reducers-in-submission-order#two-connections",
  "ordering/reducer-overtakes-held-procedure",
  "ordering/resume-in-release-order#one-by-one",
  "ordering/resume-in-release-order#all-ready",
  "ordering/program-order-across-yields",
  "ordering/settle-in-release-order#one-by-one",
  "ordering/settle-in-release-order#all-ready",
  "ordering/commit-before-result",
  "isolation/no-aborted-read",
  "isolation/fresh-snapshot-after-yield",
  "isolation/conflicting-commit-is-retried-or-reported#reducer",
  "isolation/conflicting-commit-is-retried-or-reported#procedure",
  "ordering/lifecycle-order#calls-at-once",
  "ordering/lifecycle-order#disconnect-behind-reducers",
  "ordering/nested-calls-stay-ordered",
  "scheduling/one-shot-runs-at-most-once#in-time",
  "scheduling/one-shot-runs-at-most-once#failing",
  "scheduling/schedule-commits-with-its-transaction#procedure",
  "scheduling/scheduled-call-has-no-connection",
  "scheduling/no-overlap-of-one-schedule",
  "context/transaction-timestamp-not-before-call",
];
/** Histories with responses that are released together, of which many orders are legal: they are judged, not spoilt. */
const bursts = ["ordering/response-reaches-its-caller", "isolation/no-lost-update", "isolation/no-read-skew"];
const schedules = [
  ["2x2", [1, 1, 0, 0]],
  ["3x2", [2, 1, 1, 0, 1, 0]],
  ["2x2+reducer", [1, 2, 0, 0, 0]],
  ["2x2+fail", [1, 2, 0, 0]],
  ["2x2+reset", [3, 0, 0, 0]],
  ["2x2+cancel", [0, 3, 0]],
  ["2x2+disconnect", [1, 2, 0, 0, 0]],
  ["2x2+clock", [1, 0, 0, 0, 0, 0]],
  ["2x1+reducer-stepped", [1, 1, 1, 0, 0, 0]],
  ["2x2-stepped", [1, 1, 0, 0, 1, 1, 0, 0]],
] as const;

let spoilable: Observed[] = [];
let free: Observed[] = [];
beforeAll(async () => {
  spoilable = [...(await playScenarios(scenarios)), ...(await playSchedules(schedules))];
  free = await playScenarios(bursts);
}, 120_000);

describe("histories of a host", () => {
  test("are legal", () => {
    expect(spoilable).toHaveLength(scenarios.length + schedules.length);
    for (const { events, profile, start } of [...spoilable, ...free]) expectLegal(events, profile, start);
  });

  test.each(Object.entries(mutations))("are illegal with %s, at that place, by that call", (kind, mutation) => {
    let count = 0;
    const faults: string[] = [];
    for (const { name, events, profile, start } of spoilable) {
      for (const spoilt of mutation(events)) {
        count += 1;
        const fault = faultOf(spoilt, profile, start);
        if (fault !== undefined) faults.push(`${name}: ${fault}`);
      }
    }
    expect(faults).toEqual([]);
    expect(count, kind).toBeGreaterThan(0);
  });
});
