import type { Context } from "../context.ts";
import { Thrown } from "../failure.ts";
import { body, type ModelModule, procedure, reducer, type Steps, withTx } from "../program.ts";
import type { Transaction } from "../tables.ts";
import { record, recordToken, scheduleThenThrow } from "./recording.ts";

interface UrlAndToken {
  readonly url: string;
  readonly token: string;
}

function* fetchThenRecord({ url, token }: UrlAndToken): Steps<void> {
  yield* body(url);
  yield* withTx((tx) => record(tx, token));
}

function note(tx: Transaction, token: string, { connection, sender, timestamp }: Context): void {
  record(tx, token, { connection, sender, timestamp });
}

/** The module `errands`. */
export const errands: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    ["fetchThenRecord", procedure(fetchThenRecord)],
    [
      "fetchThenThrow",
      procedure(function* (args) {
        yield* fetchThenRecord(args);
        throw new Thrown("thrown by fetchThenThrow");
      }),
    ],
    [
      "scheduleEach",
      reducer((tx, { at, apart, tokens }) => {
        for (const [index, token] of (tokens as string[]).entries()) {
          tx.schedule("record", { token }, at + index * apart);
        }
        record(tx, `scheduling ${tokens.length}`);
      }),
    ],
    ["scheduleFetch", reducer((tx, { at, url, token }) => tx.schedule("fetchThenRecord", { url, token }, at))],
    ["scheduleFailure", reducer((tx, { at, url, token }) => tx.schedule("fetchThenThrow", { url, token }, at))],
    ["scheduleThenThrow", scheduleThenThrow],
    [
      "scheduleTwiceThenThrow",
      procedure(function* ({ at, token }) {
        try {
          yield* withTx((tx) => {
            tx.schedule("record", { token: `${token}/undone` }, at);
            throw new Thrown("given up");
          });
        } catch {
          // The transaction is undone, with its schedule.
        }
        yield* withTx((tx) => tx.schedule("record", { token: `${token}/kept` }, at));
        throw new Thrown("thrown by scheduleTwiceThenThrow");
      }),
    ],
    ["noteContext", reducer((tx, { token }, context) => note(tx, token, context))],
    ["noteContextInProcedure", procedure(({ token }, { context }) => withTx((tx) => note(tx, token, context)))],
    [
      "scheduleNotes",
      reducer((tx, { at }) => {
        tx.schedule("noteContext", { token: "scheduled reducer" }, at);
        tx.schedule("noteContextInProcedure", { token: "scheduled procedure" }, at);
      }),
    ],
  ]),
};
