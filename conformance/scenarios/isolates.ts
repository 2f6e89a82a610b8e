import type { Gate } from "../origin/gated-origin.ts";
import type { Connection } from "./connection.ts";
import { expectSame } from "./expect.ts";
import type { Stage } from "./stage.ts";

/** Holds a call at each gate and demands that one isolate carried them all, and the `earlier` visits of its stage before: each raises one variable. */
export async function shareOneIsolate(
  stage: Stage,
  connection: Connection,
  gates: readonly Gate[],
  earlier: number,
): Promise<void> {
  const calls = gates.map((gate) => connection.call("visit", { url: gate.url }));
  await stage.held(gates);
  await Promise.all(gates.map((gate) => stage.release(gate)));
  const visits: number[] = [];
  for (const call of calls) visits.push(await stage.returned<number>(call));
  expectSame(
    visits.toSorted((a, b) => a - b),
    Array.from(gates, (_, index) => earlier + index + 1),
    "isolates-grew",
    `the values of one module variable, raised by each of ${gates.length} calls before its fetch`,
  );
}
