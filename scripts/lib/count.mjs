/** Counts tests from what the test tools report. */

/**
 * Counts from vitest's JSON report (its text, or undefined where none was written) and exit code. A file that does
 * not load has no tests to fail, and an error outside of tests belongs to none: such a run counts as one failure.
 */
export function countVitest(reportText, exitCode) {
  const report = reportText === undefined ? {} : JSON.parse(reportText);
  const passed = report.numPassedTests ?? 0;
  const failedFiles = (report.testResults ?? []).filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((one) => one.status === "failed"),
  ).length;
  let failed = (report.numFailedTests ?? 0) + failedFiles;
  if (exitCode !== 0 && failed === 0) failed = 1;
  return { passed, failed };
}

/** Adds up libtest's `test result:` lines (plain text: its output is no terminal). A build that fails counts as one. */
export function countCargo(output, exitCode) {
  let passed = 0;
  let failed = 0;
  for (const [, ok, bad] of output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)) {
    passed += Number(ok);
    failed += Number(bad);
  }
  if (exitCode !== 0 && failed === 0) failed = 1;
  return { passed, failed };
}

/** How many lines of a failure are told again at the end of a run: the whole of it stands where it happened. */
const linesOfFailure = 12;

/**
 * What failed according to vitest's JSON report: `{ name, message }` for each test, and for each file that did not
 * load; the message is its first lines.
 */
export function failuresOfVitest(reportText) {
  const { testResults = [] } = reportText === undefined ? {} : JSON.parse(reportText);
  const brief = (message = "") => message.split("\n").slice(0, linesOfFailure).join("\n");
  return testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === "failed");
    if (status === "failed" && failed.length === 0) return [{ name: file, message: brief(message) }];
    return failed.map(({ fullName, failureMessages = [] }) => ({
      name: `${file} > ${fullName}`,
      message: brief(failureMessages[0]),
    }));
  });
}

/** The tests that libtest calls failed. */
export function failuresOfCargo(output) {
  return [...output.matchAll(/^test (.+) \.\.\. FAILED$/gm)].map(([, name]) => ({ name, message: "" }));
}

/** Adds counts up. */
export function sumCounts(counts) {
  return counts.reduce((sum, one) => ({ passed: sum.passed + one.passed, failed: sum.failed + one.failed }), {
    passed: 0,
    failed: 0,
  });
}

/** Whether a run with these counts succeeded: a run without a test has shown nothing. */
export function isSuccess({ passed, failed }) {
  return failed === 0 && passed > 0;
}

/** `12 passed, 0 failed`: the line that ends a run. */
export function describeCounts({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}
