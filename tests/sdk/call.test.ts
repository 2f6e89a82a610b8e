import { describe, expect, test } from "vitest";
import { type AsyncProcedureCtx, EvenlaneError, type SyncProcedureCtx, schema, t } from "../../modules/sdk/ts/index.ts";
import { JsHost, run } from "./js-host.ts";
import { Store } from "./store.ts";

type SyncBody = (ctx: SyncProcedureCtx<Record<string, never>>) => null;
type AsyncBody = (ctx: AsyncProcedureCtx<Record<string, never>>) => Promise<unknown>;

/** A module with one body as an async and as a synchronous procedure, and as a reducer. */
function moduleOf(body: () => unknown) {
  const module = schema("calls", {});
  module.procedure("lane", {}, (async () => body()) as AsyncBody);
  module.procedure("blocking", {}, body as SyncBody);
  module.reducer("reducer", {}, body as () => null);
  return module.module();
}

const kinds = ["lane", "blocking", "reducer"];
const cyclic: unknown[] = [];
cyclic.push(cyclic);

describe("what call gives", () => {
  test("a promise for an async procedure, text for everything else", () => {
    const module = moduleOf(() => 1);
    const host = new JsHost(new Store([]), true);
    expect(module.call(host, "lane", "{}")).toBeInstanceOf(Promise);
    expect(module.call(host, "blocking", "{}")).toBe("1");
  });

  test("null for undefined, and for whatever a hook's body gave", async () => {
    for (const kind of kinds)
      expect(
        await run(
          moduleOf(() => undefined),
          new Store([]),
          kind,
        ),
      ).toEqual({ value: null });
    const module = schema("hooked", {});
    module.init(() => Number.NaN);
    expect(await run(module.module(), new Store([]), "$init")).toEqual({ value: null });
  });

  test("a reducer's result as a procedure's", async () => {
    for (const kind of kinds)
      expect(
        await run(
          moduleOf(() => ({ a: [1] })),
          new Store([]),
          kind,
        ),
      ).toEqual({ value: { a: [1] } });
  });

  test.each([Number.NaN, Infinity, 1n, () => 1, "\ud800", cyclic])("bad-value for %o", async (value) => {
    for (const kind of kinds) {
      const ended = await run(
        moduleOf(() => value),
        new Store([]),
        kind,
      );
      expect(ended).toMatchObject({ failed: [-7, expect.stringMatching(`^the result of ${kind}`)] });
    }
  });

  test("the very thenable that a synchronous procedure or a reducer gave", () => {
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is handed on.
    const thenable = { then: () => {} };
    const host = new JsHost(new Store([]), false);
    for (const kind of ["blocking", "reducer"]) expect(moduleOf(() => thenable).call(host, kind, "{}")).toBe(thenable);
  });

  test("what a function threw, unchanged, and of a refusal first its code", async () => {
    for (const thrown of [new Error("mine"), "text", undefined, new EvenlaneError(-9, "no answer")]) {
      const body = () => {
        throw thrown;
      };
      const failed = thrown instanceof EvenlaneError ? [-9, "no answer"] : undefined;
      for (const kind of kinds) {
        const ended = await run(moduleOf(body), new Store([]), kind);
        expect(ended).toEqual({ thrown, failed });
        expect("thrown" in ended && ended.thrown).toBe(thrown);
      }
    }
  });

  test("an error for a function that is not there", async () => {
    expect(
      await run(
        moduleOf(() => 1),
        new Store([]),
        "none",
      ),
    ).toMatchObject({
      thrown: new TypeError("the module calls has no function none"),
    });
  });
});

test("a context says of the call what the host says, and arguments come as they are", async () => {
  const module = schema("context", {});
  module.procedure("f", { s: t.string(), l: t.array(t.string()), j: t.json() }, async (ctx, args) => {
    ctx.log.debug("0");
    ctx.log.info("1");
    ctx.log.warn("2");
    ctx.log.error("3");
    const { timestamp, sender, connection } = ctx;
    return { args, timestamp, sender, connection, random: ctx.random() };
  });
  const store = new Store([]);
  const args = { s: "é", l: ["a"], j: { deep: [null] } };
  expect(await run(module.module(), store, "f", args)).toEqual({
    value: { args, timestamp: 1000.5, sender: "someone", connection: "k1", random: 7 / 2 ** 32 },
  });
  expect(store.logged).toEqual([
    [0, "0"],
    [1, "1"],
    [2, "2"],
    [3, "3"],
  ]);
});

describe("a fetch", () => {
  const response = {
    status: 201,
    statusText: "Made",
    headers: [
      ["set-cookie", "a=1"],
      ["x", "y"],
      ["set-cookie", "b=2"],
    ] as [string, string][],
    url: "http://b/",
  };

  test("sends its request, and gives the whole response, on both contexts", async () => {
    const module = schema("http", {});
    const request = { method: "POST", headers: { "x-a": "1" }, body: "é" };
    module.procedure("lane", {}, async (ctx) => {
      const got = await ctx.http.fetch({ url: "http://a/" }, request);
      const cookies = [...got.headers].filter(([name]) => name === "set-cookie").map(([, value]) => value);
      const { status, statusText, ok, url } = got;
      return {
        status,
        statusText,
        ok,
        url,
        cookies,
        joined: got.headers.get("Set-Cookie"),
        none: got.headers.get("z"),
      };
    });
    module.procedure("blocking", {}, (ctx: SyncProcedureCtx) => {
      const got = ctx.http.fetch("http://a/", {
        ...request,
        timeoutMs: 1500,
        headers: [["x-a", "1"]],
        body: new Uint8Array([0xc3, 0xa9]),
      });
      return { text: got.text(), json: got.json(), bytes: [...got.bytes()], buffer: got.arrayBuffer().byteLength };
    });
    const store = new Store([]);
    store.origin = () => ({ response, body: new TextEncoder().encode("[1]") });
    expect(await run(module.module(), store, "lane")).toEqual({
      value: {
        status: 201,
        statusText: "Made",
        ok: true,
        url: "http://b/",
        cookies: ["a=1", "b=2"],
        joined: "a=1, b=2",
        none: null,
      },
    });
    expect(await run(module.module(), store, "blocking")).toEqual({
      value: { text: "[1]", json: [1], bytes: [91, 49, 93], buffer: 3 },
    });
    const sent = { url: "http://a/", method: "POST", headers: [["x-a", "1"]], body: new Uint8Array([0xc3, 0xa9]) };
    expect(store.requests).toEqual([sent, { ...sent, timeoutMs: 1500 }]);
  });

  test("is refused before it is issued where its request is none", async () => {
    const module = schema("http", {});
    module.procedure("f", { url: t.json<string>(), body: t.json<string>() }, async (ctx, { url, body }) => {
      const attempt = () => ctx.http.fetch(url, { method: "PUT", body });
      expect(attempt).toThrow(EvenlaneError);
      return null;
    });
    const store = new Store([]);
    expect(await run(module.module(), store, "f", { url: "\ud800", body: "" })).toEqual({ value: null });
    expect(await run(module.module(), store, "f", { url: "http://a/", body: 1 })).toEqual({ value: null });
    expect(store.requests).toEqual([]);
  });
});
