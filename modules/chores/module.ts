/** What a module lets its host do for it: calls that come again and again, reducers that procedures submit, UUIDs, times and memory. */
import { schema, t } from "evenlane/module";
import { record, recording } from "../common/record.ts";

const chores = schema("chores", recording);
const token = { token: t.string() };

const recordOne = chores.reducer("record", token, (ctx, args) => {
  record(ctx.db, args.token);
});

const tick = chores.reducer("tick", token, (ctx, args) => {
  record(ctx.db, args.token, { at: ctx.timestamp });
});

/** The first tick of a token fetches; each records its beginning, with its time, and its end. */
const heldTick = chores.procedure("heldTick", { url: t.string(), token: t.string() }, async (ctx, args) => {
  const begun = `${args.token}/begun`;
  const isFirst = ctx.withTx((tx) => {
    const first = !tx.db.log.scan().some(([, row]) => row.token === begun);
    record(tx.db, begun, { at: ctx.timestamp });
    return first;
  });
  if (isFirst) await ctx.http.fetch(args.url);
  ctx.withTx((tx) => record(tx.db, `${args.token}/ended`));
});

const interval = { first: t.number(), every: t.number() };

chores.reducer("tickEvery", { ...token, ...interval }, (ctx, args) => {
  ctx.scheduleEvery(tick, { token: args.token }, args.first, args.every);
});

chores.reducer("heldTickEvery", { url: t.string(), ...token, ...interval }, (ctx, args) => {
  ctx.scheduleEvery(heldTick, { url: args.url, token: args.token }, args.first, args.every);
});

chores.procedure("submitAroundFetch", { url: t.string(), token: t.string() }, async (ctx, args) => {
  ctx.callReducer(recordOne, { token: `${args.token}/1` });
  ctx.callReducer(recordOne, { token: `${args.token}/2` });
  await ctx.http.fetch(args.url);
  ctx.callReducer(recordOne, { token: `${args.token}/3` });
});

chores.reducer("uuids", {}, (ctx) => [ctx.uuid(), ctx.uuid()]);

chores.procedure("uuidsAroundFetch", { url: t.string() }, async (ctx, { url }) => {
  const before = ctx.uuid();
  await ctx.http.fetch(url);
  return [before, ctx.uuid()];
});

chores.procedure("transactionTimes", { until: t.number() }, async (ctx, { until }) => {
  const before = ctx.withTx((tx) => tx.timestamp);
  await ctx.sleepUntil(until);
  return { before, after: ctx.withTx((tx) => tx.timestamp), call: ctx.timestamp };
});

chores.procedure("claim", { mebibytes: t.number() }, async (_, { mebibytes }) => {
  const claimed: number[][] = [];
  while (claimed.length < mebibytes) claimed.push(new Array<number>(131_072).fill(claimed.length + 0.5));
  return claimed.length;
});

export default chores.module();
