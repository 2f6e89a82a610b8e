import type { ScenarioParity } from "../parity/of-run.ts";
import { exitCode, type RunResult } from "../run/run.ts";

/** What a run ends with: 2 also where an exception matches nothing, 1 also where columns diverge that keep every requirement. */
export function exitCodeOfRun(
  { cells, unmatched = [] }: Pick<RunResult, "cells" | "unmatched">,
  parity: readonly Pick<ScenarioParity, "verdict">[],
): 0 | 1 | 2 {
  if (unmatched.length > 0) return 2;
  const code = exitCode(cells);
  return code === 0 && parity.some(({ verdict }) => verdict === "diverge") ? 1 : code;
}
