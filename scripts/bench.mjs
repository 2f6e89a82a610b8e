/**
 * `npm run bench -- ARGS`: sets up what is missing, builds the bench's tools and hands ARGS to `evenlane bench`, on Node 26.
 */
import { totalmem } from "node:os";
import { join } from "node:path";
import { runForeground } from "./lib/foreground.mjs";
import { root } from "./lib/paths.mjs";
import { Progress } from "./lib/progress.mjs";
import { runMain, sayNotBuilt, setUp } from "./setup.mjs";
import { provideBenchTools } from "./steps/bench-tools.mjs";
import { node26 } from "./steps/npm.mjs";

await runMain(async () => {
  const command = "npm run bench";
  sayNotBuilt(await setUp({ command }));
  const progress = new Progress();
  try {
    await provideBenchTools({ progress, command });
  } finally {
    progress.done();
  }
  // The checkers' growth is measured up to a million transactions, where the machine has the memory.
  const heap = Math.min(12_000, Math.floor((totalmem() / 2 ** 20) * 0.6));
  const node = [`--max-old-space-size=${heap}`, join(root, "conformance/cli.ts")];
  return runForeground(node26, [...node, "bench", ...process.argv.slice(2)]);
});
