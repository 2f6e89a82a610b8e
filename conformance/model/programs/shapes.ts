import { Refused, Thrown } from "../failure.ts";
import { body, type ModelModule, procedure, type Setting, type Steps, syncProcedure, withTx } from "../program.ts";
import { anything } from "../value.ts";
import { record, recordToken } from "./recording.ts";

interface UrlAndToken {
  readonly url: string;
  readonly token: string;
}

/** The next number of the instance that runs the call; open where the contract does not say which one does. */
function visit({ instance }: Setting): unknown {
  if (instance === undefined) return anything;
  instance.visits += 1;
  return instance.visits;
}

function* onItsPath(mode: string, { url, token }: UrlAndToken, setting: Setting): Steps<unknown> {
  const result = { mode, visits: visit(setting) };
  yield* body(url);
  yield* withTx((tx) => record(tx, token));
  return result;
}

const onTheLane = procedure((args, setting) => onItsPath("lane", args, setting));
const blocking = syncProcedure((args, setting) => onItsPath("blocking", args, setting));

const refusals = new Map([
  ["object", { refused: "none" }],
  ["throwing-getter", { refused: "threw", message: "then was read" }],
]);

/** The module `shapes`, which only TypeScript has. */
export const shapes: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    [
      "visit",
      procedure(function* ({ url }, setting) {
        const visited = visit(setting);
        yield* body(url);
        return visited;
      }),
    ],
    [
      "recordInRounds",
      procedure(function* ({ url, rounds, token }) {
        yield* body(url);
        for (let round = 0; round < rounds; round += 1) yield* withTx((tx) => record(tx, `${token}/${round}`));
        return null;
      }),
    ],
    ["asyncArrow", onTheLane],
    ["asyncMethod", onTheLane],
    ["asyncBound", onTheLane],
    ["asyncDeclared", onTheLane],
    [
      "asyncWithoutAwait",
      procedure(function* ({ token }, setting) {
        const result = { mode: "lane", visits: visit(setting) };
        yield* withTx((tx) => record(tx, token));
        return result;
      }),
    ],
    ["syncArrow", blocking],
    ["syncMethod", blocking],
    [
      "promiseFromSync",
      syncProcedure(function* ({ token }) {
        yield* withTx((tx) => record(tx, token));
        throw new Refused("promise-from-sync");
      }),
    ],
    [
      "thenableBody",
      procedure(function* ({ kind, token }) {
        const accepted = kind === "object";
        try {
          yield* withTx((tx) => {
            record(tx, token);
            if (!accepted) throw new Thrown("undone");
          });
        } catch {
          // What the guest catches is told below, in the words of its result.
        }
        yield* withTx((tx) => record(tx, `${token}/next`));
        return refusals.get(kind) ?? { refused: "thenable-body" };
      }),
    ],
  ]),
};

const lowered = (program: (args: UrlAndToken) => Steps<void>) =>
  syncProcedure(function* (args: UrlAndToken) {
    yield* program(args);
    throw new Refused("promise-from-sync");
  });

/**
 * The module `shapes` compiled for ES2016: its async procedures are plain functions whose generators run up to their first await, and as they are
 * then synchronous, so is what they fetch.
 */
export const shapesLowered: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ...shapes.functions,
    ...["asyncArrow", "asyncMethod", "asyncBound", "asyncDeclared"].map(
      (name) =>
        [
          name,
          lowered(function* ({ url }) {
            yield* body(url);
          }),
        ] as const,
    ),
    [
      "asyncWithoutAwait",
      lowered(function* ({ token }) {
        yield* withTx((tx) => record(tx, token));
      }),
    ],
  ]),
};
