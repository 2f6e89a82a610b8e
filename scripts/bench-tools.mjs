/**
 * `node scripts/bench-tools.mjs`: builds what `evenlane bench` needs beside the hosts, its origin and the limit, into build/bench.
 * No part of the set-up: nobody else needs them.
 */
import { Progress } from "./lib/progress.mjs";
import { runMain } from "./setup.mjs";
import { provideBenchTools } from "./steps/bench-tools.mjs";

await runMain(async () => {
  const progress = new Progress();
  try {
    await provideBenchTools({ progress, command: "node scripts/bench-tools.mjs" });
  } finally {
    progress.done();
  }
  return 0;
});
