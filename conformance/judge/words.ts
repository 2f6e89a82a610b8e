/** What the judge says of a history and of the model, in words. */
import { describeEvent } from "../history/describe-event.ts";
import type { HistoryEvent } from "../history/history.ts";
import type { End, ModelCall } from "../model/call.ts";
import type { Content, Hop } from "../model/egress.ts";
import type { Machine } from "../model/machine.ts";
import type { Item } from "../model/ready-queue.ts";
import { allows, shown } from "../model/value.ts";

/** Where the model stands, for an event that it cannot reach. */
export function standing(machine: Machine, event: HistoryEvent | undefined): string {
  const call = event !== undefined && "call" in event ? machine.call(event.call) : undefined;
  const seq = `the model stands at seq ${machine.tables.seq}`;
  if (call !== undefined && call.end === undefined) {
    const waits = machine.fetches.find((fetch) => fetch.call === call);
    if (waits !== undefined) return `by the model it waits for a response that was not released; ${seq}`;
    if (!call.started) return `by the model it has not begun, as others come before it; ${seq}`;
  }
  const ready = machine.items().map(describeItem).join(" or ");
  return ready === "" ? `by the model nothing can run; ${seq}` : `by the model the next is ${ready}; ${seq}`;
}

/** What the lane may take next. */
export function describeItem({ kind, call }: Item): string {
  return `the ${kind} of ${call.new.name} (${call.new.function})`;
}

/** A request as the origin saw it. */
export function describeArrival({ method, bytes, sha256 }: { method: string; bytes: number; sha256?: string }): string {
  return requestText(method, { bytes, sha256 });
}

/** A request as the model sends it. */
export function describeHop({ method, body }: Hop): string {
  return requestText(method, body);
}

function requestText(method: string, body: Content | undefined): string {
  if (body === undefined) return `${method} with a body that the model does not know`;
  if (body.bytes === 0) return `${method} without a body`;
  return `${method} with ${body.bytes} bytes${body.sha256 === undefined ? "" : ` of SHA-256 ${body.sha256}`}`;
}

/** A result that is not the model's: where the two values differ, or how else the call ends. */
export function describeEnd(event: HistoryEvent & { kind: "result" }, call: ModelCall, end: End): string {
  const name = `${call.new.name} (${call.new.function})`;
  if (end.outcome === "failed") {
    const naming = end.naming === undefined ? "" : `, and its message names ${end.naming.join(" or ")}`;
    const message = end.message === undefined ? naming : `: ${end.message}`;
    return `${describeEvent(event)}; by the model ${name} fails as ${end.category}${message}`;
  }
  if (event.result.outcome === "failed") {
    return `${describeEvent(event)}; by the model ${name} returns ${shown(end.value)}`;
  }
  const { path, model, observed } = differenceOf(end.value, event.result.value);
  const where = path === "" ? "" : ` at ${path}`;
  return `the result of ${name} has ${observed}${where}; by the model it has ${model}`;
}

/** Where rows first differ from the model's. */
export function differenceOfRows(
  model: readonly [string, unknown][],
  observed: readonly (readonly [string, unknown])[],
): { model: string; observed: string } {
  const at = model.findIndex((row, index) => !allows(row, observed[index]));
  const index = at >= 0 ? at : model.length;
  const one = (row: unknown) => (row === undefined ? "no row" : shown(row));
  return { model: one(model[index]), observed: one(observed[index]) };
}

/** The smallest part of a value that is not the model's: its path, such as `1.tx.0`, and both sides. A list of plain values is shown whole. */
function differenceOf(model: unknown, observed: unknown, path = ""): { path: string; model: string; observed: string } {
  if (isParts(model) && isParts(observed) && !isPlainList(model) && !isPlainList(observed)) {
    const keys = new Set([...Object.keys(model), ...Object.keys(observed)]);
    for (const key of keys) {
      const [ours, theirs] = [part(model, key), part(observed, key)];
      if (!allows(ours, theirs)) return differenceOf(ours, theirs, path === "" ? key : `${path}.${key}`);
    }
  }
  return { path, model: shown(model), observed: shown(observed) };
}

function isParts(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isPlainList(value: object): boolean {
  return Array.isArray(value) && !value.some(isParts);
}

function part(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
