/** The npm packages: `npm ci` where what is installed is not what package-lock.json names. */
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../lib/children.mjs";
import { readIfThere } from "../lib/files.mjs";
import { openLog } from "../lib/log.mjs";
import { root } from "../lib/paths.mjs";
import { Problem } from "../lib/problem.mjs";

/** The Node that everything after the set-up runs on: the npm package `node`, a dev dependency. */
export const node26 = join(root, "node_modules/node/bin/node");

/**
 * Whether npm's own record of what it installed (written last, so never by an interrupted install) has exactly the
 * packages of the lock file. Packages for other systems are missing from it, and may be.
 */
export function matchesLock(lockText, recordText) {
  if (lockText === undefined || recordText === undefined) return false;
  const locked = JSON.parse(lockText).packages;
  const installed = JSON.parse(recordText).packages;
  for (const [path, wanted] of Object.entries(locked)) {
    if (path === "") continue;
    const found = installed[path];
    if (!found && (wanted.optional || wanted.devOptional || wanted.peer)) continue;
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return false;
  }
  return Object.keys(installed).every((path) => path in locked);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether there is nothing to do. */
export function packagesAreFresh() {
  const lock = readIfThere(join(root, "package-lock.json"));
  const record = readIfThere(join(root, "node_modules/.package-lock.json"));
  return matchesLock(lock, record) && isExecutable(node26);
}

/** npm as a program and its first arguments: the one that runs us, else the one on `PATH`. */
function npmCommand(env) {
  const script = env.npm_execpath;
  // Yarn and pnpm set the variable too, and know no `ci`.
  if (!script || !/npm-cli\.c?js$/.test(script) || !existsSync(script)) return ["npm"];
  // Its own Node, not ours: ours may be the one in node_modules, which `npm ci` deletes.
  return [env.npm_node_execpath ?? process.execPath, script];
}

/** Installs the packages where needed. */
export async function installPackages({ progress, command = "npm start", env = process.env }) {
  if (packagesAreFresh()) return;
  progress.say("installing the npm packages (npm ci)");
  const log = openLog("npm");
  const errors = [];
  const [program, ...first] = npmCommand(env);
  const result = await run(program, [...first, "ci", "--no-audit", "--no-fund", "--include=dev"], {
    cwd: root,
    env,
    onLine: (line, stream) => {
      log.write(line);
      if (stream === "stderr" && /^npm (error|ERR!) /.test(line)) errors.push(line.replace(/^npm (error|ERR!) /, ""));
    },
  });
  await log.close();
  if (result.missing)
    throw new Problem(`npm was not found: install Node.js 20 or later with npm and run ${command} again.`);
  if (result.code !== 0) {
    const reason = errors.find((line) => !/^code /.test(line)) ?? `exit code ${result.code}`;
    throw new Problem(`npm ci failed (${reason}); its whole output is in ${log.path}.`);
  }
  if (!isExecutable(node26)) {
    throw new Problem(
      `npm installed the package node without its executable, which an install script of it fetches: run npm config set ignore-scripts false, delete node_modules and run ${command} again.`,
    );
  }
}
