import { readdirSync, readFileSync } from "node:fs";
import { Unmeasured } from "./violation.ts";

/** A process and all its descendants, by id. Linux only; elsewhere `Unmeasured`. */
export function processTree(pid: number): number[] {
  if (process.platform !== "linux") {
    throw new Unmeasured(`a host's processes are seen through /proc, which ${process.platform} does not have`);
  }
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const list = unlessEnded(() => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8"), "");
    return list.split(" ").filter(Boolean).map(Number);
  });
  return [pid, ...children.flatMap(processTree)];
}

/** Bytes that a process and all its descendants have in memory. */
export function residentBytes(pid: number): number {
  return processTree(pid).reduce((sum, member) => {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${member}/status`, "utf8"))?.[1];
    if (kilobytes === undefined) throw new Unmeasured(`/proc/${member}/status does not tell the resident memory`);
    return sum + 1024 * Number(kilobytes);
  }, 0);
}

/** Files, sockets and the like that a process and all its descendants have open. */
export function openFiles(pid: number): number {
  return processTree(pid).reduce((sum, member) => sum + readdirSync(`/proc/${member}/fd`).length, 0);
}

/** Mappings in the address spaces of a process and all its descendants. */
export function memoryMaps(pid: number): number {
  return processTree(pid).reduce(
    (sum, member) => sum + readFileSync(`/proc/${member}/maps`, "utf8").split("\n").length - 1,
    0,
  );
}

/** What is read of a thread; `otherwise` where it has ended since it was listed. */
function unlessEnded<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return otherwise;
    throw error;
  }
}
