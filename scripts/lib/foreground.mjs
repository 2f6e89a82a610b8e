/** Runs one program in our place: it has the terminal, the signals and the exit code. */
import { spawn } from "node:child_process";
import { constants } from "node:os";

/**
 * Resolves to the program's exit code (128 + n for signal n, as shells say it). The program stays in our process
 * group: a terminal's Ctrl-C reaches it without us, and is not passed on, so that it comes once. Signals that were
 * sent to this process alone are passed on.
 */
export function runForeground(program, args, { env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    // What the set-up did about signals is over: from here on they are the program's.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal);
    const child = spawn(program, args, { stdio: "inherit", env });
    const fromTerminal = Boolean(process.stdin.isTTY);
    process.on("SIGINT", () => fromTerminal || child.kill("SIGINT"));
    for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
