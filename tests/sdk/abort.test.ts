import { describe, expect, test } from "vitest";
import {
  AbortController,
  AbortError,
  type AbortEvent,
  AbortSignal,
  type AsyncProcedureCtx,
  type SyncProcedureCtx,
  schema,
} from "../../modules/sdk/ts/index.ts";
import { JsHost, run } from "./js-host.ts";
import { type Answer, ok, Store } from "./store.ts";

type Ctx = AsyncProcedureCtx<Record<string, never>>;

function moduleOf(body: (ctx: Ctx) => unknown) {
  const module = schema("aborting", {});
  module.procedure("f", {}, async (ctx) => body(ctx as Ctx));
  module.procedure(
    "blocking",
    {},
    (ctx: SyncProcedureCtx) => ctx.http.fetch("http://a/", { signal: AbortSignal.abort() }).url,
  );
  return module.module();
}

/** An origin that answers when it is told to. */
function held(): { readonly store: Store; readonly release: (url: string) => void } {
  const store = new Store([]);
  const waiting = new Map<string, (answer: Answer) => void>();
  store.origin = ({ url }) => new Promise((resolve) => waiting.set(url, resolve));
  return { store, release: (url) => waiting.get(url)!(ok(url, "late")) };
}

describe("an AbortController", () => {
  test("aborts its signal once, with the first reason", () => {
    const { signal } = new AbortController();
    expect([signal.aborted, signal.reason]).toEqual([false, undefined]);
    const one = new AbortController();
    const reason = new Error("mine");
    one.abort(reason);
    one.abort(new Error("later"));
    expect(one.signal.aborted).toBe(true);
    expect(one.signal.reason).toBe(reason);
    expect(() => one.signal.throwIfAborted()).toThrow(reason);
    expect(() => new AbortController().signal.throwIfAborted()).not.toThrow();
  });

  test("gives an AbortError of the category aborted where it was given no reason", () => {
    const { reason } = AbortSignal.abort();
    expect(reason).toBeInstanceOf(AbortError);
    expect(reason).toMatchObject({ name: "AbortError", code: -15, category: "aborted" });
    expect(AbortSignal.abort(null).reason).toBeNull();
  });

  test("calls listeners in order, once each, as they are when it aborts", () => {
    const controller = new AbortController();
    const { signal } = controller;
    const called: string[] = [];
    const second = () => called.push("second");
    const removed = () => called.push("removed");
    signal.onabort = ({ type, target }: AbortEvent) => called.push(`onabort ${type} ${target === signal}`);
    signal.addEventListener("abort", () => {
      called.push("first");
      signal.removeEventListener("abort", removed);
    });
    signal.addEventListener("abort", second, { once: true });
    signal.addEventListener("abort", second);
    signal.addEventListener("abort", removed);
    controller.abort();
    controller.abort();
    expect(called).toEqual(["onabort abort true", "first", "second"]);
  });

  test("goes on where a listener throws, and the error is a rejection that nobody handles", async () => {
    const controller = new AbortController();
    let reached = false;
    controller.signal.addEventListener("abort", () => {
      throw new Error("thrown by a listener");
    });
    controller.signal.addEventListener("abort", () => {
      reached = true;
    });
    const before = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    const unhandled = new Promise((resolve) => process.once("unhandledRejection", resolve));
    controller.abort();
    expect(reached).toBe(true);
    expect(await unhandled).toMatchObject({ message: "thrown by a listener" });
    for (const listener of before) process.on("unhandledRejection", listener);
  });

  test("aborts what follows it", () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const any = AbortSignal.any([one.signal, two.signal]);
    expect(any.aborted).toBe(false);
    two.abort("two");
    one.abort("one");
    expect([any.aborted, any.reason]).toEqual([true, "two"]);
    expect(AbortSignal.any([new AbortController().signal, one.signal]).reason).toBe("one");
    expect(AbortSignal.any([]).aborted).toBe(false);
  });
});

describe("a fetch with a signal", () => {
  test("rejects with the signal's reason, and others go on", async () => {
    const { store, release } = held();
    const controller = new AbortController();
    const module = moduleOf(async (ctx) => {
      const { signal } = controller;
      const other = new AbortController().signal;
      const aborted = [1, 2].map((n) => ctx.http.fetch(`http://a/${n}`, { signal }));
      const kept = [ctx.http.fetch("http://a/3", { signal: other }), ctx.http.fetch("http://a/4")];
      controller.abort("enough");
      const ends = await Promise.allSettled(aborted);
      for (const n of [3, 4]) release(`http://a/${n}`);
      const later = await ctx.http.fetch("http://a/5", { signal }).catch((reason: unknown) => ({ reason }));
      return { ends, later, kept: (await Promise.all(kept)).map(({ url }) => url) };
    });
    expect(await run(module, store, "f")).toEqual({
      value: {
        ends: [1, 2].map(() => ({ status: "rejected", reason: "enough" })),
        later: { reason: "enough" },
        kept: ["http://a/3", "http://a/4"],
      },
    });
    expect(store.requests.map(({ url }) => url)).toEqual([1, 2, 3, 4].map((n) => `http://a/${n}`));
  });

  test("fails its call as aborted where nobody handles that", async () => {
    const { store } = held();
    const module = moduleOf((ctx) => ctx.http.fetch("http://a/", { signal: AbortSignal.abort() }));
    expect(await run(module, store, "f")).toMatchObject({ failed: [-15, "the operation was aborted"] });
    expect(await run(module, store, "blocking")).toMatchObject({ failed: [-15, "the operation was aborted"] });
    expect(store.requests).toEqual([]);
  });

  test("that is aborted already is refused inside a transaction as any fetch is", async () => {
    const store = new Store([]);
    const module = moduleOf((ctx) => ctx.withTx(() => void ctx.http.fetch("http://a/")));
    expect(await run(module, store, "f")).toMatchObject({ failed: [-3, "a fetch inside a transaction"] });
  });

  test("no longer hears of the signal once it has settled", async () => {
    const controller = new AbortController();
    const module = moduleOf(async (ctx) => void (await ctx.http.fetch("http://a/", { signal: controller.signal })));
    const host = new JsHost(new Store([]), true);
    await module.call(host, "f", "{}");
    controller.abort();
    expect(host.aborts).toEqual([]);
  });
});
