import { describe, expect, test } from "vitest";
import {
  type AsyncProcedureCtx,
  EvenlaneError,
  type Module,
  type SyncProcedureCtx,
  schema,
  type Tx,
  table,
} from "../../modules/sdk/ts/index.ts";
import { run } from "./js-host.ts";
import { ok, Refusal, Store } from "./store.ts";

const tables = { log: table<unknown>(), meta: table<unknown>() };
type AsyncCtx = AsyncProcedureCtx<typeof tables>;
type SyncCtx = SyncProcedureCtx<typeof tables>;

function moduleOf(body: (ctx: AsyncCtx) => unknown): Module {
  const module = schema("transactions", tables);
  module.procedure("f", {}, async (ctx) => body(ctx));
  return module.module();
}

/** Runs the body as an async procedure and gives how it ended, and the store. */
async function inProcedure(body: (ctx: AsyncCtx) => unknown) {
  const store = new Store(Object.keys(tables));
  return { store, ended: await run(moduleOf(body), store, "f") };
}

function refusalOf(attempt: () => unknown): EvenlaneError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof EvenlaneError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("withTx", () => {
  test("commits and gives the body's value, the very one", async () => {
    const value = { a: 1 };
    const { store } = await inProcedure((ctx) => {
      const given = ctx.withTx((tx) => {
        tx.db.log.insert("k", 1);
        return value;
      });
      expect(given).toBe(value);
    });
    expect(store.rows("log")).toEqual([["k", 1]]);
  });

  test.each([new Error("mine"), "a string", undefined, null])("undoes and rethrows %o unchanged", async (thrown) => {
    const { store, ended } = await inProcedure((ctx) => {
      ctx.withTx((tx) => {
        tx.db.log.insert("k", 1);
        throw thrown;
      });
    });
    expect(ended).toEqual({ thrown, failed: undefined });
    expect("thrown" in ended && ended.thrown).toBe(thrown);
    expect(store.rows("log")).toEqual([]);
    expect(store.isOpen).toBe(false);
  });

  test("inside another is refused, and the other goes on", async () => {
    const { store, ended } = await inProcedure((ctx) =>
      ctx.withTx((tx) => {
        const { code, category, message } = refusalOf(() => ctx.withTx((inner) => inner.db.log.insert("inner", 1)));
        tx.db.log.insert("outer", 1);
        return { code, category, message };
      }),
    );
    expect(ended).toEqual({ value: { code: -3, category: "transaction-open", message: "a transaction is open" } });
    expect(store.rows("log")).toEqual([["outer", 1]]);
  });

  test("refuses what the body gave where it is a thenable, with the transaction undone", async () => {
    const { store } = await inProcedure((ctx) => {
      const body = (tx: Tx<typeof tables>) => {
        tx.db.log.insert("k", 1);
        return Promise.resolve() as unknown as null;
      };
      expect(refusalOf(() => ctx.withTx(body)).category).toBe("thenable-body");
      ctx.withTx((tx) => tx.db.log.insert("next", 1));
    });
    expect(store.rows("log")).toEqual([["next", 1]]);
  });
});

describe("a commit that conflicts", () => {
  test("throws conflict: nothing stays, the handles are closed, and a next transaction commits", async () => {
    const store = new Store(Object.keys(tables));
    store.conflicts = 1;
    const module = moduleOf((ctx) => {
      let leaked!: Tx<typeof tables>;
      const conflict = refusalOf(() =>
        ctx.withTx((tx) => {
          leaked = tx;
          tx.db.log.insert("lost", 1);
        }),
      );
      const late = refusalOf(() => leaked.db.log.get("lost"));
      ctx.withTx((tx) => tx.db.log.insert("kept", 1));
      return [conflict.code, conflict.category, conflict.message, late.category];
    });
    expect(await run(module, store, "f")).toEqual({
      value: [-12, "conflict", "the commit conflicted", "handle-closed"],
    });
    expect(store.rows("log")).toEqual([["kept", 1]]);
  });

  test("fails a call that does not handle it as conflict", async () => {
    const store = new Store(Object.keys(tables));
    store.conflicts = 1;
    const ended = await run(
      moduleOf((ctx) => ctx.withTx(() => null)),
      store,
      "f",
    );
    expect(ended).toMatchObject({ failed: [-12, "the commit conflicted"] });
    expect(store.isOpen).toBe(false);
  });
});

describe("a point", () => {
  test("is told to the host by its name, on the lane and on the blocking path", async () => {
    const module = schema("points", tables);
    module.procedure("lane", {}, async (ctx) => ctx.withTx((tx) => tx.point("here")));
    module.procedure("blocking", {}, (ctx: SyncCtx) => ctx.withTx((tx) => tx.point("there")));
    const store = new Store(Object.keys(tables));
    for (const name of ["lane", "blocking"]) expect(await run(module.module(), store, name)).toEqual({ value: null });
    expect(store.points).toEqual(["here", "there"]);
  });

  test("that is refused throws its category, and undoes the transaction as any error does", async () => {
    const store = new Store(Object.keys(tables));
    store.pointRefusal = new Refusal(-14, "the call was cancelled");
    const module = moduleOf((ctx) =>
      ctx.withTx((tx) => {
        tx.db.log.insert("undone", 1);
        tx.point("p");
      }),
    );
    expect(await run(module, store, "f")).toMatchObject({ failed: [-14, "the call was cancelled"] });
    expect([store.rows("log"), store.isOpen]).toEqual([[], false]);
  });
});

describe("a handle of a transaction that has ended", () => {
  test("is closed, also while a later transaction of the same call is open", async () => {
    const { store } = await inProcedure((ctx) => {
      let leaked!: Tx<typeof tables>;
      ctx.withTx((tx) => {
        leaked = tx;
      });
      const uses = [
        () => leaked.db.log.insert("late", 1),
        () => leaked.db.log.get("late"),
        () => leaked.db.log.update("late", 1),
        () => leaked.db.log.delete("late"),
        () => leaked.db.log.scan(),
        () => leaked.schedule("f", {}, 1),
        () => leaked.point("p"),
      ];
      const categories = () => uses.map((use) => refusalOf(use).category);
      expect(categories()).toEqual(uses.map(() => "handle-closed"));
      ctx.withTx(() => expect(categories()).toEqual(uses.map(() => "handle-closed")));
    });
    expect(store.rows("log")).toEqual([]);
    expect(store.scheduled).toEqual([]);
    expect(store.points).toEqual([]);
  });

  test("is closed after an undone one, and in what an async body left behind", async () => {
    let late: Promise<unknown> | undefined;
    const { store } = await inProcedure(async (ctx) => {
      let leaked!: Tx<typeof tables>;
      const body = (tx: Tx<typeof tables>) => {
        leaked = tx;
        late = Promise.resolve().then(() => tx.db.log.insert("late", 1));
        throw new Error("undone");
      };
      expect(() => ctx.withTx(body)).toThrow("undone");
      expect(refusalOf(() => leaked.db.log.scan()).category).toBe("handle-closed");
      await expect(late).rejects.toThrow("has ended");
    });
    expect(store.rows("log")).toEqual([]);
  });

  test("is closed after its reducer", async () => {
    const module = schema("leaking", tables);
    let leaked: { insert(key: string, row: unknown): void } | undefined;
    module.reducer("f", {}, (ctx) => {
      leaked = ctx.db.log;
    });
    await run(module.module(), new Store(["log"]), "f");
    expect(refusalOf(() => leaked!.insert("late", 1)).category).toBe("handle-closed");
  });
});

describe("host calls that yield, inside a transaction", () => {
  test("throw at once on the context of an async procedure", async () => {
    const { store, ended } = await inProcedure((ctx) =>
      ctx.withTx((tx) => {
        const fetched = refusalOf(() => ctx.http.fetch("http://a/")).category;
        const slept = refusalOf(() => ctx.sleepUntil(1)).category;
        tx.db.log.insert("k", 1);
        return [fetched, slept];
      }),
    );
    expect(ended).toEqual({ value: ["transaction-open", "transaction-open"] });
    expect(store.rows("log")).toEqual([["k", 1]]);
    expect(store.requests).toEqual([]);
  });

  test("throw on the context of a synchronous procedure", async () => {
    const module = schema("blocking", tables);
    module.procedure("f", {}, (ctx: SyncCtx) =>
      ctx.withTx(() => [
        refusalOf(() => ctx.http.fetch("http://a/")).category,
        refusalOf(() => ctx.sleepUntil(1)).category,
      ]),
    );
    const ended = await run(module.module(), new Store(["log"]), "f");
    expect(ended).toEqual({ value: ["transaction-open", "transaction-open"] });
  });
});

test("tables give copies of rows, and scans by range and prefix in order of code points", async () => {
  const { ended } = await inProcedure((ctx) =>
    ctx.withTx(({ db: { log } }) => {
      const keys = ["a", "a\u{10ffff}", "a\u{10ffff}b", "a\ud7ff", "a\ue000", "b", "a\u{1f600}", ""];
      for (const key of keys) log.insert(key, { key });
      const keysOf = (rows: [string, unknown][]) => rows.map(([key]) => key);
      expect(log.get("a")).toEqual({ key: "a" });
      expect(log.get("a")).not.toBe(log.get("a"));
      expect(log.get("none")).toBeUndefined();
      expect(keysOf(log.scan())).toEqual([
        "",
        "a",
        "a\ud7ff",
        "a\ue000",
        "a\u{1f600}",
        "a\u{10ffff}",
        "a\u{10ffff}b",
        "b",
      ]);
      expect(keysOf(log.scan({ from: "a\ue000", to: "a\u{10ffff}" }))).toEqual(["a\ue000", "a\u{1f600}"]);
      expect(keysOf(log.scan({ from: "a\u{10ffff}b" }))).toEqual(["a\u{10ffff}b", "b"]);
      expect(keysOf(log.scan({ prefix: "a\u{10ffff}" }))).toEqual(["a\u{10ffff}", "a\u{10ffff}b"]);
      expect(keysOf(log.scan({ prefix: "a\ud7ff" }))).toEqual(["a\ud7ff"]);
      expect(log.scan({ prefix: "" })).toHaveLength(keys.length);
      expect(log.scan({ prefix: "\u{10ffff}" })).toEqual([]);
      expect([log.delete("b"), log.delete("b")]).toEqual([true, false]);
      expect(refusalOf(() => log.update("b", {})).category).toBe("absent");
      expect(refusalOf(() => log.insert("a", {})).category).toBe("unique-violation");
    }),
  );
  expect(ended).toEqual({ value: null });
});

test("a fetch that fails rejects with its refusal, and takes its message at once", async () => {
  const store = new Store([]);
  store.origin = ({ url }) => (url.endsWith("/good") ? ok(url, "yes") : { response: -9, body: new Uint8Array() });
  const module = moduleOf(async (ctx) => {
    const results = await Promise.allSettled(["http://a/bad", "http://a/good"].map((url) => ctx.http.fetch(url)));
    return results.map((result) =>
      result.status === "fulfilled" ? result.value.text() : [result.reason.category, result.reason.message],
    );
  });
  expect(await run(module, store, "f")).toEqual({ value: [["transport", "the fetch failed"], "yes"] });
});
