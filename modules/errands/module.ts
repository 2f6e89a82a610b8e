/** What a module has itself called to do later. */
import { type Db, type ReducerCtx, schema, t } from "evenlane/module";
import { record, recording } from "../common/record.ts";

type Tables = typeof recording;

const errands = schema("errands", recording);
const urlAndToken = { url: t.string(), token: t.string() };
const atAndToken = { at: t.number(), token: t.string() };

errands.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

errands.procedure("fetchThenRecord", urlAndToken, async (ctx, { url, token }) => {
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
});

errands.procedure("fetchThenThrow", urlAndToken, async (ctx, { url, token }) => {
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  throw new Error("thrown by fetchThenThrow");
});

const timesAndTokens = { at: t.number(), apart: t.number(), tokens: t.array(t.string()) };

errands.reducer("scheduleEach", timesAndTokens, (ctx, { at, apart, tokens }) => {
  for (const [index, token] of tokens.entries()) ctx.schedule("record", { token }, at + index * apart);
  record(ctx.db, `scheduling ${tokens.length}`);
});

errands.reducer("scheduleFetch", { at: t.number(), ...urlAndToken }, (ctx, { at, url, token }) => {
  ctx.schedule("fetchThenRecord", { url, token }, at);
});

errands.reducer("scheduleFailure", { at: t.number(), ...urlAndToken }, (ctx, { at, url, token }) => {
  ctx.schedule("fetchThenThrow", { url, token }, at);
});

errands.reducer("scheduleThenThrow", atAndToken, (ctx, { at, token }) => {
  ctx.schedule("record", { token }, at);
  throw new Error("thrown by scheduleThenThrow");
});

errands.procedure("scheduleTwiceThenThrow", atAndToken, async (ctx, { at, token }) => {
  try {
    ctx.withTx((tx) => {
      tx.schedule("record", { token: `${token}/undone` }, at);
      throw new Error("given up");
    });
  } catch {
    // The transaction is undone: what it had scheduled must not run.
  }
  ctx.withTx((tx) => tx.schedule("record", { token: `${token}/kept` }, at));
  throw new Error("thrown by scheduleTwiceThenThrow");
});

errands.reducer("noteContext", { token: t.string() }, (ctx, { token }) => {
  note(ctx, ctx.db, token);
});

errands.procedure("noteContextInProcedure", { token: t.string() }, async (ctx, { token }) => {
  ctx.withTx((tx) => note(ctx, tx.db, token));
});

errands.reducer("scheduleNotes", { at: t.number() }, (ctx, { at }) => {
  ctx.schedule("noteContext", { token: "scheduled reducer" }, at);
  ctx.schedule("noteContextInProcedure", { token: "scheduled procedure" }, at);
});

/** Records who calls, by which connection and when. */
function note(ctx: Pick<ReducerCtx, "connection" | "sender" | "timestamp">, db: Db<Tables>, token: string): void {
  record(db, token, { connection: ctx.connection, sender: ctx.sender, timestamp: ctx.timestamp });
}

export default errands.module();
