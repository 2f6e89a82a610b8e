import { Refused, Thrown } from "../failure.ts";
import {
  body,
  fetch,
  type ModelModule,
  procedure,
  reducer,
  type Setting,
  type Steps,
  sleepUntil,
  syncProcedure,
  withTx,
} from "../program.ts";
import { anything } from "../value.ts";
import { record, recordToken } from "./recording.ts";

interface UrlAndToken {
  readonly url: string;
  readonly token: string;
}

function* fetchThenRecord({ url, token }: UrlAndToken): Steps<string> {
  const response = yield* body(url);
  yield* withTx((tx) => record(tx, token));
  return response.body;
}

const blocking = syncProcedure(function* (args: UrlAndToken) {
  return { body: yield* fetchThenRecord(args), visits: anything };
});

/** The sleep ends only after the fetch: the scenario's time has come before the call begins. */
function* gifts({ url, until }: { url: string; until: number }, kind: string): Steps<unknown> {
  const [wait, slept] = kind === "promise" ? ["promise", "promise"] : ["object", "undefined"];
  const fetched = yield* fetch(url);
  yield* sleepUntil(until);
  yield* withTx(() => 1);
  return { fetch: wait, sleep: slept, tx: "number", status: fetched.ok ? fetched.status : 0, slept: "undefined" };
}

function stall(): never {
  throw new Refused("stalled");
}

const messages = new Map([["text", "a text alone"]]);

function throwOther(what: string): never {
  const message = messages.get(what);
  throw message === undefined ? new Thrown(what, false) : new Thrown(message);
}

function give(kind: string): null {
  if (kind === "undefined") return null;
  throw new Refused("bad-value");
}

/** The module `promises`, which only TypeScript has. What a guest does with promises that nobody awaits is nothing to the model. */
export const promises: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    [
      "visitLane",
      // biome-ignore lint/correctness/useYield: it asks for nothing.
      procedure(function* (_, { instance }: Setting) {
        if (instance !== undefined) instance.visits += 1;
        return instance?.visits;
      }),
    ],
    ["fetchThenRecord", procedure(fetchThenRecord)],
    ["settleByOwnFetch", procedure(fetchThenRecord)],
    ...["syncArrow", "syncMethod", "syncDeclared", "syncBound"].map((name) => [name, blocking] as const),
    ["giftsOfAsync", procedure((args) => gifts(args, "promise"))],
    ["giftsOfSync", syncProcedure((args) => gifts(args, "value"))],
    [
      "neverSettle",
      procedure(function* ({ token }) {
        yield* withTx((tx) => record(tx, token));
        stall();
      }),
    ],
    [
      "fetchThenNeverSettle",
      procedure(function* (args) {
        yield* fetchThenRecord(args);
        stall();
      }),
    ],
    [
      "leaveRejection",
      procedure(function* (args) {
        yield* fetchThenRecord(args);
      }),
    ],
    ["leaveRejectionInReducer", reducer((tx, { token }) => void record(tx, token))],
    [
      "handleRejectionLate",
      procedure(function* ({ token }) {
        yield* withTx((tx) => record(tx, token));
      }),
    ],
    [
      "promiseFromReducer",
      reducer((tx, { kind, token }) => {
        record(tx, token);
        if (kind !== "object") throw new Refused("async-reducer");
        // biome-ignore lint/suspicious/noThenProperty: the near miss, which the contract takes.
        return { then: 1 };
      }),
    ],
    [
      "registrationRefusals",
      // biome-ignore lint/correctness/useYield: it asks for nothing.
      procedure(function* () {
        return anything;
      }),
    ],
    ["throwOtherInReducer", reducer((_, { what }) => throwOther(what))],
    [
      "throwOther",
      // biome-ignore lint/correctness/useYield: it fails before it could ask for anything.
      procedure(function* ({ what }) {
        throwOther(what);
      }),
    ],
    [
      "giveOtherFromReducer",
      reducer((tx, { kind, token }) => {
        record(tx, token);
        return give(kind);
      }),
    ],
    [
      "giveOther",
      procedure(function* ({ kind, token }) {
        yield* withTx((tx) => record(tx, token));
        return give(kind);
      }),
    ],
  ]),
};
