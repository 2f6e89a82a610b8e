/** Long legal histories for measurements: many sessions at once, over keys that are retired as Elle's generator does. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { execute, stateOf } from "../history/isolation/execute.ts";
import type { MicroOp, Transaction } from "../history/isolation/transaction.ts";
import type { Recorded } from "../history/numbering.ts";

/** How many transactions run at once, how many keys are in use at once, and after how many writes a key is retired. */
const shape = { sessions: 16, keys: 8, writesPerKey: 64 };

/** A serial run of `length` transactions, spread over overlapping intervals; the same for the same seed. */
export function legalHistory(length: number, seed: number): Transaction[] {
  const random = xoroshiro128plus(seed);
  const below = (bound: number) => uniformInt(random, 0, bound - 1);
  const state = stateOf(new Map());
  const writes = new Map<number, number>();
  const live = Array.from({ length: shape.keys }, (_, key) => key);
  let keys = shape.keys;
  let fresh = 0;
  const written = (place: number) => {
    const key = live[place]!;
    const count = (writes.get(key) ?? 0) + 1;
    writes.set(key, count);
    if (count < shape.writesPerKey) return;
    live[place] = keys;
    keys += 1;
    // Nobody uses it any more: its value need not be kept.
    state.cells.delete(`list ${key}`);
    state.cells.delete(`register ${key}`);
    writes.delete(key);
  };
  return Array.from({ length }, (_, index): Transaction => {
    const places = Array.from({ length: 1 + below(4) }, () => below(shape.keys));
    const ops = places.map((place): MicroOp => {
      const key = live[place]!;
      fresh += 1;
      const kind = below(4);
      if (kind === 0) return { op: "append", key: `list ${key}`, element: fresh };
      if (kind === 1) return { op: "get", key: `list ${key}` };
      if (kind === 2) return { op: "put", key: `register ${key}`, value: fresh };
      return { op: "get", key: `register ${key}` };
    });
    const done = ops.map((op): MicroOp => {
      const seen = execute(state, op);
      return op.op === "get" ? { ...op, seen: seen! } : op;
    });
    for (const [at, place] of places.entries()) if (ops[at]!.op !== "get") written(place);
    const moment = 2 * shape.sessions * index;
    return {
      id: `T${index}`,
      process: `session ${index % shape.sessions}`,
      ops: done,
      status: "committed",
      seq: index + 1,
      // A session's transactions follow each other; those of all sessions overlap.
      begin: moment - below(shape.sessions * shape.sessions),
      end: moment + below(shape.sessions * shape.sessions),
    };
  });
}

/** The rows that as many recorded transactions leave. */
export function recordedRows(length: number): [string, Recorded][] {
  return Array.from({ length }, (_, index) => [
    String(index + 1).padStart(6, "0"),
    { n: index + 1, token: `t${index}` },
  ]);
}
