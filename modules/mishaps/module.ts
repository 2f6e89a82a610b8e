/** What can go wrong in a call, and what is left of it afterwards. */
import { EvenlaneError, type ReducerCtx, type SyncProcedureCtx, schema, type Tx, t } from "evenlane/module";
import { record, recording } from "../common/record.ts";

type Tables = typeof recording;

const mishaps = schema("mishaps", recording);
const tokenAndHow = { token: t.string(), how: t.string() };
const text = { text: t.string() };
const tokenAndWhat = { token: t.string(), what: t.string() };

mishaps.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

mishaps.reducer("recordThenFail", tokenAndHow, (ctx, { token, how }) => {
  record(ctx.db, token);
  fail(ctx, how);
});

mishaps.procedure("failTransactionThenRecord", tokenAndHow, async (ctx, { token, how }) => {
  let caught = "nothing";
  try {
    ctx.withTx((tx) => {
      record(tx.db, `${token}/undone`);
      fail(tx, how);
    });
  } catch (error) {
    caught = error instanceof EvenlaneError ? error.category : (error as Error).message;
  }
  const n = ctx.withTx((tx) => record(tx.db, `${token}/next`));
  return { caught, n };
});

const tokensAndHow = { tokens: t.array(t.string()), how: t.string() };

mishaps.procedure("recordEachThenFail", tokensAndHow, async (ctx, { tokens, how }) => {
  for (const token of tokens) ctx.withTx((tx) => record(tx.db, token));
  ctx.withTx((tx) => {
    record(tx.db, "undone");
    fail(tx, how);
  });
});

/** Fails in one of the ways in which guests do. "refusal" hits a key that is taken: its transaction must have recorded. */
function fail({ db }: Pick<Tx<Tables> | ReducerCtx<Tables>, "db">, how: string): void {
  switch (how) {
    case "throw":
      throw new Error("thrown by mishaps");
    case "refusal":
      db.meta.insert("counter", { n: 0 });
      return;
    case "trap":
      (undefined as unknown as { calling(): void }).calling();
      return;
    case "overflow":
      overflow(0);
      return;
    default:
      throw new Error(`mishaps knows no way to fail named ${how}`);
  }
}

/** Recurses without end; adding to the result keeps the call from being a tail call. */
function overflow(depth: number): number {
  return overflow(depth + 1) + 1;
}

mishaps.reducer("throwInReducer", text, (_, { text }) => {
  throw new Error(text);
});

mishaps.procedure("throwInProcedure", text, async (_, { text }) => {
  throw new Error(text);
});

mishaps.procedure("throwOnTheBlockingPath", text, (_: SyncProcedureCtx<Tables>, { text }) => {
  throw new Error(text);
});

mishaps.procedure("throwAfterFetch", { url: t.string(), ...text }, async (ctx, { url, text }) => {
  await ctx.http.fetch(url);
  throw new Error(text);
});

const everyType = {
  string: t.string(),
  number: t.number(),
  boolean: t.boolean(),
  strings: t.array(t.string()),
  json: t.json<null>(),
};

mishaps.reducer("takeInReducer", everyType, (ctx, { string }) => {
  record(ctx.db, string);
});

mishaps.procedure("takeInProcedure", everyType, async (ctx, { string }) => {
  ctx.withTx((tx) => record(tx.db, string));
});

mishaps.reducer("giveFromReducer", tokenAndWhat, (ctx, { token, what }) => {
  record(ctx.db, token);
  return valueNamed(what);
});

mishaps.procedure("giveFromProcedure", tokenAndWhat, async (ctx, { token, what }) => {
  ctx.withTx((tx) => record(tx.db, token));
  return valueNamed(what);
});

/** Something to give: all but the first two are what no JSON can express. */
function valueNamed(what: string): { value: number | string } {
  switch (what) {
    case "number":
      return { value: 1.5 };
    case "text":
      return { value: "text" };
    case "nan":
      return { value: Number.NaN };
    case "infinity":
      return { value: Number.POSITIVE_INFINITY };
    case "lone-surrogate":
      return { value: "\ud800" };
    default:
      throw new Error(`mishaps knows no value named ${what}`);
  }
}

const urlAndToken = { url: t.string(), token: t.string() };

mishaps.procedure("fetchThenRecord", urlAndToken, async (ctx, { url, token }) => {
  const body = (await ctx.http.fetch(url)).text();
  ctx.withTx((tx) => record(tx.db, token));
  return body;
});

mishaps.procedure("fetchThenLoop", urlAndToken, async (ctx, { url, token }) => {
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  return loop();
});

mishaps.procedure("loopOnTheBlockingPath", urlAndToken, (ctx: SyncProcedureCtx<Tables>, { url, token }) => {
  ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  return loop();
});

mishaps.reducer("recordThenLoop", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
  loop();
});

/** Never returns. The count keeps the loop from being nothing at all. */
function loop(): number {
  let turns = 0;
  while (turns >= 0) turns = (turns + 1) % 1000;
  return turns;
}

mishaps.procedure("fetchThenExhaust", urlAndToken, async (ctx, { url, token }) => {
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  const kept: number[][] = [];
  while (kept.length >= 0) kept.push(new Array<number>(10_000).fill(kept.length));
  return kept.length;
});

export default mishaps.module();
