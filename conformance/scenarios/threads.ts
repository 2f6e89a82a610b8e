import { readdirSync } from "node:fs";
import { processTree } from "./process-tree.ts";

/** Threads of a process and all its descendants, as the operating system counts them. Linux only; elsewhere `Unmeasured`. */
export function countThreads(pid: number): number {
  return processTree(pid).reduce((sum, member) => sum + readdirSync(`/proc/${member}/task`).length, 0);
}
