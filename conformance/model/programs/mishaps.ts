import type { Params } from "../arguments.ts";
import { Refused, Stopped, Thrown } from "../failure.ts";
import {
  body,
  exhausted,
  type ModelModule,
  procedure,
  reducer,
  type Steps,
  syncProcedure,
  withTx,
} from "../program.ts";
import { record, recordToken } from "./recording.ts";

function fail(how: string): never {
  if (how === "throw") throw new Thrown("thrown by mishaps");
  if (how === "refusal") throw new Refused("unique-violation");
  if (how === "trap" || how === "overflow") throw new Thrown(how, false);
  throw new Thrown(`mishaps knows no way to fail named ${how}`);
}

// biome-ignore lint/correctness/useYield: it fails before it could ask for anything.
function* throwing({ text }: { text: string }): Steps<never> {
  throw new Thrown(text);
}

const values = new Map<string, unknown>([
  ["number", { value: 1.5 }],
  ["text", { value: "text" }],
]);

function valueNamed(what: string): unknown {
  const value = values.get(what);
  if (value === undefined) throw new Refused("bad-value");
  return value;
}

function* failTransactionThenRecord({ token, how }: { token: string; how: string }): Steps<unknown> {
  let caught = "nothing";
  try {
    yield* withTx((tx) => {
      record(tx, `${token}/undone`);
      fail(how);
    });
  } catch (error) {
    caught = error instanceof Refused ? error.category : (error as Error).message;
  }
  const n = yield* withTx((tx) => record(tx, `${token}/next`));
  return { caught, n };
}

function* recordEachThenFail({ tokens, how }: { tokens: readonly string[]; how: string }): Steps<void> {
  for (const token of tokens) yield* withTx((tx) => record(tx, token));
  yield* withTx((tx) => {
    record(tx, "undone");
    fail(how);
  });
}

function* fetchThenLoop({ url, token }: { url: string; token: string }): Steps<never> {
  yield* body(url);
  yield* withTx((tx) => record(tx, token));
  throw new Stopped("budget");
}

const everyType: Params = {
  string: "string",
  number: "number",
  boolean: "boolean",
  strings: "string[]",
  json: "json",
};

function* takenAlone(string: string): Steps<void> {
  yield* withTx((tx) => record(tx, string));
}

/** The module `mishaps`. */
export const mishaps: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    [
      "recordThenFail",
      reducer((tx, { token, how }) => {
        record(tx, token);
        fail(how);
      }),
    ],
    ["failTransactionThenRecord", procedure(failTransactionThenRecord)],
    ["recordEachThenFail", procedure(recordEachThenFail)],
    [
      "throwInReducer",
      reducer((_, { text }) => {
        throw new Thrown(text);
      }),
    ],
    ["throwInProcedure", procedure(throwing)],
    ["throwOnTheBlockingPath", syncProcedure(throwing)],
    [
      "throwAfterFetch",
      procedure(function* ({ url, text }) {
        yield* body(url);
        throw new Thrown(text);
      }),
    ],
    ["takeInReducer", { ...reducer((tx, { string }) => void record(tx, string)), params: everyType }],
    ["takeInProcedure", { ...procedure(({ string }) => takenAlone(string)), params: everyType }],
    [
      "giveFromReducer",
      reducer((tx, { token, what }) => {
        record(tx, token);
        return valueNamed(what);
      }),
    ],
    [
      "giveFromProcedure",
      procedure(function* ({ token, what }) {
        yield* withTx((tx) => record(tx, token));
        return valueNamed(what);
      }),
    ],
    [
      "fetchThenRecord",
      procedure(function* ({ url, token }) {
        const response = yield* body(url);
        yield* withTx((tx) => record(tx, token));
        return response.body;
      }),
    ],
    ["fetchThenLoop", procedure(fetchThenLoop)],
    ["loopOnTheBlockingPath", syncProcedure(fetchThenLoop)],
    [
      "recordThenLoop",
      reducer((tx, { token }) => {
        record(tx, token);
        throw new Stopped("budget");
      }),
    ],
    [
      "fetchThenExhaust",
      procedure(function* ({ url, token }, { guest }) {
        yield* body(url);
        yield* withTx((tx) => record(tx, token));
        throw exhausted(guest);
      }),
    ],
  ]),
};
