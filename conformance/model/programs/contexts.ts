import { Thrown } from "../failure.ts";
import { all, body, type ModelModule, procedure, reducer, type Steps, sleepUntil, withTx } from "../program.ts";
import { record } from "./recording.ts";

const aloneIn = (token: string): Steps<number> => withTx((tx) => record(tx, token));

function* lookAround({ urls, token }: { urls: readonly string[]; token: string }): Steps<void> {
  for (const url of urls) yield* body(url);
  yield* aloneIn(token);
}

/** The module `contexts`. What it logs is no part of the model. */
export const contexts: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["lookInReducer", reducer((tx, { token }) => void record(tx, token))],
    ["look", procedure(function* () {})],
    ["lookAround", procedure(lookAround)],
    [
      "lookTogether",
      procedure(function* (args, { guest }) {
        // A wasm call has one stack, and so one fetch at a time.
        if (guest === "as") return yield* lookAround(args);
        yield* all((args.urls as string[]).map((url) => body(url)));
        yield* aloneIn(args.token);
      }),
    ],
    [
      "lookAsleep",
      procedure(function* ({ until, token }) {
        yield* sleepUntil(until);
        yield* aloneIn(token);
      }),
    ],
    ["scheduleLook", reducer((tx, { at, until, token }) => tx.schedule("lookAsleep", { until, token }, at))],
    [
      "lookThenFail",
      procedure(function* ({ url }) {
        yield* body(url);
        throw new Thrown("thrown by lookThenFail");
      }),
    ],
  ]),
};
