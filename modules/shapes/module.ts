/** The shapes that a function can be written in, and what each may give: which of them run on the lane, and what is refused. */
import { type AsyncProcedureCtx, EvenlaneError, type SyncProcedureCtx, schema, type Tx, t } from "evenlane/module";
import { record, recording } from "../common/record.ts";

type Tables = typeof recording;
type AsyncCtx = AsyncProcedureCtx<Tables>;
type SyncCtx = SyncProcedureCtx<Tables>;
type UrlAndToken = { readonly url: string; readonly token: string };

const shapes = schema("shapes", recording);
const urlAndToken = { url: t.string(), token: t.string() };

shapes.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

/** Calls of this instance of the module so far: two calls that count on in one sequence share an instance. */
let visits = 0;

shapes.procedure("visit", { url: t.string() }, async (ctx, { url }) => {
  const visit = ++visits;
  await ctx.http.fetch(url);
  return visit;
});

const inRounds = { url: t.string(), rounds: t.number(), token: t.string() };

shapes.procedure("recordInRounds", inRounds, async (ctx, { url, rounds, token }) => {
  await ctx.http.fetch(url);
  for (let round = 0; round < rounds; round++) {
    await null;
    ctx.withTx((tx) => record(tx.db, `${token}/${round}`));
  }
});

async function onTheLane(ctx: AsyncCtx, url: string, token: string): Promise<{ mode: string; visits: number }> {
  const result = { mode: "lane", visits: ++visits };
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  return result;
}

function blocking(ctx: SyncCtx, url: string, token: string): { mode: string; visits: number } {
  const result = { mode: "blocking", visits: ++visits };
  ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  return result;
}

const methods = {
  async asyncMethod(ctx: AsyncCtx, { url, token }: UrlAndToken) {
    return await onTheLane(ctx, url, token);
  },
  syncMethod(ctx: SyncCtx, { url, token }: UrlAndToken) {
    return blocking(ctx, url, token);
  },
};

async function asyncDeclared(ctx: AsyncCtx, { url, token }: UrlAndToken) {
  return await onTheLane(ctx, url, token);
}

async function named(this: { readonly suffix: string }, ctx: AsyncCtx, { url, token }: UrlAndToken) {
  return await onTheLane(ctx, url, token + this.suffix);
}

shapes.procedure("asyncArrow", urlAndToken, async (ctx, { url, token }) => await onTheLane(ctx, url, token));
shapes.procedure("asyncMethod", urlAndToken, methods.asyncMethod);
shapes.procedure("asyncBound", urlAndToken, named.bind({ suffix: "" }));
shapes.procedure("asyncDeclared", urlAndToken, asyncDeclared);
shapes.procedure("asyncWithoutAwait", { token: t.string() }, async (ctx, { token }) => {
  const result = { mode: "lane", visits: ++visits };
  ctx.withTx((tx) => record(tx.db, token));
  return result;
});

shapes.procedure("syncArrow", urlAndToken, (ctx: SyncCtx, { url, token }) => blocking(ctx, url, token));
shapes.procedure("syncMethod", urlAndToken, methods.syncMethod);

const kindAndToken = { kind: t.string(), token: t.string() };

shapes.procedure("promiseFromSync", kindAndToken, (ctx: SyncCtx, { kind, token }) => {
  ctx.withTx((tx) => record(tx.db, token));
  return pastTheCompiler(promiseOf(kind, () => lateInProcedure(ctx, token)));
});

async function lateInProcedure(ctx: SyncCtx, token: string): Promise<void> {
  await null;
  ctx.withTx((tx) => record(tx.db, `${token}/late`));
}

shapes.procedure("thenableBody", kindAndToken, async (ctx, { kind, token }) => {
  const refusal = refusalOf(() =>
    ctx.withTx((tx) => {
      record(tx.db, token);
      return pastTheCompiler(promiseOf(kind, () => lateInBody(tx, token)));
    }),
  );
  ctx.withTx((tx) => record(tx.db, `${token}/next`));
  // What the body left behind would run in these rounds.
  for (let round = 0; round < 4; round++) await null;
  return refusal;
});

async function lateInBody(tx: Tx<Tables>, token: string): Promise<void> {
  await null;
  record(tx.db, `${token}/late`);
}

/** A value of a kind that the contract refuses where it takes values; `object` is the near miss that it accepts. */
function promiseOf(kind: string, callAsync: () => Promise<void>): unknown {
  switch (kind) {
    case "promise":
      return Promise.resolve(1);
    case "thenable":
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what the host must refuse.
      return { then: (fulfil: (value: number) => void) => fulfil(1) };
    case "async-call":
    case "async":
      return callAsync();
    case "throwing-getter":
      return {
        // biome-ignore lint/suspicious/noThenProperty: reading it is what the host must survive.
        get then() {
          throw new Error("then was read");
        },
      };
    case "object":
      // biome-ignore lint/suspicious/noThenProperty: not callable, so no thenable.
      return { then: 1 };
    default:
      throw new Error(`shapes knows no kind of value named ${kind}`);
  }
}

/** The compiler would refuse it here: what it cannot see is the host's to refuse. */
function pastTheCompiler(value: unknown): null {
  return value as null;
}

function refusalOf(attempt: () => unknown): { refused: string; message?: string } {
  try {
    attempt();
    return { refused: "none" };
  } catch (error) {
    if (error instanceof EvenlaneError) return { refused: error.category };
    return { refused: "threw", message: (error as Error).message };
  }
}

export default shapes.module();
