import type { Op } from "../model/programs/script.ts";
import type { Gate } from "../origin/gated-origin.ts";
import type { Connection, Submitted } from "./connection.ts";
import type { Stage } from "./stage.ts";

/** Transactions that are to overlap, and in which order their operations are to come. */
export interface Overlap {
  /** What a reducer does before. */
  readonly initial: readonly Op[];
  /** What each transaction does, in order. */
  readonly parts: readonly (readonly Op[])[];
  /** Numbers of parts, from 0: whose next operation is tried next. What is left is done in order at the end. */
  readonly order: readonly number[];
}

interface Running {
  readonly call: Submitted;
  readonly gate: Gate;
  readonly blocking: boolean;
  /** Points that it has to pass to its end. */
  readonly points: number;
  passed: number;
  begun: boolean;
}

/**
 * Where the parts run: all on the blocking path; the first there and the others on the lane; all on the lane.
 */
export type Placement = "pool" | "pool-and-lane" | "lane";

/**
 * Lets the transactions of the parts meet as far as the host allows: each is stopped before each of its operations and before its end, and let go in the order of the
 * case. One that the host keeps waiting is passed over until it can go on. Gives the calls, ended.
 */
export async function playOverlap(stage: Stage, overlap: Overlap, placement: Placement): Promise<Submitted[]> {
  const setUp = await stage.connect("set-up");
  await stage.returned(setUp.call("run", { ops: overlap.initial }));
  const running: Running[] = [];
  for (const [index, part] of overlap.parts.entries()) {
    const connection = await stage.connect(`part ${index + 1} `);
    running.push(begin(stage, connection, index, part, placement));
  }
  await stage.held(running.map(({ gate }) => gate));
  if (placement === "lane") await Promise.all(stage.random.shuffled(running).map(({ gate }) => stage.release(gate)));
  else await meet(stage, overlap.order, running);
  for (const { call } of running) await stage.result(call);
  await stage.rows("cells");
  return running.map(({ call }) => call);
}

async function meet(stage: Stage, order: readonly number[], running: readonly Running[]): Promise<void> {
  for (const index of order) await goOn(stage, running[index]!, running);
  while (running.some(({ call }) => call.ended === undefined)) {
    const before = running.map(({ passed, begun }) => `${passed} ${begun}`).join();
    for (const one of running) if (one.call.ended === undefined) await goOn(stage, one, running);
    if (before === running.map(({ passed, begun }) => `${passed} ${begun}`).join()) break;
  }
}

function begin(
  stage: Stage,
  connection: Connection,
  index: number,
  part: readonly Op[],
  placement: Placement,
): Running {
  const gate = stage.gate(`part ${index + 1} begins`);
  const blocking = placement === "pool" || (placement === "pool-and-lane" && index === 0);
  const stops = part.flatMap((op, at): Op[] => [["point", `before operation ${at + 1}`], op]);
  const ops = blocking ? [...stops, ["point", "before its end"]] : part;
  const plan = [{ fetch: gate.url }, { tx: ops }];
  const call = connection.call(blocking ? "playBlocking" : "play", { steps: plan }, { park: blocking });
  return { call, gate, blocking, points: blocking ? part.length + 1 : 0, passed: 0, begun: false };
}

/** Lets a part do its next operation, where it stands at a point; waits until nothing can run any more. */
async function goOn(stage: Stage, one: Running, all: readonly Running[]): Promise<void> {
  if (one.call.ended !== undefined) return;
  if (!one.begun) {
    // Two turns of one lane never meet. While one waits for its transaction the lane's thread stands still, and may not even see a response.
    const laneWaits = all.some((other) => !other.blocking && other.begun && other.call.ended === undefined);
    if (!one.blocking && laneWaits) return;
    one.begun = true;
    await stage.release(one.gate);
  } else if (one.passed < one.points && stage.isParked(one.call)) {
    one.passed += 1;
    await stage.goOn(one.call);
  } else return;
  await stage.quiet();
}
