/** What the compiler refuses, and what it gives: an expected error that does not come fails. */
import { describe, expectTypeOf, test } from "vitest";
import {
  type AsyncProcedureCtx,
  type ReducerCtx,
  type Response,
  type SyncProcedureCtx,
  schema,
  type Table,
  t,
  table,
} from "../../modules/sdk/ts/index.ts";

interface Entry {
  n: number;
  token: string;
}

const tables = { log: table<Entry>(), meta: table<{ n: number }>() };
type Tables = typeof tables;
const relay = schema("relay", tables);

declare const thenable: { then(fulfil: (value: number) => void): void };
declare const reducerCtx: ReducerCtx<Tables>;
declare const asyncCtx: AsyncProcedureCtx<Tables>;
declare const syncCtx: SyncProcedureCtx<Tables>;

describe("reducers", () => {
  test("are given tables and arguments of their types", () => {
    relay.reducer(
      "typed",
      { token: t.string(), at: t.number(), on: t.boolean(), tags: t.array(t.string()) },
      (ctx, args) => {
        expectTypeOf(ctx).toEqualTypeOf<ReducerCtx<Tables>>();
        expectTypeOf(ctx.db.log).toEqualTypeOf<Table<Entry>>();
        expectTypeOf(ctx.db.log.get("k")).toEqualTypeOf<Entry | undefined>();
        expectTypeOf(args.token).toEqualTypeOf<string>();
        expectTypeOf(args.at).toEqualTypeOf<number>();
        expectTypeOf(args.on).toEqualTypeOf<boolean>();
        expectTypeOf(args.tags).toEqualTypeOf<readonly string[]>();
      },
    );
    relay.reducer("json", { extra: t.json<{ a: 1 }>() }, (_ctx, { extra }) => {
      expectTypeOf(extra).toEqualTypeOf<{ a: 1 }>();
    });
  });

  test("neither fetch, nor sleep, nor begin transactions", () => {
    expectTypeOf(reducerCtx).not.toHaveProperty("http");
    expectTypeOf(reducerCtx).not.toHaveProperty("sleepUntil");
    expectTypeOf(reducerCtx).not.toHaveProperty("withTx");
  });

  test("are refused where they give a promise or another thenable", () => {
    // @ts-expect-error an async reducer
    relay.reducer("async", {}, async (ctx) => ctx.timestamp);
    // @ts-expect-error an async reducer that gives nothing
    relay.reducer("asyncVoid", {}, async () => {});
    // @ts-expect-error a promise
    relay.reducer("promise", {}, () => Promise.resolve(1));
    // @ts-expect-error a thenable
    relay.reducer("thenable", {}, () => thenable);
    // @ts-expect-error a promise on one of its ways
    relay.reducer("sometimes", { on: t.boolean() }, (_ctx, { on }) => (on ? 1 : Promise.resolve(1)));
  });

  test("are refused where they use what is not declared", () => {
    // @ts-expect-error no such table
    relay.reducer("table", {}, (ctx) => ctx.db.nothing.get("k"));
    // @ts-expect-error no such argument
    relay.reducer("argument", { token: t.string() }, (_ctx, { url }) => url);
    // @ts-expect-error a row of another type
    relay.reducer("row", {}, (ctx) => ctx.db.log.insert("k", { n: "1", token: "t" }));
    // @ts-expect-error an array of numbers is no type of the ABI
    relay.reducer("numbers", { numbers: t.array(t.number()) }, () => {});
  });
});

describe("hooks", () => {
  test("are refused where they are async", () => {
    // @ts-expect-error an async hook
    relay.init(async () => {});
    // @ts-expect-error an async hook
    relay.clientConnected(async (ctx) => ctx.connection);
    // @ts-expect-error a promise
    relay.clientDisconnected(() => Promise.resolve());
    relay.init((ctx) => ctx.db.meta.insert("k", { n: 1 }));
  });
});

describe("procedures", () => {
  test("that are async are given promises, without an annotation", () => {
    relay.procedure("async", { url: t.string() }, async (ctx, { url }) => {
      expectTypeOf(ctx).toEqualTypeOf<AsyncProcedureCtx<Tables>>();
      expectTypeOf(ctx.http.fetch(url)).toEqualTypeOf<Promise<Response>>();
      expectTypeOf(ctx.sleepUntil(1)).toEqualTypeOf<Promise<void>>();
      return (await ctx.http.fetch(url)).status;
    });
    relay.procedure("asyncAnnotated", {}, async (ctx: AsyncProcedureCtx<Tables>) => ctx.timestamp);
  });

  test("that are synchronous are given values, with an annotation", () => {
    relay.procedure("sync", { url: t.string() }, (ctx: SyncProcedureCtx<Tables>, { url }) => {
      expectTypeOf(url).toEqualTypeOf<string>();
      expectTypeOf(ctx.http.fetch(url)).toEqualTypeOf<Response>();
      expectTypeOf(ctx.sleepUntil(1)).toEqualTypeOf<void>();
      return ctx.http.fetch(url).status;
    });
  });

  test("are refused with the context of the other kind", () => {
    // @ts-expect-error async, with the context of a synchronous one
    relay.procedure("a", { url: t.string() }, async (ctx: SyncProcedureCtx<Tables>, { url }) => ctx.http.fetch(url));
    // @ts-expect-error synchronous, with the context of an async one
    relay.procedure("b", {}, (ctx: AsyncProcedureCtx<Tables>) => ctx.timestamp);
    // @ts-expect-error synchronous, without an annotation: the compiler takes it for async
    relay.procedure("c", {}, (ctx) => ctx.timestamp);
    // @ts-expect-error synchronous, without an annotation: a fetch is a promise
    relay.procedure("d", { url: t.string() }, (ctx, { url }) => ctx.http.fetch(url).status);
  });

  test("that are synchronous are refused where they give a promise or another thenable", () => {
    // @ts-expect-error a promise
    relay.procedure("a", {}, (_ctx: SyncProcedureCtx<Tables>) => Promise.resolve(1));
    // @ts-expect-error a declared promise
    relay.procedure("b", {}, (_ctx: SyncProcedureCtx<Tables>): Promise<number> => Promise.resolve(1));
    // @ts-expect-error a declared thenable
    relay.procedure("c", {}, (_ctx: SyncProcedureCtx<Tables>): PromiseLike<number> => Promise.resolve(1));
    // @ts-expect-error a thenable
    relay.procedure("d", {}, (_ctx: SyncProcedureCtx<Tables>) => thenable);
    // @ts-expect-error a promise on one of its ways
    relay.procedure("e", {}, (ctx: SyncProcedureCtx<Tables>) => (ctx.timestamp > 0 ? 1 : Promise.resolve(1)));
    // biome-ignore lint/suspicious/noThenProperty: not callable, so no thenable.
    relay.procedure("nearMiss", {}, (_ctx: SyncProcedureCtx<Tables>) => ({ then: 1 }));
  });
});

describe("the body of a transaction", () => {
  test("gives its value", () => {
    expectTypeOf(asyncCtx.withTx((tx) => tx.db.log.get("k"))).toEqualTypeOf<Entry | undefined>();
    expectTypeOf(syncCtx.withTx(() => ({ a: [1], b: null }))).toEqualTypeOf<{ a: number[]; b: null }>();
    expectTypeOf(asyncCtx.withTx((tx) => tx.db.log.scan())).toEqualTypeOf<[key: string, row: Entry][]>();
    expectTypeOf(asyncCtx.withTx(() => {})).toEqualTypeOf<void>();
    // biome-ignore lint/suspicious/noThenProperty: not callable, so no thenable.
    expectTypeOf(asyncCtx.withTx(() => ({ then: 1 }))).toEqualTypeOf<{ then: number }>();
  });

  test("is refused where it is async or gives a promise or another thenable", () => {
    // @ts-expect-error an async body
    asyncCtx.withTx(async (tx) => tx.timestamp);
    // @ts-expect-error an async body that gives nothing
    asyncCtx.withTx(async () => {});
    // @ts-expect-error an async body, in a synchronous procedure
    syncCtx.withTx(async (tx) => tx.timestamp);
    // @ts-expect-error a promise
    asyncCtx.withTx(() => Promise.resolve(1));
    // @ts-expect-error a thenable
    asyncCtx.withTx(() => thenable);
    // @ts-expect-error a promise on one of its ways
    asyncCtx.withTx((tx) => (tx.timestamp > 0 ? 1 : Promise.resolve(1)));
    // @ts-expect-error a fetch, whose promise it would give
    asyncCtx.withTx(() => asyncCtx.http.fetch("http://localhost/"));
  });
});
