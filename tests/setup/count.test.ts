import { describe, expect, test } from "vitest";
import {
  countCargo,
  countVitest,
  describeCounts,
  failuresOfCargo,
  failuresOfVitest,
  isSuccess,
  sumCounts,
} from "../../scripts/lib/count.mjs";

const report = (
  passed: number,
  failed: number,
  files: { status: string; assertionResults: { status: string }[] }[] = [],
) => JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults: files });

describe("vitest's report", () => {
  test("gives its own counts", () => {
    expect(countVitest(report(7, 2), 1)).toEqual({ passed: 7, failed: 2 });
  });

  test("counts a file that does not load", () => {
    expect(countVitest(report(7, 0, [{ status: "failed", assertionResults: [] }]), 1)).toEqual({
      passed: 7,
      failed: 1,
    });
  });

  test("does not count a file twice whose tests failed", () => {
    const file = { status: "failed", assertionResults: [{ status: "failed" }] };
    expect(countVitest(report(7, 1, [file]), 1)).toEqual({ passed: 7, failed: 1 });
  });

  test("counts a failure that belongs to no test, and a run that wrote no report", () => {
    expect(countVitest(report(7, 0), 1)).toEqual({ passed: 7, failed: 1 });
    expect(countVitest(undefined, 1)).toEqual({ passed: 0, failed: 1 });
  });
});

test("a failure is told by its file, its name and the first lines of its message", () => {
  const failed = { status: "failed", fullName: "lanes > keep order", failureMessages: [`a\n${"b\n".repeat(40)}`] };
  const text = JSON.stringify({
    testResults: [
      { name: "x.test.ts", status: "failed", assertionResults: [{ status: "passed", fullName: "fine" }, failed] },
      { name: "y.test.ts", status: "failed", message: "cannot be loaded", assertionResults: [] },
    ],
  });
  const [first, second, ...others] = failuresOfVitest(text);
  expect(first?.name).toBe("x.test.ts > lanes > keep order");
  expect(first?.message.split("\n")).toHaveLength(12);
  expect(second).toEqual({ name: "y.test.ts", message: "cannot be loaded" });
  expect(others).toEqual([]);
  expect(failuresOfVitest(undefined)).toEqual([]);
});

describe("cargo test's output", () => {
  const result = (passed: number, failed: number) =>
    `test result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n`;

  test("is added up over its binaries", () => {
    expect(countCargo(`running 3 tests\n${result(3, 0)}\n${result(5, 2)}`, 101)).toEqual({ passed: 8, failed: 2 });
  });

  test("that ends without a result is one failure", () => {
    expect(countCargo("", 101)).toEqual({ passed: 0, failed: 1 });
  });

  test("names what failed", () => {
    expect(failuresOfCargo("test store::a ... ok\ntest store::b ... FAILED\n\nfailures:\n    store::b\n")).toEqual([
      { name: "store::b", message: "" },
    ]);
  });

  test("is not taken from what a test prints in the middle of a line", () => {
    expect(countCargo(`stdout: ${result(9, 9)}${result(1, 0)}`, 0)).toEqual({ passed: 1, failed: 0 });
  });
});

test("a run with nothing in it is no success", () => {
  expect(isSuccess(sumCounts([]))).toBe(false);
  expect(isSuccess({ passed: 1, failed: 0 })).toBe(true);
  expect(isSuccess({ passed: 1, failed: 1 })).toBe(false);
  expect(
    describeCounts(
      sumCounts([
        { passed: 2, failed: 0 },
        { passed: 3, failed: 1 },
      ]),
    ),
  ).toBe("5 passed, 1 failed");
});
