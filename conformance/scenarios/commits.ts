import type { Submitted } from "./connection.ts";
import { expectSame } from "./expect.ts";
import type { Stage } from "./stage.ts";

/** Demands that the call reports so many transactions as its own, and gives their numbers. */
export async function expectCommits(stage: Stage, call: Submitted, count: number): Promise<readonly number[]> {
  const seqs = await stage.seqs(call);
  expectSame(seqs.length, count, "wrong-value", `the number of transactions that ${call.call} reports`);
  return seqs;
}
