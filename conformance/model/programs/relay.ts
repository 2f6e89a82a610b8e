import { Thrown } from "../failure.ts";
import { all, body, type ModelModule, procedure, reducer, type Steps, withTx } from "../program.ts";
import { record, recordToken, tokens } from "./recording.ts";

function* fetchThenRecordNumber(url: string, token: string): Steps<string> {
  const response = yield* body(url);
  yield* withTx((tx) => record(tx, token, { body: response.body }));
  return response.body;
}

function* oneAfterTheOther(urls: readonly string[], token: string): Steps<string[]> {
  const bodies: string[] = [];
  for (const [index, url] of urls.entries()) bodies.push(yield* fetchThenRecordNumber(url, `${token}/${index}`));
  return bodies;
}

/** The module `relay`. */
export const relay: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    [
      "recordThenThrow",
      reducer((tx, { token }) => {
        record(tx, token);
        throw new Thrown("thrown by recordThenThrow");
      }),
    ],
    [
      "fetchThenRecord",
      procedure(function* ({ url, token }) {
        const response = yield* body(url);
        const n = yield* withTx((tx) => record(tx, token, response));
        return { ...response, n };
      }),
    ],
    [
      "recordFetchRecord",
      procedure(function* ({ url, token }) {
        const before = yield* withTx((tx) => record(tx, `${token}/before`));
        const response = yield* body(url);
        const after = yield* withTx((tx) => record(tx, `${token}/after`, { body: response.body }));
        return { before, after, body: response.body };
      }),
    ],
    ["fetchEachThenRecord", procedure(({ urls, token }) => oneAfterTheOther(urls, token))],
    [
      "fetchAllThenRecord",
      procedure(({ urls, token }, { guest }) => {
        // A wasm call has one stack, and so one fetch at a time.
        if (guest === "as") return oneAfterTheOther(urls, token);
        return all((urls as string[]).map((url, index) => fetchThenRecordNumber(url, `${token}/${index}`)));
      }),
    ],
    [
      "readFetchRead",
      procedure(function* ({ url }) {
        const before = yield* withTx(tokens);
        yield* body(url);
        const after = yield* withTx(tokens);
        return { before, after };
      }),
    ],
    [
      "fetchThenFail",
      procedure(function* ({ url, token, how }) {
        const message = "thrown by fetchThenFail";
        yield* body(url);
        yield* withTx((tx) => record(tx, `${token}/kept`));
        switch (how) {
          case "throw":
          case "reject":
            throw new Thrown(message);
          case "throw-in-transaction":
            return yield* withTx((tx) => {
              record(tx, `${token}/undone`);
              throw new Thrown(message);
            });
          case "trap":
          case "overflow":
            throw new Thrown(how, false);
          default:
            throw new Thrown(`fetchThenFail knows no way to fail named ${how}`);
        }
      }),
    ],
    [
      "nestedTransaction",
      procedure(({ token }) =>
        withTx((tx) => {
          record(tx, `${token}/outer`);
          record(tx, `${token}/outer-again`);
          return { refused: "transaction-open" };
        }),
      ),
    ],
    [
      "fetchInsideTransaction",
      procedure(function* ({ next, token }) {
        yield* withTx((tx) => {
          record(tx, token);
          record(tx, `${token}/after`);
        });
        yield* body(next);
        return { refused: "transaction-open" };
      }),
    ],
    ["tokens", procedure(() => withTx(tokens))],
  ]),
};
