/** Mutation testing: `npm run mutation -- PART [options of Stryker]`. */
import { spawnSync } from "node:child_process";
import path from "node:path";

const parts = ["history", "files", "model", "explore"];
const [part, ...rest] = process.argv.slice(2);
if (!parts.includes(part)) {
  console.error(`usage: npm run mutation -- ${parts.join("|")} [options of stryker run]`);
  process.exit(2);
}
const root = path.dirname(import.meta.dirname);
const { status } = spawnSync(
  `${root}/node_modules/.bin/node`,
  [`${root}/node_modules/.bin/stryker`, "run", "scripts/mutation/stryker.config.mjs", ...rest],
  { cwd: root, stdio: "inherit", env: { ...process.env, MUTATED: part } },
);
process.exit(status ?? 1);
