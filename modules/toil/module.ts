/** Turns that compute: long ones, endless ones, and calls that keep much on their stack while they wait. */
import { type AsyncProcedureCtx, schema, t } from "evenlane/module";
import { record, recording } from "../common/record.ts";

type Ctx = AsyncProcedureCtx<typeof recording>;

const toil = schema("toil", recording);
const urlAndToken = { url: t.string(), token: t.string() };

toil.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

toil.procedure("fetchThenRecord", urlAndToken, async (ctx, { url, token }) => {
  const body = (await ctx.http.fetch(url)).text();
  ctx.withTx((tx) => record(tx.db, token));
  return body;
});

toil.procedure("recordFetchRecord", urlAndToken, async (ctx, { url, token }) => {
  ctx.withTx((tx) => record(tx.db, `${token}/before`));
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, `${token}/after`));
});

toil.procedure("compute", { rounds: t.number(), token: t.string() }, async (ctx, { rounds, token }) => {
  const number = computed(rounds);
  ctx.withTx((tx) => record(tx.db, token));
  return number;
});

toil.procedure("loop", { token: t.string() }, async (ctx, { token }) => {
  ctx.withTx((tx) => record(tx.db, token));
  return computed(Number.POSITIVE_INFINITY);
});

toil.procedure("loopAfterFetch", urlAndToken, async (ctx, { url, token }) => {
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  return computed(Number.POSITIVE_INFINITY);
});

toil.procedure("loopInMicrotasks", urlAndToken, async (ctx, { url, token }) => {
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  for (;;) await null;
});

/** A number that takes so many rounds to compute, and that no compiler can know in advance. */
function computed(rounds: number): number {
  let number = 1;
  for (let round = 0; round < rounds; round++) number = (Math.imul(number, 1664525) + 1013904223) | 0;
  return number;
}

toil.procedure("carry", { ...urlAndToken, depth: t.number() }, async (ctx, { url, token, depth }) => {
  const carried = await carry(ctx, url, token, depth);
  ctx.withTx((tx) => record(tx.db, token, { carried }));
  return carried;
});

/** Fetches at the bottom of a recursion each level of which keeps text of its own, and needs it again afterwards. */
async function carry(ctx: Ctx, url: string, token: string, depth: number): Promise<string> {
  const own = `${token}/${depth}`;
  const before = litter(own, depth);
  const below = depth === 0 ? (await ctx.http.fetch(url)).text() : await carry(ctx, url, token, depth - 1);
  const after = litter(own, depth);
  return `${own}(${below})${before === after ? own : `${before}!=${after}`}`;
}

/** Text that is made of much that is thrown away. */
function litter(text: string, depth: number): string {
  let made = text;
  for (let piece = 0; piece < 200; piece++) made = `${text}:${depth}:${piece}:${made.length}`;
  return made;
}

/** Calls of this instance of the module so far. */
let visits = 0;

toil.procedure("visit", {}, async () => ++visits);

export default toil.module();
