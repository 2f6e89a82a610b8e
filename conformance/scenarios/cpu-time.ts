import { readFileSync } from "node:fs";
import { Unmeasured } from "./violation.ts";

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
