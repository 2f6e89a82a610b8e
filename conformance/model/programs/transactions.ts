import { Refused, Thrown } from "../failure.ts";
import { type ModelModule, procedure, reducer, type Steps, sleepUntil, withTx } from "../program.ts";
import type { Transaction } from "../tables.ts";
import { record, recordToken } from "./recording.ts";

const aloneIn = (token: string): Steps<number> => withTx((tx) => record(tx, token));

function recordAroundRefusals(tx: Transaction, token: string): void {
  record(tx, token);
  record(tx, `${token}/after`);
}

const outside = Object.fromEntries(
  ["get", "insert", "update", "delete", "scan", "schedule", "point"].map((use) => [use, "no-transaction"]),
);

/** The module `transactions`. */
export const transactions: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    [
      "count",
      procedure(function* ({ token, how }) {
        let runs = 0;
        try {
          yield* withTx((tx) => {
            runs += 1;
            record(tx, token, { runs });
            if (how === "throw") throw new Thrown("thrown by count");
          });
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          return { runs, refused: error.category };
        }
        return { runs, refused: how === "refusal" ? "unique-violation" : "none" };
      }),
    ],
    [
      "value",
      procedure(function* ({ token }) {
        const text = yield* withTx((tx) => `${token}/${record(tx, token)}`);
        const nothing = yield* withTx(() => null);
        const row = yield* withTx((tx) => tx.get("log", "000001") ?? null);
        const keys = yield* withTx((tx) => tx.scan("log").map(([key]) => key));
        return { text, nothing, row, keys };
      }),
    ],
    [
      "useAfterReturn",
      procedure(function* ({ token }) {
        yield* aloneIn(token);
        throw new Refused("handle-closed");
      }),
    ],
    [
      "useInNext",
      procedure(function* ({ token }) {
        yield* aloneIn(token);
        yield* withTx(() => {
          throw new Refused("handle-closed");
        });
      }),
    ],
    ["keepTransaction", procedure(({ token }) => nothing(aloneIn(token)))],
    ["keepContext", reducer((tx, { token }) => void record(tx, token))],
    // Whether the instance is that of the call that left its handle is the host's choice.
    ["useKept", procedure(() => withTx(() => refuse("handle-closed")))],
    [
      "sleepInside",
      procedure(({ token }) =>
        withTx((tx) => {
          recordAroundRefusals(tx, token);
          return { refused: "transaction-open" };
        }),
      ),
    ],
    [
      "sleepBetween",
      procedure(function* ({ until, token }) {
        yield* aloneIn(`${token}/before`);
        yield* sleepUntil(until);
        yield* aloneIn(`${token}/after`);
      }),
    ],
    [
      "yieldInReducer",
      reducer((tx, { token }) => {
        recordAroundRefusals(tx, token);
        return { fetch: "not-allowed", sleep: "not-allowed" };
      }),
    ],
    [
      "transactInReducer",
      reducer((tx, { token }) => {
        recordAroundRefusals(tx, token);
        return { begin: "not-allowed", commit: "not-allowed", abort: "not-allowed" };
      }),
    ],
    [
      "endWithoutBegin",
      procedure(function* ({ token }) {
        yield* aloneIn(token);
        yield* aloneIn(`${token}/next`);
        return { before: "no-transaction", after: "no-transaction" };
      }),
    ],
    [
      "useOutside",
      procedure(function* ({ token }) {
        yield* aloneIn(token);
        yield* aloneIn(`${token}/next`);
        return { before: outside, after: outside };
      }),
    ],
    [
      "leaveOpen",
      procedure(function* ({ token, how }) {
        yield* aloneIn(token);
        switch (how) {
          case "commit":
            yield* withTx((tx) => tx.insert("meta", "open", { n: 0 }));
            return "committed";
          case "throw":
            throw new Thrown("thrown by leaveOpen");
          case "trap":
            throw new Thrown(how, false);
          default:
            return "left open";
        }
      }),
    ],
  ]),
};

function refuse(category: string): never {
  throw new Refused(category);
}

function* nothing(steps: Steps<unknown>): Steps<null> {
  yield* steps;
  return null;
}
