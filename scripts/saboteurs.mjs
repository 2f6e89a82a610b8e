/**
 * `npm run setup:saboteurs`: the set-up, and then the hosts of the real engines with their deliberate faults, which `evenlane saboteurs` hunts.
 */
import { Progress } from "./lib/progress.mjs";
import { runMain, sayNotBuilt, setUp } from "./setup.mjs";
import { provideSabotagedHosts } from "./steps/saboteurs.mjs";

await runMain(async () => {
  const command = "npm run setup:saboteurs";
  sayNotBuilt(await setUp({ command }));
  const progress = new Progress();
  try {
    await provideSabotagedHosts({ progress, command });
  } finally {
    progress.done();
  }
  return 0;
});
