import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Unmeasured } from "./violation.ts";

/** Load that was put on the machine. */
export interface CpuLoad {
  /** Ends it. */
  stop(): void;
}

/** Processes for each core: a turn beside them gets about a fifth of one. */
const perCore = 4;

/** Keeps all cores busy, with processes that end with this one. Resolves when all of them run. */
export async function loadAllCores(): Promise<CpuLoad> {
  const source =
    'process.stdin.on("close", () => process.exit()); process.stdout.write("."); const spin = () => { for (const end = performance.now() + 50; performance.now() < end; ); setImmediate(spin); }; process.stdin.resume(); setTimeout(() => process.exit(), 120_000); spin();';
  const children: ChildProcess[] = [];
  const stop = () => {
    for (const child of children) child.kill("SIGKILL");
  };
  try {
    for (let index = 0; index < perCore * availableParallelism(); index += 1) {
      // In a session each: a scheduler that shares by session would give all of them together no more than the host.
      const child = spawn(process.execPath, ["--eval", source], { stdio: ["pipe", "pipe", "ignore"], detached: true });
      children.push(child);
    }
    await Promise.all(children.map((child) => once(child.stdout!, "data")));
  } catch (error) {
    stop();
    throw error;
  }
  return { stop };
}

/** Milliseconds of CPU time that a process has used, as the operating system counts them. Linux only; elsewhere `Unmeasured`. */
export function cpuTimeOf(pid: number): number {
  if (process.platform !== "linux") {
    throw new Unmeasured(`CPU time is read from /proc, which ${process.platform} does not have`);
  }
  // The second field, the program's name in parentheses, may hold anything; utime and stime are the 14th and 15th, in hundredths of a second.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
