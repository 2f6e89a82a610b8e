/** Mutation testing of the judges, one part of `conformance/` at a time: `scripts/mutate.mjs` says which. */
const parts = {
  history: "conformance/history/isolation/*.ts",
  files: "conformance/history/{*,jepsen/*}.ts",
  model: "conformance/model/**/*.ts",
  explore: "conformance/explore/*.ts",
};
const part = process.env.MUTATED ?? "history";
const results = `build/mutation/${part}`;

export default {
  testRunner: "vitest",
  vitest: { configFile: "scripts/mutation/vitest.config.ts", related: false },
  plugins: ["@stryker-mutator/vitest-runner"],
  mutate: [parts[part]],
  ignorePatterns: ["build", "hosts", "target"],
  // Stryker would rewrite it by the compiler's programming interface, which TypeScript 7 has not.
  tsconfigFile: "scripts/mutation/no-tsconfig.json",
  coverageAnalysis: "perTest",
  // What is evaluated when a module is loaded would have to be tried with every test.
  ignoreStatic: true,
  timeoutMS: 4_000,
  timeoutFactor: 2,
  incremental: true,
  incrementalFile: `${results}.incremental.json`,
  jsonReporter: { fileName: `${results}.json` },
  htmlReporter: { fileName: `${results}.html` },
  tempDirName: "build/mutation/sandbox",
  reporters: ["clear-text", "json", "html", "progress-append-only"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
