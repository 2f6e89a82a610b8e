/** What a transaction and a procedure can do besides reading and writing rows. */
import { describe, expect, test } from "vitest";
import { type AsyncProcedureCtx, schema, t, table } from "../../modules/sdk/ts/index.ts";
import { run } from "./js-host.ts";
import { Store } from "./store.ts";

const tables = { log: table<unknown>(), sequences: table<number>() };

function build(body: (ctx: AsyncProcedureCtx<typeof tables>) => unknown) {
  const module = schema("tools", tables);
  const record = module.reducer("record", { token: t.string() }, () => {});
  const later = module.procedure("later", {}, async () => null);
  module.reducer("reduce", {}, (ctx) => {
    ctx.scheduleEvery(record, { token: "a" }, 5, 10);
    ctx.schedule(later, {}, 6);
    return [ctx.sequence("s"), ctx.uuid()];
  });
  module.procedure("f", {}, async (ctx) => body(ctx));
  module.procedure("submit", {}, async (ctx) => {
    ctx.callReducer(record, { token: "by its registration" });
    ctx.callReducer("record", { token: "by its name" });
  });
  return module.module();
}

const newStore = () => new Store(Object.keys(tables));

describe("a schedule", () => {
  test("takes a function's registration or its name, once or again and again", async () => {
    const store = newStore();
    const module = build((ctx) => ctx.withTx((tx) => tx.scheduleEvery("record", { token: "b" }, 7.5, 1)));
    expect(await run(module, store, "reduce")).toMatchObject({ value: [1, expect.any(String)] });
    expect(await run(module, store, "f")).toEqual({ value: null });
    expect(store.scheduled).toEqual([
      ["record", { token: "a" }, 5, 10],
      ["later", {}, 6],
      ["record", { token: "b" }, 7.5, 1],
    ]);
  });

  test("is closed with its transaction", async () => {
    const store = newStore();
    const module = build((ctx) => {
      const { scheduleEvery } = ctx.withTx((tx) => tx);
      scheduleEvery("record", { token: "late" }, 1, 1);
    });
    expect(await run(module, store, "f")).toMatchObject({ failed: [-11, expect.any(String)] });
    expect(store.scheduled).toEqual([]);
  });
});

describe("callReducer", () => {
  test("submits by registration or name, and does not wait", async () => {
    const store = newStore();
    expect(
      await run(
        build(() => null),
        store,
        "submit",
      ),
    ).toEqual({ value: null });
    expect(store.submitted).toEqual([
      ["record", { token: "by its registration" }],
      ["record", { token: "by its name" }],
    ]);
  });

  test.each([
    ["inside a transaction", (ctx: AsyncProcedureCtx) => ctx.withTx(() => ctx.callReducer("record", {})), -3],
    ["of what is no reducer", (ctx: AsyncProcedureCtx) => ctx.callReducer("none", {}), -7],
    [
      "with arguments that JSON cannot express",
      (ctx: AsyncProcedureCtx) => ctx.callReducer("record", { n: Number.NaN }),
      -7,
    ],
  ])("%s is refused", async (_, body, code) => {
    const store = newStore();
    expect(await run(build(body as never), store, "f")).toMatchObject({ failed: [code, expect.any(String)] });
    expect(store.submitted).toEqual([]);
  });
});

test("a transaction has a time of its own, as long as it is open", async () => {
  const module = build((ctx) => {
    const [tx, time] = ctx.withTx((open) => [open, open.timestamp] as const);
    let late: unknown;
    try {
      late = tx.timestamp;
    } catch (error) {
      late = (error as { category: string }).category;
    }
    return [time - ctx.timestamp, late];
  });
  expect(await run(module, newStore(), "f")).toEqual({ value: [1, "handle-closed"] });
});

test("UUIDs are the host's", async () => {
  const ids = ["01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002"];
  expect(
    await run(
      build((ctx) => [ctx.uuid(), ctx.withTx(() => ctx.uuid())]),
      newStore(),
      "f",
    ),
  ).toEqual({ value: ids });
});

describe("a sequence", () => {
  test("counts from 1, each by its name, and a transaction that is undone takes no number", async () => {
    const store = newStore();
    const module = build((ctx) => {
      const first = ctx.withTx((tx) => [tx.sequence("a"), tx.sequence("a"), tx.sequence("b")]);
      try {
        ctx.withTx((tx) => {
          tx.sequence("a");
          throw new Error("undone");
        });
      } catch {}
      return [...first, ctx.withTx((tx) => tx.sequence("a"))];
    });
    expect(await run(module, store, "f")).toEqual({ value: [1, 2, 1, 3] });
    expect(store.rows("sequences")).toEqual([
      ["a", 3],
      ["b", 1],
    ]);
  });

  test("needs the table sequences, and a number in it", async () => {
    const module = schema("none", { log: table<unknown>() });
    module.reducer("f", {}, (ctx) => ctx.sequence("a"));
    expect(await run(module.module(), new Store(["log"]), "f")).toMatchObject({ failed: [-6, "no table sequences"] });
    const mistaken = build((ctx) =>
      ctx.withTx((tx) => {
        (tx.db.sequences as { insert(key: string, row: unknown): void }).insert("a", "1");
        return tx.sequence("a");
      }),
    );
    expect(await run(mistaken, newStore(), "f")).toMatchObject({ thrown: expect.any(TypeError) });
  });
});
