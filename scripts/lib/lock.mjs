/**
 * A lock file: against two set-ups at once in one clone or one cache folder.
 *
 * It holds who has it. A holder that has died (killed, or the machine went down) is recognised, and its lock taken
 * over: on this machine by process id and the process's start time (ids are used again), elsewhere (a home folder on
 * the network) by the file's age, since a living holder touches it.
 */
import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onInterrupt } from "./children.mjs";
import { readIfThere, temporaryName } from "./files.mjs";
import { Problem } from "./problem.mjs";

const touchMs = 10_000;
const staleMs = 120_000;
const pollMs = 500;

/** When a process began, in the kernel's own units, or undefined where the system does not say. */
function processStart(pid) {
  try {
    // The program's name stands in parentheses and may hold spaces: count the fields after it. The start is field 22.
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM"; // somebody else's, but there
  }
}

/** Whether the lock with this content, at this path, was left behind by a process that is gone. */
export function isStale(path, content) {
  let holder;
  try {
    holder = JSON.parse(content);
  } catch {
    return true; // never written by us: locks appear whole
  }
  if (holder.host !== hostname()) return ageMs(path) > staleMs;
  if (!isAlive(holder.pid)) return true;
  const start = processStart(holder.pid);
  return start !== undefined && holder.start !== undefined && start !== holder.start;
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0; // it has just been released
  }
}

/** The first thing that is written to a folder of ours is its lock: here it shows whether we may. */
function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Problem(
      `${folder} cannot be written (${error.code}): make it writable, or set EVENLANE_CACHE to another folder if it is the cache.`,
    );
  }
}

/** Takes the lock if nobody has it. A link appears whole or not at all, so no reader sees half a lock. */
function tryTake(path, content) {
  const temporary = temporaryName(path);
  writeFileSync(temporary, content);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Removes a stale lock, unless another process has already done so and holds a new one. */
function breakLock(path, staleContent) {
  const aside = temporaryName(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === "ENOENT") return;
    throw error;
  }
  try {
    if (readFileSync(aside, "utf8") !== staleContent) linkSync(aside, path); // a living one: put it back
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Runs `action` while holding the lock at `path`. While somebody else has it, `onWait(holder)` is told once and the
 * call waits; the lock is released however `action` ends, by a signal too.
 */
export async function withLock(path, action, { onWait } = {}) {
  makeFolder(dirname(path));
  const own = { pid: process.pid, start: processStart(process.pid), host: hostname() };
  const content = `${JSON.stringify(own)}\n`;
  let told = false;
  while (!tryTake(path, content)) {
    const held = readIfThere(path);
    if (held === undefined) continue;
    if (isStale(path, held)) {
      breakLock(path, held);
      continue;
    }
    if (!told) onWait?.(JSON.parse(held));
    told = true;
    await sleep(pollMs);
  }
  const release = () => rmSync(path, { force: true });
  const forget = onInterrupt(release);
  const touching = setInterval(() => utimesSync(path, new Date(), new Date()), touchMs);
  touching.unref();
  try {
    return await action();
  } finally {
    clearInterval(touching);
    forget();
    release();
  }
}
