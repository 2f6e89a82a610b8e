/**
 * The set-up: everything between a fresh clone and running it. Plain JavaScript without dependencies, because it runs
 * before any are there, on Node 20 or later. Every step looks first whether there is anything to do.
 *
 * usage: node scripts/setup.mjs [--without-rust]
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { withLock } from "./lib/lock.mjs";
import { buildFolder } from "./lib/paths.mjs";
import { Problem } from "./lib/problem.mjs";
import { Progress } from "./lib/progress.mjs";
import { isLacking, provideHosts } from "./steps/hosts.mjs";
import { buildJavascriptHost } from "./steps/js-host.mjs";
import { buildModules } from "./steps/modules.mjs";
import { installPackages } from "./steps/npm.mjs";

/** The oldest Node that this and the other scripts here run on; everything else runs on the one of node_modules. */
const oldestNode = 20;

/**
 * Sets up what is missing and resolves to the hosts, each `built`, or `not-built` with a reason and a cause. Throws a
 * Problem where nothing could run. `command` is what the user is told to run again.
 */
export async function setUp({ withoutRust = process.env.EVENLANE_WITHOUT_RUST === "1", command = "npm start" } = {}) {
  const version = process.versions.node;
  if (Number.parseInt(version, 10) < oldestNode) {
    throw new Problem(
      `Node.js ${version} is too old: install Node.js ${oldestNode} or later and run ${command} again.`,
    );
  }
  const progress = new Progress();
  try {
    return await withLock(
      join(buildFolder, "lock"),
      async () => {
        await installPackages({ progress, command });
        await buildModules({ progress });
        await buildJavascriptHost({ progress });
        return await provideHosts({ withoutRust, progress, command });
      },
      { onWait: ({ pid }) => progress.say(`waiting for another set-up (process ${pid}) of this clone`) },
    );
  } finally {
    progress.done();
  }
}

/** Says what the set-up left out, one line for each host. */
export function sayNotBuilt(hosts) {
  for (const { name, status, reason } of hosts) {
    if (status === "not-built") process.stderr.write(`evenlane: the host ${name} is not built: ${reason}.\n`);
  }
}

/** Runs a script's main function: a Problem is printed as its sentence, and anything else is our own fault. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    process.stderr.write(`evenlane: ${error.message}\n`);
    process.exitCode = 1;
  }
}

async function main() {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== "--without-rust");
  if (unknown) throw new Problem(`the set-up does not know ${unknown}: its only option is --without-rust.`);
  const hosts = await setUp({
    withoutRust: args.includes("--without-rust") || process.env.EVENLANE_WITHOUT_RUST === "1",
    command: "npm run setup",
  });
  sayNotBuilt(hosts);
  return hosts.some(isLacking) ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await runMain(main);
