import { readFileSync } from "node:fs";
import { Unmeasured } from "./violation.ts";

/** The most memory that a process has had resident so far, in bytes, as the operating system counts it. Linux only; elsewhere `Unmeasured`. */
export function peakMemory(pid: number): number {
  if (process.platform !== "linux") {
    throw new Unmeasured(`peaks of memory are read from /proc, which ${process.platform} does not have`);
  }
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  if (kibibytes === undefined) throw new Unmeasured("this kernel does not tell a process's peak of memory");
  return Number(kibibytes) * 1024;
}
