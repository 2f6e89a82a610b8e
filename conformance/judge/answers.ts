/** What a host answers, held against the model as it stands then: results, rows, turns of a lane that stands still, and that all is quiet. */
import { describeEvent } from "../history/describe-event.ts";
import type { HistoryEvent } from "../history/history.ts";
import type { End, ModelCall } from "../model/call.ts";
import type { Machine } from "../model/machine.ts";
import { allows } from "../model/value.ts";
import { Mismatch } from "./mismatch.ts";
import type { Replayed } from "./replayed.ts";
import type { Stepping } from "./stepping.ts";
import { itemsOf } from "./turns.ts";
import { describeEnd, describeItem, differenceOfRows } from "./words.ts";

type EventOf<Kind> = HistoryEvent & { kind: Kind };

/** A call has ended. @throws Mismatch where the model does not end it so */
export function takeResult(stepping: Stepping, module: Replayed, event: EventOf<"result">): void {
  const call = module.machine.call(event.call)!;
  stepping.until(module, () => call.end !== undefined, event);
  const { result } = event;
  if (!isSameEnd(call, call.end!, result)) throw new Mismatch(describeEnd(event, call, call.end!));
  if (call.seqs.join() !== result.seqs.join()) {
    const seqs = call.seqs.join(", ") || "none";
    throw new Mismatch(`${describeEvent(event)}; by the model its transactions have the seqs ${seqs}`);
  }
  module.proven = Math.max(module.proven, ...result.seqs);
  module.acknowledged = Math.max(module.acknowledged, ...result.seqs);
}

function isSameEnd(call: ModelCall, end: End, result: EventOf<"result">["result"]): boolean {
  if (end.outcome === "returned") return result.outcome === "returned" && allows(end.value, result.value);
  if (result.outcome !== "failed") return false;
  const { error } = result;
  return (
    end.category === error.category &&
    call.new.function === error.function &&
    (end.message === undefined || end.message === error.message) &&
    (end.naming?.some((name) => error.message.includes(name)) ?? true)
  );
}

/** Rows were read. @throws Mismatch where the model has others after that commit, or where they are older than what was proven when they were asked for */
export function takeRows(stepping: Stepping, module: Replayed, event: EventOf<"rows">): void {
  const { machine } = module;
  const atLeast = module.reads.get(event.read)!;
  if (event.seq < atLeast) {
    throw new Mismatch(
      `the rows of ${event.table} include commits up to seq ${event.seq}; when they were asked for, seq ${atLeast} had been acknowledged`,
    );
  }
  stepping.until(module, () => machine.tables.seq >= event.seq, event);
  const rows = machine.tables.rowsAt(event.table, event.seq);
  if (!allows(rows, event.rows)) {
    const { model, observed } = differenceOfRows(rows, event.rows);
    throw new Mismatch(
      `the rows of ${event.table} after commit ${event.seq} show ${observed}; by the model they show ${model}`,
    );
  }
  module.proven = Math.max(module.proven, event.seq);
}

/** The host is quiet for certain; `told` has the calls whose results have come. @throws Mismatch where the model's module cannot be quiet so */
export function takeQuiet(
  stepping: Stepping,
  module: Replayed,
  event: EventOf<"quiet">,
  told: ReadonlySet<string>,
): void {
  stepping.runAll(module);
  const { machine } = module;
  while (machine.fetches.length > event.fetchesInFlight && stepping.letIn(module, () => true)) stepping.runAll(module);
  if (machine.fetches.length !== event.fetchesInFlight) {
    throw new Mismatch(
      `the host is quiet with ${event.fetchesInFlight} fetches in flight; by the model there are ${machine.fetches.length}`,
    );
  }
  const untold = endedUntold(machine, told);
  if (untold !== undefined) {
    throw new Mismatch(`the host is quiet without a result of ${untold}; by the model it has ended`);
  }
  machine.barrier();
  module.proven = machine.tables.seq;
}

function endedUntold({ calls }: Machine, told: ReadonlySet<string>): string | undefined {
  for (const [name, call] of calls) {
    if (call.end !== undefined && call.new.own === undefined && !told.has(name)) return name;
  }
  return undefined;
}

/** The lane is to run its next turn, which is the one that the host will have told of. @throws Mismatch where the model's lane cannot run that */
export function takeStep(stepping: Stepping, module: Replayed, event: EventOf<"stepped">): void {
  const { machine } = module;
  const { turn } = event;
  if (turn === null) {
    const items = machine.items(true);
    if (items.length === 0) return;
    throw new Mismatch(`${describeEvent(event)}; by the model ${items.map(describeItem).join(" or ")} is`);
  }
  if (itemsOf(turn, machine.items(true), module.ownNames).length === 0) {
    stepping.letIn(module, ({ call }) => call.new.name === turn.call);
  }
  const items = machine.items(true);
  const matching = itemsOf(turn, items, module.ownNames);
  if (matching.length === 0) {
    const instead = items.map(describeItem).join(" or ") || "nothing";
    throw new Mismatch(`${describeEvent(event)}; by the model the next turn is ${instead}`);
  }
  const item = stepping.choose(matching);
  if (item.call.new.own !== undefined) module.ownNames.set(turn.call, item.call);
  stepping.runTurn(module, item);
}
