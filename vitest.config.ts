import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      // The limits are for what hangs: no verdict is about time, and a loaded machine is slow.
      {
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 60_000,
          // Of the tests that say they may: each has hosts of its own.
          maxConcurrency: 2,
          env: { NO_COLOR: "1" },
        },
      },
      {
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["tests/**/*.test-d.ts"],
            tsconfig: "./tests/sdk/tsconfig.json",
          },
        },
      },
    ],
  },
});
