/** What only a JavaScript guest can do with promises, with functions and with what it throws and gives. */
import { type AsyncProcedureCtx, type ReducerCtx, type SyncProcedureCtx, schema, t } from "evenlane/module";
import { record, recording } from "../common/record.ts";

type Tables = typeof recording;
type AsyncCtx = AsyncProcedureCtx<Tables>;
type SyncCtx = SyncProcedureCtx<Tables>;
type UrlAndToken = { readonly url: string; readonly token: string };

const promises = schema("promises", recording);
const urlAndToken = { url: t.string(), token: t.string() };
const kindAndToken = { kind: t.string(), token: t.string() };

/** Calls of this instance of the module so far. */
let visits = 0;

promises.reducer("record", { token: t.string() }, (ctx, { token }) => {
  record(ctx.db, token);
});

promises.procedure("visitLane", {}, async () => ++visits);

promises.procedure("fetchThenRecord", urlAndToken, async (ctx, { url, token }) => {
  const body = (await ctx.http.fetch(url)).text();
  ctx.withTx((tx) => record(tx.db, token));
  return body;
});

function blocking(ctx: SyncCtx, { url, token }: UrlAndToken): { body: string; visits: number } {
  const visit = ++visits;
  const body = ctx.http.fetch(url).text();
  ctx.withTx((tx) => record(tx.db, token));
  return { body, visits: visit };
}

const methods = {
  syncMethod(ctx: SyncCtx, args: UrlAndToken) {
    return blocking(ctx, args);
  },
};

function syncDeclared(ctx: SyncCtx, args: UrlAndToken) {
  return blocking(ctx, args);
}

function suffixed(this: { readonly suffix: string }, ctx: SyncCtx, { url, token }: UrlAndToken) {
  return blocking(ctx, { url, token: token + this.suffix });
}

promises.procedure("syncArrow", urlAndToken, (ctx: SyncCtx, args) => blocking(ctx, args));
promises.procedure("syncMethod", urlAndToken, methods.syncMethod);
promises.procedure("syncDeclared", urlAndToken, syncDeclared);
promises.procedure("syncBound", urlAndToken, suffixed.bind({ suffix: "" }));

const urlAndTime = { url: t.string(), until: t.number() };

promises.procedure("giftsOfAsync", urlAndTime, async (ctx: AsyncCtx, { url, until }) => {
  const fetching = ctx.http.fetch(url);
  const sleeping = ctx.sleepUntil(until);
  const kinds = { fetch: kindOf(fetching), sleep: kindOf(sleeping), tx: kindOf(ctx.withTx(() => 1)) };
  return { ...kinds, status: (await fetching).status, slept: kindOf(await sleeping) };
});

promises.procedure("giftsOfSync", urlAndTime, (ctx: SyncCtx, { url, until }) => {
  const response = ctx.http.fetch(url);
  const slept: unknown = ctx.sleepUntil(until);
  const kinds = { fetch: kindOf(response), sleep: kindOf(slept), tx: kindOf(ctx.withTx(() => 1)) };
  return { ...kinds, status: response.status, slept: kindOf(slept) };
});

function kindOf(value: unknown): string {
  return value instanceof Promise ? "promise" : typeof value;
}

promises.procedure("neverSettle", { token: t.string() }, async (ctx, { token }) => {
  ctx.withTx((tx) => record(tx.db, token));
  await new Promise(() => {});
});

promises.procedure("fetchThenNeverSettle", urlAndToken, async (ctx, { url, token }) => {
  await ctx.http.fetch(url);
  ctx.withTx((tx) => record(tx.db, token));
  await new Promise(() => {});
});

promises.procedure("settleByOwnFetch", urlAndToken, async (ctx, { url, token }) => {
  const { promise, resolve } = Promise.withResolvers<string>();
  void ctx.http.fetch(url).then((response) => resolve(response.text()));
  const body = await promise;
  ctx.withTx((tx) => record(tx.db, token));
  return body;
});

promises.procedure("leaveRejection", urlAndToken, async (ctx, { url, token }) => {
  void Promise.reject(new Error(`left by ${token}, first`));
  await ctx.http.fetch(url);
  void Promise.reject(new Error(`left by ${token}, second`));
  ctx.withTx((tx) => record(tx.db, token));
});

promises.reducer("leaveRejectionInReducer", { token: t.string() }, (ctx, { token }) => {
  void Promise.reject(new Error(`left by ${token}`));
  record(ctx.db, token);
});

promises.procedure("handleRejectionLate", { token: t.string() }, async (ctx, { token }) => {
  const rejected = Promise.reject(new Error(`handled by ${token}`));
  for (let round = 0; round < 4; round++) await null;
  await rejected.catch(() => {});
  ctx.withTx((tx) => record(tx.db, token));
});

promises.reducer("promiseFromReducer", kindAndToken, (ctx, { kind, token }) => {
  record(ctx.db, token);
  return pastTheCompiler(promiseOf(kind, ctx, token));
});

function promiseOf(kind: string, ctx: ReducerCtx<Tables>, token: string): unknown {
  switch (kind) {
    case "promise":
      return Promise.resolve(1);
    case "thenable":
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what the host must refuse.
      return { then: (fulfil: (value: number) => void) => fulfil(1) };
    case "async-call":
      return late(ctx, token);
    case "object":
      // biome-ignore lint/suspicious/noThenProperty: not callable, so no thenable.
      return { then: 1 };
    default:
      throw new Error(`promises knows no kind of value named ${kind}`);
  }
}

async function late(ctx: ReducerCtx<Tables>, token: string): Promise<void> {
  await null;
  record(ctx.db, `${token}/late`);
}

/** The compiler would refuse it here: what it cannot see is the host's to refuse. */
function pastTheCompiler(value: unknown): null {
  return value as null;
}

promises.reducer("throwOtherInReducer", { what: t.string() }, (_, { what }) => {
  throw thrown(what);
});

promises.procedure("throwOther", { what: t.string() }, async (_, { what }) => {
  throw thrown(what);
});

/** What is no Error, and thrown all the same. */
function thrown(what: string): unknown {
  switch (what) {
    case "text":
      return "a text alone";
    case "undefined":
      return undefined;
    case "no-prototype":
      return Object.create(null);
    case "throwing-getters":
      return {
        get message() {
          throw new Error("message was read");
        },
        get stack() {
          throw new Error("stack was read");
        },
        toString() {
          throw new Error("it was converted");
        },
      };
    default:
      throw new Error(`promises knows nothing to throw named ${what}`);
  }
}

promises.reducer("giveOtherFromReducer", kindAndToken, (ctx, { kind, token }) => {
  record(ctx.db, token);
  return pastTheCompiler(given(kind));
});

promises.procedure("giveOther", kindAndToken, async (ctx, { kind, token }) => {
  ctx.withTx((tx) => record(tx.db, token));
  return pastTheCompiler(given(kind));
});

/** What no JSON can express; `undefined` is the near miss, which stands for nothing. */
function given(kind: string): unknown {
  switch (kind) {
    case "cycle": {
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      return cycle;
    }
    case "bigint":
      return BigInt(1);
    case "function":
      return () => 1;
    case "symbol":
      return Symbol("given");
    case "undefined":
      return undefined;
    default:
      throw new Error(`promises knows nothing to give named ${kind}`);
  }
}

export default promises.module();
