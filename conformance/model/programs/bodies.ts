import { Thrown } from "../failure.ts";
import { body, type ModelModule, procedure, type Steps, withTx } from "../program.ts";
import { anything } from "../value.ts";
import { record, recordToken } from "./recording.ts";

const aloneIn = (token: string): Steps<number> => withTx((tx) => record(tx, token));

/** A transaction that is undone. */
function* undone(): Steps<void> {
  try {
    yield* withTx(() => {
      throw new Thrown("undone");
    });
  } catch {
    // What the guest catches is told in the words of its result.
  }
}

/** What the work that a body left behind is told: its handle is closed, and its call has no transaction open. */
const late = ["handle-closed", "no-transaction", "handle-closed", "no-transaction"];

/** The module `bodies`, which only TypeScript has. */
export const bodies: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    [
      "asyncBody",
      procedure(function* ({ kind, token }) {
        const plain = (kind as string).startsWith("plain");
        if (plain) yield* aloneIn(token);
        yield* aloneIn(`${token}/next`);
        return { refused: plain ? "none" : "thenable-body", ran: plain };
      }),
    ],
    [
      "leaveWork",
      procedure(function* ({ url, kind, token }) {
        if (kind === "given") yield* undone();
        else yield* aloneIn(token);
        yield* aloneIn(`${token}/next`);
        if (kind === "own") yield* aloneIn(`${token}/anew`);
        yield* body(url);
        if (kind === "own") yield* aloneIn(`${token}/anew-after-fetch`);
        return { refused: kind === "given" ? "thenable-body" : "none", late: kind === "own" ? [] : late };
      }),
    ],
    [
      "keepHost",
      procedure(function* ({ url, token }) {
        yield* aloneIn(token);
        yield* body(url);
      }),
    ],
    [
      "useKeptHost",
      procedure(({ token }) =>
        withTx((tx) => {
          record(tx, token);
          record(tx, `${token}/after`);
          // Which refusals it meets hangs on whether the other call has ended: the scenario knows.
          return { found: true, refused: anything };
        }),
      ),
    ],
    [
      "yieldOpen",
      procedure(function* ({ url, token }) {
        yield* body(url);
        yield* aloneIn(token);
        return { refused: "no-transaction" };
      }),
    ],
    [
      "valueOf",
      procedure(function* ({ token }) {
        yield* aloneIn(token);
        return { same: true };
      }),
    ],
    [
      "exceptionOf",
      procedure(function* ({ token }) {
        yield* undone();
        yield* aloneIn(`${token}/next`);
        return { same: true };
      }),
    ],
    [
      "throwUncaught",
      procedure(() =>
        withTx(() => {
          throw new Thrown("of the guest, uncaught");
        }),
      ),
    ],
  ]),
};
