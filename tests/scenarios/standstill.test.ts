import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CallResult } from "../../conformance/protocol/schemas.ts";
import type { Submitted } from "../../conformance/scenarios/connection.ts";
import { standstillInTurn } from "../../conformance/scenarios/standstill.ts";
import { Unmeasured } from "../../conformance/scenarios/violation.ts";

/** For each line computes as many milliseconds of CPU time as the line says; answers with the longest time, by the clock, in which it did not. */
const computer = `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const begun = process.cpuUsage();
    let [longest, last] = [0, performance.now()];
    while (process.cpuUsage(begun).user < 1000 * Number(line)) {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    console.log(Math.floor(longest));
  });
  console.log("ready");`;

describe.runIf(process.platform === "linux")("a host that is stopped in a turn", () => {
  let child: ChildProcess;
  let lines: AsyncIterator<string>;
  let submitted = 0;

  beforeAll(async () => {
    child = spawn(process.execPath, ["--eval", computer], { stdio: ["pipe", "pipe", "inherit"], detached: true });
    lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    await lines.next();
  });

  afterAll(async () => {
    child.stdin!.end();
    if (child.exitCode === null) await once(child, "exit");
  });

  /** A call that computes for so many milliseconds; its value is the child's answer. */
  function compute(milliseconds: number): Submitted {
    submitted += 1;
    child.stdin!.write(`${milliseconds}\n`);
    const call: { -readonly [K in keyof Submitted]: Submitted[K] } = {
      call: `c${submitted}`,
      function: "compute",
      ended: undefined,
      result: lines.next().then(({ value }) => {
        const result: CallResult = { outcome: "returned", value: Number(value), seqs: [] };
        call.ended = result;
        return result;
      }),
    };
    return call;
  }

  async function returned<T>(call: Submitted): Promise<T> {
    const result = await call.result;
    return (result as Extract<CallResult, { outcome: "returned" }>).value as T;
  }

  test("stands still for that long, and then ends the turn", async () => {
    const stage = { pid: child.pid!, returned };
    const call = await standstillInTurn(stage, () => compute(500), 50, 400);
    // Timers count from the beginning of their millisecond.
    expect(await returned<number>(call)).toBeGreaterThanOrEqual(399);
  });

  test("is unmeasured where each turn is over before it is stopped", async () => {
    submitted = 0;
    const stage = { pid: child.pid!, returned };
    const stopping = standstillInTurn(stage, () => compute(0), Number.POSITIVE_INFINITY, 1);
    await expect(stopping).rejects.toBeInstanceOf(Unmeasured);
    expect(submitted).toBe(5);
  });
});
