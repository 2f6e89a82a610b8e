import { Thrown } from "../failure.ts";
import { type ModelModule, procedure, reducer, sleepUntil, withTx } from "../program.ts";
import { anything } from "../value.ts";
import { record, tokens } from "./recording.ts";

/** The module `clockwork`. What it logs is no part of the model. */
export const clockwork: ModelModule = {
  hooks: new Map([
    ["init", (tx) => void record(tx, "init")],
    ["connected", (tx, connection) => void record(tx, "connected", { connection })],
    ["disconnected", (tx, connection) => void record(tx, "disconnected", { connection })],
  ]),
  functions: new Map([
    ["record", reducer((tx, { token }) => void record(tx, token))],
    ["scheduleRecord", reducer((tx, { at, token }) => tx.schedule("record", { token }, at))],
    [
      "scheduleThenThrow",
      reducer((tx, { at, token }) => {
        tx.schedule("record", { token }, at);
        throw new Thrown("thrown by scheduleThenThrow");
      }),
    ],
    [
      "sleepThenRecord",
      procedure(function* ({ until, token }) {
        yield* sleepUntil(until);
        return yield* withTx((tx) => record(tx, token));
      }),
    ],
    ["scheduleFromProcedure", procedure(({ at, token }) => withTx((tx) => tx.schedule("record", { token }, at)))],
    [
      "context",
      // biome-ignore lint/correctness/useYield: it asks its host for nothing. Its time and its random numbers are for its scenario to say.
      procedure(function* () {
        return anything;
      }),
    ],
    ["logEach", procedure(function* () {})],
    ["tokens", procedure(() => withTx(tokens))],
  ]),
};
