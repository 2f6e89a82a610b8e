import { describe, expect, test } from "vitest";
import type { Module } from "../../modules/sdk/ts/abi.ts";
import { builtJs } from "./built.ts";
import { JsHost, run } from "./js-host.ts";
import type { Description } from "./outcome.ts";
import { Store } from "./store.ts";

const newStore = () => new Store(["meta", "log"]);
const tokensOf = (store: Store) => store.rows("log").map(([, row]) => (row as { token: string }).token);
const args = { url: "http://a/", token: "t" };

function proceduresOf(module: Module): Description["functions"] {
  const { functions }: Description = JSON.parse(module.describe());
  return functions.filter(({ kind }) => kind === "procedure");
}

const sync = ["syncArrow", "syncMethod", "promiseFromSync"];

test("each async shape is async and each other one is not", async () => {
  const procedures = proceduresOf(await builtJs("shapes"));
  expect(procedures.filter(({ mode }) => mode === "sync").map(({ name }) => name)).toEqual(sync);
});

test("each is sync in the down-levelled build, with the same names", async () => {
  const procedures = proceduresOf(await builtJs("shapes.es2016"));
  expect(procedures.map(({ name }) => name)).toEqual(proceduresOf(await builtJs("shapes")).map(({ name }) => name));
  expect(new Set(procedures.map(({ mode }) => mode))).toEqual(new Set(["sync"]));
});

test.each(["asyncArrow", "asyncMethod", "asyncBound", "asyncDeclared"])("%s fetches, then records", async (name) => {
  const module = await builtJs("shapes");
  const store = newStore();
  expect(await run(module, store, name, args)).toMatchObject({ value: { mode: "lane" } });
  expect(tokensOf(store)).toEqual(["t"]);
  // Down-levelled it gives a promise where the ABI has text: the host refuses that.
  const given = (await builtJs("shapes.es2016")).call(new JsHost(newStore(), false), name, JSON.stringify(args));
  expect(given).toBeInstanceOf(Promise);
  await given;
});

test.each(["syncArrow", "syncMethod"])("%s fetches, then records, in both builds", async (name) => {
  for (const build of ["shapes", "shapes.es2016"]) {
    const store = newStore();
    expect(await run(await builtJs(build), store, name, args)).toMatchObject({ value: { mode: "blocking" } });
    expect(tokensOf(store)).toEqual(["t"]);
  }
});

test("visits count on in one instance", async () => {
  const module = await builtJs("shapes");
  const first = (await run(module, newStore(), "visit", { url: "http://a/" })) as { value: number };
  expect(await run(module, newStore(), "visit", { url: "http://a/" })).toEqual({ value: first.value + 1 });
});

describe("promiseFromSync", () => {
  test.each(["promise", "thenable", "async-call"])("hands its %s on, having recorded", async (kind) => {
    const store = newStore();
    const module = await builtJs("shapes");
    const given = module.call(new JsHost(store, false), "promiseFromSync", JSON.stringify({ kind, token: "t" }));
    expect(given).toHaveProperty("then", expect.any(Function));
    expect(tokensOf(store)).toEqual(["t"]);
    await given;
  });
});

describe("thenableBody", () => {
  test.each([
    ["async", { refused: "thenable-body" }, ["t/next"]],
    ["promise", { refused: "thenable-body" }, ["t/next"]],
    ["thenable", { refused: "thenable-body" }, ["t/next"]],
    ["throwing-getter", { refused: "threw", message: "then was read" }, ["t/next"]],
    ["object", { refused: "none" }, ["t", "t/next"]],
  ])("of kind %s", async (kind, value, tokens) => {
    const store = newStore();
    // The async body's late continuation uses a closed handle, and nobody handles what it throws.
    const unhandled = kind === "async" ? nextUnhandledRejection() : undefined;
    expect(await run(await builtJs("shapes"), store, "thenableBody", { kind, token: "t" })).toEqual({ value });
    expect(tokensOf(store)).toEqual(tokens);
    if (unhandled !== undefined) expect(await unhandled).toMatchObject({ category: "handle-closed" });
  });
});

/** Takes the next unhandled rejection, which would otherwise fail the run. */
function nextUnhandledRejection(): Promise<unknown> {
  const before = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  return new Promise((resolve) => {
    process.once("unhandledRejection", (reason) => {
      for (const listener of before) process.on("unhandledRejection", listener);
      resolve(reason);
    });
  });
}
