/** The lane's queue of what is ready, as scenarios fill it and watch it being emptied. */
import type { Gate, Reply } from "../origin/gated-origin.ts";
import type { Turn } from "../protocol/schemas.ts";
import type { Submitted } from "./connection.ts";
import { expectSame } from "./expect.ts";
import type { Stage } from "./stage.ts";

/** Releases held responses so that their outcomes enter the queue in this order: each is there, or has been taken, before the next is released. */
export async function releaseInOrder(
  stage: Stage,
  gates: readonly Gate[],
  replyAt: (gate: Gate) => Partial<Reply> = () => ({}),
): Promise<void> {
  for (const gate of gates) {
    await stage.release(gate, replyAt(gate));
    await stage.quiet();
  }
}

/** Runs one turn of the paused lane and demands that it is this call's, of this kind. `which` names the turn. */
export async function expectTurn(
  stage: Stage,
  kind: NonNullable<Turn>["kind"],
  { call }: Submitted,
  which: string,
): Promise<void> {
  const turn = await stage.step();
  expectSame({ kind: turn?.kind, call: turn?.call }, { kind, call }, "wrong-order", which);
}
