import { readdirSync, readFileSync } from "node:fs";
import { Unmeasured } from "./violation.ts";

/** Threads of a process and all its descendants, as the operating system counts them. Linux only; elsewhere `Unmeasured`. */
export function countThreads(pid: number): number {
  if (process.platform !== "linux") {
    throw new Unmeasured(`threads are counted through /proc, which ${process.platform} does not have`);
  }
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) => {
    const list = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8");
    return list.split(" ").filter(Boolean).map(Number);
  });
  return tasks.length + children.reduce((sum, child) => sum + countThreads(child), 0);
}
