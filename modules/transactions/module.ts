/** Transactions of procedures: how often a body runs, what becomes of a handle that outlives its transaction, and what the host refuses. */
import { type Category, EvenlaneError, type ReducerCtx, schema, type Tx, t } from "evenlane/module";
import { ExposedHost } from "../common/host.ts";
import { record, recording } from "../common/record.ts";
import { categoryAnswered, categoryRefused } from "../common/refusals.ts";

type Tables = typeof recording;

const transactions = schema("transactions", recording);
const exposed = new ExposedHost();
const justToken = { token: t.string() };

transactions.reducer("record", justToken, (ctx, { token }) => {
  record(ctx.db, token);
});

transactions.procedure("count", { token: t.string(), how: t.string() }, async (ctx, { token, how }) => {
  let runs = 0;
  const attempt = () =>
    ctx.withTx((tx) => {
      runs += 1;
      ctx.log.info(`run ${runs} of ${token}`);
      record(tx.db, token, { runs });
      if (how === "throw") throw new Error("thrown by count");
      return how === "refusal" ? categoryRefused(() => tx.db.log.insert("000001", { n: 0, token })) : "none";
    });
  let refused: string;
  try {
    refused = attempt();
  } catch (error) {
    if (!(error instanceof EvenlaneError)) throw error;
    refused = error.category;
  }
  return { runs, refused };
});

transactions.procedure("value", justToken, async (ctx, { token }) => ({
  text: ctx.withTx((tx) => `${token}/${record(tx.db, token)}`),
  nothing: ctx.withTx(() => null),
  row: ctx.withTx((tx) => tx.db.log.get("000001") ?? null),
  keys: ctx.withTx((tx) => tx.db.log.scan().map(([key]) => key)),
}));

transactions.procedure("useAfterReturn", justToken, async (ctx, { token }) => {
  const leaked = ctx.withTx((tx) => {
    record(tx.db, token);
    return { tx };
  });
  record(leaked.tx.db, `${token}/leaked`);
});

transactions.procedure("useInNext", justToken, async (ctx, { token }) => {
  const leaked = ctx.withTx((tx) => {
    record(tx.db, token);
    return { tx };
  });
  ctx.withTx((tx) => {
    record(tx.db, `${token}/next`);
    record(leaked.tx.db, `${token}/leaked`);
  });
});

/** What a call left behind for another. */
let kept: Tx<Tables> | ReducerCtx<Tables> | undefined;

transactions.procedure("keepTransaction", justToken, async (ctx, { token }) => {
  ctx.withTx((tx) => {
    kept = tx;
    record(tx.db, token);
  });
});

transactions.reducer("keepContext", justToken, (ctx, { token }) => {
  kept = ctx;
  record(ctx.db, token);
});

transactions.procedure("useKept", justToken, async (ctx, { token }) => {
  if (kept === undefined) return { found: false };
  const { db } = kept;
  return ctx.withTx((tx) => {
    record(tx.db, token);
    record(db, `${token}/leaked`);
    return { found: true };
  });
});

transactions.procedure("sleepInside", { until: t.number(), token: t.string() }, async (ctx, { until, token }) =>
  ctx.withTx((tx) => {
    record(tx.db, token);
    const refused = categoryRefused(() => ctx.sleepUntil(until));
    record(tx.db, `${token}/after`);
    return { refused };
  }),
);

transactions.procedure("sleepBetween", { until: t.number(), token: t.string() }, async (ctx, { until, token }) => {
  ctx.withTx((tx) => record(tx.db, `${token}/before`));
  await ctx.sleepUntil(until);
  ctx.withTx((tx) => record(tx.db, `${token}/after`));
});

transactions.reducer("yieldInReducer", { url: t.string(), until: t.number(), token: t.string() }, (ctx, args) => {
  const host = exposed.current;
  record(ctx.db, args.token);
  const refused = {
    fetch: categoryAnswered(host.fetch(JSON.stringify({ url: args.url }), null)),
    sleep: categoryAnswered(host.sleepUntil(args.until)),
  };
  record(ctx.db, `${args.token}/after`);
  return refused;
});

transactions.reducer("transactInReducer", justToken, (ctx, { token }) => {
  const host = exposed.current;
  record(ctx.db, token);
  const refused = {
    begin: categoryAnswered(host.txBegin()),
    commit: categoryAnswered(host.txCommit(null)),
    abort: categoryAnswered(host.txAbort()),
  };
  record(ctx.db, `${token}/after`);
  return refused;
});

transactions.procedure("endWithoutBegin", { token: t.string(), how: t.string() }, async (ctx, { token, how }) => {
  const host = exposed.current;
  const end = () => categoryAnswered(how === "commit" ? host.txCommit(null) : host.txAbort());
  const before = end();
  ctx.withTx((tx) => record(tx.db, token));
  const after = end();
  ctx.withTx((tx) => record(tx.db, `${token}/next`));
  return { before, after };
});

transactions.procedure("useOutside", justToken, async (ctx, { token }) => {
  const host = exposed.current;
  const attempts = (): Record<string, Category | "none"> => ({
    get: categoryAnswered(host.tableGet("log", "000001")),
    insert: categoryAnswered(host.tableInsert("log", "outside", '{"n":0,"token":"outside"}')),
    update: categoryAnswered(host.tableUpdate("log", "000001", '{"n":0,"token":"outside"}')),
    delete: categoryAnswered(host.tableDelete("log", "000001")),
    scan: categoryAnswered(host.tableScan("log", "", "")),
    schedule: categoryAnswered(host.schedule("record", '{"token":"outside"}', ctx.timestamp)),
    point: categoryAnswered(host.txPoint("outside")),
  });
  const before = attempts();
  ctx.withTx((tx) => record(tx.db, token));
  const after = attempts();
  ctx.withTx((tx) => record(tx.db, `${token}/next`));
  return { before, after };
});

transactions.procedure("leaveOpen", { token: t.string(), how: t.string() }, async (ctx, { token, how }) => {
  const host = exposed.current;
  ctx.withTx((tx) => record(tx.db, token));
  host.txBegin();
  host.tableInsert("meta", "open", '{"n":0}');
  switch (how) {
    case "return":
      return "left open";
    case "throw":
      throw new Error("thrown by leaveOpen");
    case "trap":
      return (undefined as unknown as { field: string }).field;
    case "commit":
      host.txCommit(null);
      return "committed";
    default:
      throw new Error(`leaveOpen knows no way to end named ${how}`);
  }
});

export default exposed.in(transactions.module());
