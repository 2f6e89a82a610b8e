import { describe, expect, test } from "vitest";
import { checkSchedule, parseSchedule, parseWorkload } from "../../conformance/explore/parse-schedule.ts";
import { nameOf, workloadOf } from "../../conformance/explore/workload.ts";
import { KitError } from "../../conformance/run/kit-error.ts";
import { interleavings } from "../../conformance/scenarios/interleavings.ts";

describe("a workload's name", () => {
  test("is read as it was written", () => {
    for (const { explores } of interleavings) {
      const { workload } = explores!;
      expect(workloadOf(nameOf(workload))).toEqual(workload);
    }
    expect(parseWorkload("2x10+reducer-stepped")).toEqual({
      procedures: 2,
      fetches: 10,
      extra: "reducer",
      mode: "stepped",
    });
  });

  test.each(["", "2", "x2", "2x", "0x1", "1x0", "100x1", "2x2+", "2x2+nothing", "2x2-stepped+fail", "2X2", " 2x2"])(
    "that is none is refused, and the message says how one is written: %j",
    (name) => {
      const parse = () => parseWorkload(name);
      expect(parse).toThrow(KitError);
      expect(parse).toThrow(`"${name}" is no workload: write PROCEDURESxFETCHES, with +reducer,`);
    },
  );
});

describe("a schedule", () => {
  const workload = parseWorkload("2x2");

  test("is read, with spaces too, and may be shorter than the workload", () => {
    expect(parseSchedule("0,1, 0", workload)).toEqual([0, 1, 0]);
    expect(parseSchedule("0", workload)).toEqual([0]);
  });

  test.each([
    ["1,x", 'the schedule "1,x" has "x" as number 2: it is a list of whole numbers from 0'],
    ["", 'the schedule "" has "" as number 1'],
    ["0,,1", 'the schedule "0,,1" has "" as number 2'],
    ["-1", 'has "-1" as number 1'],
    ["0,1.5", 'has "1.5" as number 2'],
    ["0,1e2", 'has "1e2" as number 2'],
    ["12345", 'has "12345" as number 1'],
    ["2", "the schedule's number 1 is 2, but only 2 steps are enabled there in 2x2, numbered from 0"],
    ["0,0,1,1", "the schedule's number 4 is 1, but only one step is enabled there in 2x2"],
    ["0,0,0,0,0", "the schedule has 5 numbers, but 2x2 is over after 4 steps"],
  ])("that is none for the workload is refused, with the place: %j", (text, message) => {
    const parse = () => parseSchedule(text, workload);
    expect(parse).toThrow(KitError);
    expect(parse).toThrow(message);
  });

  test("from elsewhere is checked alike", () => {
    expect(() => checkSchedule([0, 7], workload)).toThrow("the schedule's number 2 is 7");
    expect(checkSchedule([1, 1, 0, 0], workload)).toBeUndefined();
  });
});
