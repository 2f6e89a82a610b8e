/** Runs ninja, turning its `[done/total]` lines into progress and its failures into one sentence. */
import { createWriteStream } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { run } from "../lib/children.mjs";
import { Problem } from "../lib/problem.mjs";

/** Memory that one compiler with a precompiled header needs, with room: fewer jobs are better than a swapping machine. */
const bytesPerJob = 1.5 * 2 ** 30;

/** How many compilers to run at once on this machine. */
export function jobCount(cores = availableParallelism(), memory = totalmem()) {
  return Math.max(1, Math.min(cores, Math.floor(memory / bytesPerJob)));
}

/** Reads a line such as `[12/2300] CXX obj/…`: the steps done and in total, or undefined. */
export function parseStatus(line) {
  const match = /^\[(\d+)\/(\d+)\] /.exec(line);
  return match ? { done: Number(match[1]), total: Number(match[2]) } : undefined;
}

/**
 * Builds `target` in `out`. `onStep({ done, total })` follows the steps of *this* run (ninja leaves out what is already
 * built). The whole output goes to `log`.
 */
export async function runNinja({ ninja, out, target, log, env, onStep }) {
  const file = createWriteStream(log, { flags: "a" });
  const failures = [];
  let failed = false;
  const result = await run(ninja, ["-C", out, `-j${jobCount()}`, target], {
    // The default status is the same, but the user's own setting must not change what we parse.
    env: { ...env, NINJA_STATUS: "[%f/%t] " },
    onLine: (line) => {
      file.write(`${line}\n`);
      const step = parseStatus(line);
      if (step) onStep?.(step);
      failed ||= line.startsWith("FAILED:");
      if (failed && /error|FAILED|undefined/.test(line) && failures.length < 3) failures.push(line.slice(0, 200));
    },
  });
  await new Promise((done) => file.end(done));
  if (result.code !== 0) {
    const why = failures.join(" | ") || (result.signal ? `ended by ${result.signal}` : `exit code ${result.code}`);
    throw new Problem(
      `V8's source build stopped (${why}); the whole output is in ${log}, and the next try goes on from here.`,
    );
  }
}
