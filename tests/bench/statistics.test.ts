import fc from "fast-check";
import { expect, test } from "vitest";
import { exponentOf, spreadOf } from "../../conformance/bench/statistics.ts";

test("the exponent of a power is found, whatever its factor", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -2, max: 3, noNaN: true }),
      fc.double({ min: 0.001, max: 1000, noNaN: true }),
      (power, factor) => {
        const points = [10, 100, 1000, 10_000].map((n) => ({ n, cost: factor * n ** power }));
        expect(exponentOf(points)).toBeCloseTo(power, 6);
      },
    ),
  );
});

test("one slow round moves the greatest, not the median", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, greatest: 3 });
  expect(spreadOf([3, 1, 2, 900, 2])).toEqual({ median: 2, least: 1, greatest: 900 });
});
