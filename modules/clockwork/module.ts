/** Time, schedules, hooks and the call's context. */
import { schema, t } from "evenlane/module";
import { record, recording, tokens } from "../common/record.ts";

const clockwork = schema("clockwork", recording);

clockwork.init((ctx) => {
  record(ctx.db, "init");
});

clockwork.clientConnected((ctx) => {
  record(ctx.db, "connected", { connection: ctx.connection });
});

clockwork.clientDisconnected((ctx) => {
  record(ctx.db, "disconnected", { connection: ctx.connection });
});

clockwork.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

const atAndToken = { at: t.number(), token: t.string() };

clockwork.reducer("scheduleRecord", atAndToken, (ctx, { at, token }) => {
  ctx.schedule("record", { token }, at);
});

clockwork.reducer("scheduleThenThrow", atAndToken, (ctx, { at, token }) => {
  ctx.schedule("record", { token }, at);
  throw new Error("thrown by scheduleThenThrow");
});

clockwork.procedure("sleepThenRecord", { until: t.number(), token: t.string() }, async (ctx, { until, token }) => {
  await ctx.sleepUntil(until);
  return ctx.withTx((tx) => record(tx.db, token));
});

clockwork.procedure("scheduleFromProcedure", atAndToken, async (ctx, { at, token }) => {
  ctx.withTx((tx) => tx.schedule("record", { token }, at));
});

clockwork.procedure("context", {}, async (ctx) => ({
  timestamp: ctx.timestamp,
  sender: ctx.sender,
  connection: ctx.connection,
  random: [ctx.random(), ctx.random(), ctx.random()],
}));

clockwork.procedure("logEach", { text: t.string() }, async (ctx, { text }) => {
  ctx.log.debug(text);
  ctx.log.info(text);
  ctx.log.warn(text);
  ctx.log.error(text);
});

clockwork.procedure("tokens", {}, async (ctx) => ctx.withTx((tx) => tokens(tx.db)));

export default clockwork.module();
