/**
 * Process groups of hosts. Each host leads its own, so that ending it also ends what it started, and a terminal's
 * Ctrl-C reaches the kit alone. POSIX only: a program that leaves its group (setsid) also leaves the kit's reach.
 */
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";

const groups = new Set<number>();
let watching = false;

/** Remembers a group until `forgetGroup`; whatever ends the kit in an orderly way ends the group. */
export function rememberGroup(group: number): void {
  if (!watching) process.on("exit", killAllHosts);
  watching = true;
  groups.add(group);
}

/** Forgets a group that has ended: its number may be given to another. */
export function forgetGroup(group: number): void {
  groups.delete(group);
}

/** Kills every host that still runs, with all that it started, without waiting for their ends. */
export function killAllHosts(): void {
  for (const group of groups) signalGroup(group, "SIGKILL");
}

/**
 * Makes SIGINT, SIGTERM and SIGHUP kill all hosts and then end the kit with 128 plus the signal's number.
 * @param onSignal runs before, synchronously: the place to write what is known so far.
 * @returns what takes the handlers away again.
 */
export function installSignalHandlers(onSignal?: (signal: NodeJS.Signals) => void): () => void {
  const handler = (signal: NodeJS.Signals): void => {
    killAllHosts();
    onSignal?.(signal);
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, handler);
  return () => {
    for (const signal of signals) process.off(signal, handler);
  };
}

/** Signals a whole group; false where nothing of it is left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // macOS says EPERM of a group in which only zombies are left.
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ESRCH" || code === "EPERM") return false;
    throw error;
  }
}

/** Processes of a group that still run, zombies left out; where the system does not list them, the group's own number. */
export function membersOf(group: number): number[] {
  if (!signalGroup(group, 0)) return [];
  if (process.platform !== "linux") return [group];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isMember(pid, group));
}

function isMember(pid: number, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold anything; state, parent and group follow the last one.
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(itsGroup) === group && state !== "Z" && state !== "X";
  } catch {
    return false; // it ended meanwhile
  }
}

/**
 * Waits until nothing of a killed group runs. A process that is not our child announces its end to nobody here, so this
 * asks again and again, for at most `bound` milliseconds.
 * @returns the processes that are still there after that: the system could not end them.
 */
export async function untilEmpty(group: number, bound: number): Promise<number[]> {
  const end = performance.now() + bound;
  for (;;) {
    const left = membersOf(group);
    if (left.length === 0 || performance.now() >= end) return left;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
