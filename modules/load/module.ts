/** What is measured: one transaction of one row, one fetch, and both. It does nothing else, so that the cost is the host's. */
import { type SyncProcedureCtx, schema, t, table } from "evenlane/module";

const tables = { log: table<number>() };
const load = schema("load", tables);
const url = t.string();
const key = t.string();

load.reducer("put", { key }, (ctx, { key }) => {
  ctx.db.log.insert(key, 0);
});

load.procedure("fetchCommit", { url, key }, async (ctx, { url, key }) => {
  const { status } = await ctx.http.fetch(url);
  ctx.withTx((tx) => tx.db.log.insert(key, status));
  return status;
});

load.procedure("fetchOnly", { url }, async (ctx, { url }) => (await ctx.http.fetch(url)).status);

// The same under another name, for an origin that holds it: a report tells the two apart.
load.procedure("hold", { url }, async (ctx, { url }) => (await ctx.http.fetch(url)).status);

load.procedure("holdSync", { url }, (ctx: SyncProcedureCtx<typeof tables>, { url }) => ctx.http.fetch(url).status);

export default load.module();
