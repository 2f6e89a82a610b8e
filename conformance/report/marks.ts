import pc from "picocolors";
import type { CellVerdict } from "../run/verdict.ts";

/** How a verdict is written: a word for logs, a short one for the matrix, and its colour. */
export interface Mark {
  readonly word: string;
  readonly short: string;
  readonly paint: (text: string) => string;
  /** What it means, for the legend. */
  readonly meaning: string;
}

const marks: Record<CellVerdict, Mark> = {
  pass: { word: "pass", short: "pass", paint: pc.green, meaning: "kept" },
  fail: { word: "FAIL", short: "FAIL", paint: pc.red, meaning: "broken" },
  stuck: { word: "STUCK", short: "STUCK", paint: pc.yellow, meaning: "nothing happened any more; no verdict" },
  unsupported: { word: "unsupported", short: "–", paint: pc.dim, meaning: "does not speak of this guest" },
  unmeasured: { word: "unmeasured", short: "?", paint: pc.yellow, meaning: "this machine or host cannot show it" },
  error: {
    word: "ERROR",
    short: "ERROR",
    paint: pc.magenta,
    meaning: "the kit or the host's program is at fault; no verdict",
  },
  "not-built": { word: "not built", short: "n/b", paint: pc.dim, meaning: "the host was not built" },
  excepted: { word: "excepted", short: "exc", paint: pc.cyan, meaning: "fails as an exception says" },
  intermittent: { word: "intermittent", short: "int", paint: pc.cyan, meaning: "may fail, as an exception says" },
};

/** How a verdict is written. */
export function mark(verdict: CellVerdict): Mark {
  return marks[verdict];
}
