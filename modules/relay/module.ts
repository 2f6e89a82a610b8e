/** Relays what an origin answers into the log: when a fetch is issued, what runs beside it, and what its end wakes. */
import { type AsyncProcedureCtx, EvenlaneError, schema, t } from "evenlane/module";
import { record, recording, tokens } from "../common/record.ts";

const relay = schema("relay", recording);

type Tables = typeof recording;

relay.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

relay.reducer("recordThenThrow", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
  throw new Error("thrown by recordThenThrow");
});

relay.procedure("fetchThenRecord", { url: t.string(), token: t.string() }, async (ctx, { url, token }) => {
  const response = await ctx.http.fetch(url);
  const { status } = response;
  const body = response.text();
  const n = ctx.withTx((tx) => record(tx.db, token, { status, body }));
  return { status, body, n };
});

relay.procedure("recordFetchRecord", { url: t.string(), token: t.string() }, async (ctx, { url, token }) => {
  const before = ctx.withTx((tx) => record(tx.db, `${token}/before`));
  const body = (await ctx.http.fetch(url)).text();
  const after = ctx.withTx((tx) => record(tx.db, `${token}/after`, { body }));
  return { before, after, body };
});

const urlsAndToken = { urls: t.array(t.string()), token: t.string() };

relay.procedure("fetchEachThenRecord", urlsAndToken, async (ctx, { urls, token }) => {
  const bodies: string[] = [];
  for (const [i, url] of urls.entries()) bodies.push(await fetchThenRecordNumber(ctx, url, `${token}/${i}`));
  return bodies;
});

relay.procedure("fetchAllThenRecord", urlsAndToken, async (ctx, { urls, token }) =>
  Promise.all(urls.map((url, i) => fetchThenRecordNumber(ctx, url, `${token}/${i}`))),
);

/** Records as soon as this response is there, in a transaction of its own. */
async function fetchThenRecordNumber(ctx: AsyncProcedureCtx<Tables>, url: string, token: string): Promise<string> {
  const body = (await ctx.http.fetch(url)).text();
  ctx.withTx((tx) => record(tx.db, token, { body }));
  return body;
}

relay.procedure("readFetchRead", { url: t.string() }, async (ctx, { url }) => {
  const before = ctx.withTx((tx) => tokens(tx.db));
  await ctx.http.fetch(url);
  const after = ctx.withTx((tx) => tokens(tx.db));
  return { before, after };
});

const failing = { url: t.string(), token: t.string(), how: t.string() };

relay.procedure("fetchThenFail", failing, async (ctx, { url, token, how }) => {
  const message = "thrown by fetchThenFail";
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, `${token}/kept`));
  switch (how) {
    case "throw":
      throw new Error(message);
    case "throw-in-transaction":
      return ctx.withTx((tx) => {
        record(tx.db, `${token}/undone`);
        throw new Error(message);
      });
    case "trap":
      return (undefined as unknown as { field: string }).field;
    case "overflow":
      return overflow(0);
    case "reject":
      return await Promise.reject(new Error(message));
    default:
      throw new Error(`fetchThenFail knows no way to fail named ${how}`);
  }
});

/** Recurses without end; adding to the result keeps the call from being a tail call. */
function overflow(depth: number): number {
  return overflow(depth + 1) + 1;
}

relay.procedure("nestedTransaction", { token: t.string() }, async (ctx, { token }) =>
  ctx.withTx((tx) => {
    record(tx.db, `${token}/outer`);
    const refused = categoryRefused(() => ctx.withTx((inner) => record(inner.db, `${token}/inner`)));
    record(tx.db, `${token}/outer-again`);
    return { refused };
  }),
);

const twoUrlsAndToken = { url: t.string(), next: t.string(), token: t.string() };

/** Fetches from `next` once the transaction is over: what was sent inside of it is on its way longer than this. */
relay.procedure("fetchInsideTransaction", twoUrlsAndToken, async (ctx, { url, next, token }) => {
  const refused = ctx.withTx((tx) => {
    record(tx.db, token);
    const category = categoryRefused(() => ctx.http.fetch(url));
    record(tx.db, `${token}/after`);
    return category;
  });
  await ctx.http.fetch(next);
  return { refused };
});

/** The category with which the host refuses what `attempt` does; "none" where it does not. */
function categoryRefused(attempt: () => unknown): string {
  try {
    attempt();
    return "none";
  } catch (error) {
    if (error instanceof EvenlaneError) return error.category;
    throw error;
  }
}

relay.procedure("tokens", {}, async (ctx) => ctx.withTx((tx) => tokens(tx.db)));

export default relay.module();
