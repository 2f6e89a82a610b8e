/**
 * The body of .ci/run: set-up, checks, the counts of the benches, tests; each failing command counts as one failed test. It ends with one line
 * `N passed, N failed`, and fails when something failed or nothing was tested.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../scripts/lib/children.mjs";
import { describeCounts, isSuccess, sumCounts } from "../scripts/lib/count.mjs";
import { readIfThere } from "../scripts/lib/files.mjs";
import { buildFolder, cacheFolder, root } from "../scripts/lib/paths.mjs";
import { findRust } from "../scripts/steps/rust.mjs";
import { cachedArchive } from "../scripts/v8/archive.mjs";
import { missingPackages } from "../scripts/v8/requirements.mjs";
import { archiveName } from "../scripts/v8/version.mjs";

const env = { ...process.env, CI: process.env.CI ?? "true" };

/** Runs one command with its output shown; resolves to its exit code. */
async function show(title, program, args, commandEnv = env) {
  process.stdout.write(`\n=== ${title}\n`);
  const { code } = await run(program, args, { cwd: root, env: commandEnv, stdio: ["ignore", "inherit", "inherit"] });
  if (code !== 0) process.stdout.write(`=== ${title}: failed (exit code ${code})\n`);
  return code;
}

const asCount = (code) => ({ passed: 0, failed: code === 0 ? 0 : 1 });

/** V8's archive: from the folder beside the clone where there is one; else make its source build possible. */
async function prepareV8() {
  const { target } = await findRust(env);
  if (env.RUSTY_V8_ARCHIVE || target === undefined) return;
  const beside = join(root, "../shared/v8", archiveName(target));
  if (existsSync(beside)) {
    env.RUSTY_V8_ARCHIVE = beside;
    return;
  }
  if (existsSync(cachedArchive(cacheFolder(env), target)) || process.getuid?.() !== 0) return;
  const missing = await missingPackages(env);
  if (missing.length === 0) return;
  const quiet = { ...env, DEBIAN_FRONTEND: "noninteractive" };
  // A failure is no end: the set-up says what is missing, and the archive may still be downloaded.
  const updated = await show("apt-get update", "apt-get", ["update", "-qq"], quiet);
  if (updated !== 0) return;
  await show("apt-get install", "apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], quiet);
}

/** The tests' own counts, or one failure where they did not get as far as counting. */
async function test() {
  const code = await show("npm test", "npm", ["test"]);
  const summary = readIfThere(join(buildFolder, "test-report/summary.json"));
  if (summary === undefined) return { passed: 0, failed: 1 };
  const { passed, failed } = JSON.parse(summary);
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

await prepareV8();
const counts = [asCount(await show("set-up", process.execPath, ["scripts/setup.mjs"]))];
counts.push(asCount(await show("npm run check", "npm", ["run", "check"])));
if ((await findRust(env)).target !== undefined) {
  counts.push(asCount(await show("npm run bench:counts", "npm", ["run", "bench:counts"])));
}
counts.push(await test());

const total = sumCounts(counts);
process.exitCode = isSuccess(total) ? 0 : 1;
process.stdout.write(`\n${describeCounts(total)}\n`);
