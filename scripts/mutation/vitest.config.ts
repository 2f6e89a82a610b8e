import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The quickest files first: nearly every mutant is noticed by one of those, and the run of a mutant ends with the first failure. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const milliseconds = (file: TestSpecification) => this.ctx.cache.getTestSpecificationResult(file)?.duration ?? 0;
    return files.toSorted((one, other) => milliseconds(one) - milliseconds(other));
  }
}

const folders: Readonly<Record<string, readonly string[]>> = {
  history: ["history"],
  files: ["history", "history-file", "parity", "judge"],
  model: ["model", "judge"],
  explore: ["explore"],
};

/** The tests that decide whether a mutant of the judges is noticed: those that need neither a host nor another judge's program. */
export default defineConfig({
  test: {
    include: folders[process.env.MUTATED ?? "history"]!.map((folder) => `tests/${folder}/**/*.test.ts`),
    exclude: [
      "tests/history/adya.test.ts",
      "tests/explore/{wrong-host,undecided}.test.ts",
      "tests/judge/{played,web-played,ends-of-hosts}.test.ts",
    ],
    sequence: { sequencer: QuickestFirst },
    testTimeout: 60_000,
    // One process for all files of a mutant: to start one for each took longer than the tests.
    isolate: false,
    env: { NO_COLOR: "1" },
  },
});
