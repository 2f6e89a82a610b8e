import {
  abort,
  begin,
  FetchFailed,
  fetch,
  type ModelModule,
  procedure,
  Signal,
  type Steps,
  wait,
  withTx,
} from "../program.ts";
import { record, recordToken } from "./recording.ts";

/** How a fetch ended: its body, or what it rejected with; `reason` is that of its signal, as text. */
function* endOf(url: string, signal: Signal, reason = "AbortError: aborted"): Steps<string> {
  const fetched = yield* fetch(url, signal);
  if (fetched.ok) return fetched.body;
  return fetched.category === "aborted" ? reason : `EvenlaneError: ${fetched.category}`;
}

interface Urls {
  readonly victim: string;
  readonly other: string;
  readonly trigger: string;
  readonly late: string;
}

function* abortWhileHeld({ victim, other, trigger, late }: Urls): Steps<unknown> {
  const signal = new Signal();
  const aborted = yield* begin(endOf(victim, signal));
  const kept = yield* begin(endOf(other, new Signal()));
  const triggered = yield* fetch(trigger);
  if (!triggered.ok) throw new FetchFailed(triggered.category);
  yield* abort(signal);
  const ends = { victim: yield* wait(aborted), late: yield* endOf(late, signal) };
  yield* withTx((tx) => record(tx, "aborted"));
  return { ...ends, other: yield* wait(kept) };
}

function* abortBeforeFetch({ url }: { url: string }): Steps<string> {
  const signal = new Signal();
  yield* abort(signal);
  return yield* endOf(url, signal, "no longer wanted");
}

/** The module `signals`. */
export const signals: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    ["abortWhileHeld", procedure(abortWhileHeld)],
    ["abortBeforeFetch", procedure(abortBeforeFetch)],
  ]),
};
