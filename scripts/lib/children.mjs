/**
 * Child processes that never outlive this one.
 *
 * Each child leads a process group of its own, so that ending it also ends what it started (ninja's compilers,
 * cargo's rustc). A terminal's Ctrl-C reaches only our own group: we pass it on.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";

const running = new Set();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Tools that ignore the polite signal are killed after this many milliseconds. */
const graceMs = 5000;
let endedBy = null;

/** Tidying that must happen even when a signal ends the set-up: releasing a lock, removing a temporary file. */
const cleanups = new Set();

/** Registers `action` (synchronous) to run when a signal ends this process; returns the function that unregisters it. */
export function onInterrupt(action) {
  watchSignals();
  cleanups.add(action);
  return () => cleanups.delete(action);
}

/** Signals a child's whole group; a group that is already gone is no error. */
function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

let watching = false;
function watchSignals() {
  if (watching) return;
  watching = true;
  for (const signal of signals) process.on(signal, () => interrupt(signal));
  // Whatever ends this process (an uncaught error too) must not leave a compiler running.
  process.on("exit", () => {
    for (const child of running) signalGroup(child, "SIGKILL");
  });
}

async function interrupt(signal) {
  if (endedBy) return; // a second Ctrl-C while the children are ending
  endedBy = signal;
  const children = [...running];
  // A tool that has ended may leave helpers that ignore the signal: once it is gone, so is its whole group.
  const waiting = children.map((child) => new Promise((done) => child.once("exit", done)));
  for (const child of children) signalGroup(child, signal);
  const grace = new Promise((done) => setTimeout(done, graceMs));
  await Promise.race([Promise.all(waiting), grace]);
  for (const child of children) signalGroup(child, "SIGKILL");
  for (const cleanup of cleanups) cleanup();
  process.exit(128 + constants.signals[signal]);
}

/**
 * Runs a program without a shell and resolves to `{ code, signal, missing }` when it has ended; it never rejects for
 * a failing program. `onLine(line, stream)` gets each line of `stdout` and `stderr` of the streams that are piped;
 * `stdio` is as for `spawn` (default: no input, both outputs piped). `limitMs` ends a program that hangs.
 */
export function run(command, args, { cwd, env, stdio = ["ignore", "pipe", "pipe"], onLine, limitMs } = {}) {
  watchSignals();
  if (endedBy) return new Promise(() => {}); // we are ending: start nothing more
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio, detached: true });
    running.add(child);
    let timedOut = false;
    const timer = limitMs
      ? setTimeout(() => {
          timedOut = true;
          signalGroup(child, "SIGKILL");
        }, limitMs)
      : undefined;
    for (const name of ["stdout", "stderr"]) {
      const stream = child[name];
      if (stream) createInterface({ input: stream }).on("line", (line) => onLine?.(line, name));
    }
    const settle = (result) => {
      clearTimeout(timer);
      running.delete(child);
      if (!endedBy) resolve(result); // else `interrupt` ends the process
    };
    child.on("error", (error) => settle({ code: null, signal: null, missing: error.code === "ENOENT", error }));
    child.on("close", (code, signal) => settle({ code, signal, missing: false, timedOut }));
  });
}

/** Runs a program and collects its output: `{ code, stdout, stderr, missing }`. */
export async function capture(command, args, options = {}) {
  const text = { stdout: "", stderr: "" };
  const result = await run(command, args, {
    ...options,
    onLine: (line, stream) => {
      text[stream] += `${line}\n`;
    },
  });
  return { ...result, ...text };
}
