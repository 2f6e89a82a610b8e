import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Extra, Workload } from "../../conformance/explore/workload.ts";
import { nameOf } from "../../conformance/explore/workload.ts";
import { mutations } from "./mutations.ts";
import { historyOf, profile } from "./simulated.ts";
import { expectLegal, faultOf } from "./verdicts.ts";

const workloads: fc.Arbitrary<Workload> = fc
  .record({
    procedures: fc.integer({ min: 1, max: 4 }),
    fetches: fc.integer({ min: 1, max: 3 }),
    extra: fc.constantFrom<(Extra | undefined)[]>(
      undefined,
      "reducer",
      "fail",
      "reset",
      "cancel",
      "disconnect",
      "clock",
    ),
    mode: fc.constantFrom("lockstep", "stepped"),
  })
  .filter(({ extra, mode }) => mode === "lockstep" || extra === undefined || extra === "reducer");

const histories = fc
  .record({
    workload: workloads,
    schedule: fc.array(fc.nat(6), { maxLength: 24 }),
    late: fc.infiniteStream(fc.boolean()),
  })
  .map(({ workload, schedule, late }) => ({
    name: `${nameOf(workload)} ${schedule.join()}`,
    events: historyOf(workload, schedule, () => late.next().value),
  }));

describe("histories of random schedules in the model", () => {
  test("are legal", () => {
    fc.assert(
      fc.property(histories, ({ events }) => expectLegal(events, profile)),
      { seed: 4697, numRuns: 300 },
    );
  });

  test.each(Object.entries(mutations))("are illegal with %s", (_, mutation) => {
    fc.assert(
      fc.property(histories, fc.nat(), ({ events }, which) => {
        const spoilt = [...mutation(events)];
        fc.pre(spoilt.length > 0);
        expect(faultOf(spoilt[which % spoilt.length]!, profile)).toBeUndefined();
      }),
      { seed: 97, numRuns: 60, maxSkipsPerRun: 60 },
    );
  });
});
