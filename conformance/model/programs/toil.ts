import { Stopped } from "../failure.ts";
import { body, type ModelModule, procedure, type Steps, withTx } from "../program.ts";
import { anything } from "../value.ts";
import { record, recordToken } from "./recording.ts";

/** What `carry` gives: the text of each level around what the one below gave. */
function carried(token: string, depth: number, fetched: string): string {
  let text = fetched;
  for (let level = 0; level <= depth; level += 1) text = `${token}/${level}(${text})${token}/${level}`;
  return text;
}

function* recordThenLoop(token: string): Steps<never> {
  yield* withTx((tx) => record(tx, token));
  throw new Stopped("budget");
}

function* loopAfterFetch({ url, token }: { url: string; token: string }): Steps<never> {
  yield* body(url);
  return yield* recordThenLoop(token);
}

/** The module `toil`. */
export const toil: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    [
      "fetchThenRecord",
      procedure(function* ({ url, token }) {
        const response = yield* body(url);
        yield* withTx((tx) => record(tx, token));
        return response.body;
      }),
    ],
    [
      "recordFetchRecord",
      procedure(function* ({ url, token }) {
        yield* withTx((tx) => record(tx, `${token}/before`));
        yield* body(url);
        yield* withTx((tx) => record(tx, `${token}/after`));
        return null;
      }),
    ],
    [
      "compute",
      procedure(function* ({ token }) {
        yield* withTx((tx) => record(tx, token));
        return anything;
      }),
    ],
    ["loop", procedure(({ token }) => recordThenLoop(token))],
    ["loopAfterFetch", procedure(loopAfterFetch)],
    ["loopInMicrotasks", procedure(loopAfterFetch)],
    [
      "carry",
      procedure(function* ({ url, token, depth }) {
        const text = carried(token, depth, (yield* body(url)).body);
        yield* withTx((tx) => record(tx, token, { carried: text }));
        return text;
      }),
    ],
    [
      "visit",
      // biome-ignore lint/correctness/useYield: it asks for nothing.
      procedure(function* (_, { guest, instance }) {
        if (guest === "as" || instance === undefined) return anything;
        instance.visits += 1;
        return instance.visits;
      }),
    ],
  ]),
};
