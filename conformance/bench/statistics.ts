import { linearRegression, max, median, min } from "simple-statistics";
import type { Spread } from "./bench-report.ts";

/** Median, least and greatest of what several rounds gave. */
export function spreadOf(values: readonly number[]): Spread {
  const all = [...values];
  return { median: median(all), least: min(all), greatest: max(all) };
}

/** The exponent of n in a fit of cost = c · n^exponent: the slope of the straight line through (log n, log cost). */
export function exponentOf(points: readonly { readonly n: number; readonly cost: number }[]): number {
  return linearRegression(points.map(({ n, cost }) => [Math.log(n), Math.log(cost)])).m;
}
