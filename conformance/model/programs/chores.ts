import {
  body,
  callReducer,
  exhausted,
  look,
  type ModelModule,
  procedure,
  reducer,
  type Steps,
  sleepUntil,
  withTx,
} from "../program.ts";
import { record, recordToken, tokens } from "./recording.ts";

const uuid = () => look((context) => context.uuid());

function* uuidsAroundFetch({ url }: { url: string }): Steps<unknown> {
  const before = yield* uuid();
  yield* body(url);
  return [before, yield* uuid()];
}

function* submitAroundFetch({ url, token }: { url: string; token: string }): Steps<void> {
  yield* callReducer("record", { token: `${token}/1` });
  yield* callReducer("record", { token: `${token}/2` });
  yield* body(url);
  yield* callReducer("record", { token: `${token}/3` });
}

/** The module `chores`. */
export const chores: ModelModule = {
  hooks: new Map(),
  functions: new Map([
    ["record", recordToken],
    ["tick", reducer((tx, { token }, { timestamp }) => void record(tx, token, { at: timestamp }))],
    [
      "heldTick",
      procedure(function* ({ url, token }, { context }) {
        const begun = `${token}/begun`;
        const isFirst = yield* withTx((tx) => {
          const first = !tokens(tx).includes(begun);
          record(tx, begun, { at: context.timestamp });
          return first;
        });
        if (isFirst) yield* body(url);
        yield* withTx((tx) => record(tx, `${token}/ended`));
      }),
    ],
    ["tickEvery", reducer((tx, { token, first, every }) => tx.schedule("tick", { token }, first, every))],
    [
      "heldTickEvery",
      reducer((tx, { url, token, first, every }) => tx.schedule("heldTick", { url, token }, first, every)),
    ],
    ["submitAroundFetch", procedure(submitAroundFetch)],
    ["uuids", reducer((_tx, _args, context) => [context.uuid(), context.uuid()])],
    ["uuidsAroundFetch", procedure(uuidsAroundFetch)],
    [
      "transactionTimes",
      procedure(function* ({ until }) {
        const before = yield* withTx((tx) => tx.timestamp);
        yield* sleepUntil(until);
        return { before, after: yield* withTx((tx) => tx.timestamp), call: yield* look(({ timestamp }) => timestamp) };
      }),
    ],
    [
      "claim",
      // biome-ignore lint/correctness/useYield: it asks its host for nothing but memory. What a guest needs besides what it claims is not counted.
      procedure(function* ({ mebibytes }, { guest, memoryBytes = Number.POSITIVE_INFINITY }) {
        if (mebibytes * 2 ** 20 > memoryBytes) throw exhausted(guest);
        return mebibytes;
      }),
    ],
  ]),
};
