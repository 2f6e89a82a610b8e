import type { Context } from "../context.ts";
import { look, type ModelModule, procedure, reducer, sleepUntil, withTx } from "../program.ts";
import { record, recordToken, scheduleThenThrow, tokens } from "./recording.ts";

/** What a context says, with its first random numbers. */
const told = ({ timestamp, sender, connection, random }: Context): unknown => ({
  timestamp,
  sender,
  connection,
  random: [random(), random(), random()],
});

/** The module `clockwork`. What it logs is no part of the model. */
export const clockwork: ModelModule = {
  hooks: new Map([
    ["init", (tx) => void record(tx, "init")],
    ["connected", (tx, connection) => void record(tx, "connected", { connection })],
    ["disconnected", (tx, connection) => void record(tx, "disconnected", { connection })],
  ]),
  functions: new Map([
    ["record", recordToken],
    ["scheduleRecord", reducer((tx, { at, token }) => tx.schedule("record", { token }, at))],
    ["scheduleThenThrow", scheduleThenThrow],
    [
      "sleepThenRecord",
      procedure(function* ({ until, token }) {
        yield* sleepUntil(until);
        return yield* withTx((tx) => record(tx, token));
      }),
    ],
    ["scheduleFromProcedure", procedure(({ at, token }) => withTx((tx) => tx.schedule("record", { token }, at)))],
    ["context", procedure(() => look(told))],
    ["logEach", procedure(function* () {})],
    ["tokens", procedure(() => withTx(tokens))],
  ]),
};
