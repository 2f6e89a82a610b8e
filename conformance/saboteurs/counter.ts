import { readFileSync } from "node:fs";

/** Beyond this many a thread does not count: what happens at every row would fill the disk. */
const most = 1000;

/** The source of the module by which a fault counts that it acts: a byte in `file` each time, whichever thread or process it happens in. */
export function counterSource(file: string): string {
  return `
import { appendFileSync } from "node:fs";
let left = ${most};
export function fired() {
  if (left > 0) {
    left -= 1;
    appendFileSync(${JSON.stringify(file)}, ".");
  }
  return true;
}
`;
}

/** How often the fault acted. */
export function countOf(file: string): number {
  try {
    return readFileSync(file).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
