import { expect, test } from "vitest";
import { regressions } from "../../scripts/bench-counts.mjs";

const checkedIn = { "turn/start": 4, "queue/request": 0 };

test("as many allocations as are checked in, or fewer, are none too many", () => {
  expect(regressions(checkedIn, { "turn/start": 4, "queue/request": 0 })).toEqual([]);
  expect(regressions(checkedIn, { "turn/start": 2, "queue/request": 0 })).toEqual([]);
});

test("each operation that allocates more is told with both counts", () => {
  expect(regressions(checkedIn, { "turn/start": 5, "queue/request": 1 })).toEqual([
    "turn/start: 5 allocations, where 4 are checked in",
    "queue/request: 1 allocations, where 0 are checked in",
  ]);
});

test("what happens once in many iterations is no regression", () => {
  expect(regressions(checkedIn, { "turn/start": 4.02, "queue/request": 0.01 })).toEqual([]);
});

test("an operation that is not checked in is told", () => {
  expect(regressions(checkedIn, { "turn/resume": 1 })).toEqual([
    "turn/resume: 1 allocations, and it is not checked in",
  ]);
});
