import { describe, expect, test } from "vitest";
import { type AsyncProcedureCtx, type SyncProcedureCtx, schema, t } from "../../modules/sdk/ts/index.ts";

type Ctx = AsyncProcedureCtx<Record<string, never>>;
type Body = (ctx: Ctx) => Promise<unknown>;

/** The mode that the description gives to a procedure with this body. */
function modeOf(body: unknown): string {
  const module = schema("detection", {});
  module.procedure("f", {}, body as Body);
  return JSON.parse(module.module().describe()).functions[0].mode;
}

const methods = {
  async asyncMethod() {},
  syncMethod() {},
};

class Methods {
  static async staticMethod() {}
  async method() {}
  plain() {}
}

async function declared() {}
function plain() {}
const AsyncFunction = declared.constructor as new (...code: string[]) => unknown;

describe("the mode of a procedure", () => {
  test.each([
    ["an async arrow", async () => {}],
    ["an async declaration", declared],
    ["an async expression", async function named() {}],
    ["an async method", methods.asyncMethod],
    ["an async method of a class", new Methods().method],
    ["a static async method", Methods.staticMethod],
    ["a bound async function", declared.bind(null)],
    ["a bound bound async function", declared.bind(null).bind(null)],
    ["a constructed async function", new AsyncFunction("await null")],
  ])("is async for %s", (_, body) => {
    expect(modeOf(body)).toBe("async");
  });

  test.each([
    ["an arrow", () => {}],
    ["a declaration", plain],
    ["a method", methods.syncMethod],
    ["a method of a class", new Methods().plain],
    ["a bound function", plain.bind(null)],
    ["a function that gives a promise", () => Promise.resolve()],
    ["a function that calls an async one", () => declared()],
  ])("is sync for %s", (_, body) => {
    expect(modeOf(body)).toBe("sync");
  });
});

describe("what a registration refuses", () => {
  const module = schema("refusing", {});

  test("generator functions, by the procedure's name", () => {
    expect(() => modeOf(function* generator() {})).toThrow("the procedure f is a generator function");
    expect(() => modeOf(async function* generator() {})).toThrow("the procedure f is an async generator function");
  });

  test("async reducers and hooks", () => {
    expect(() => module.reducer("r", {}, (async () => {}) as () => unknown)).toThrow("the reducer r is async");
    expect(() => module.init((async () => {}) as () => unknown)).toThrow("the hook init is async");
    expect(() => module.clientConnected(declared.bind(null) as () => unknown)).toThrow("the hook connected is async");
  });

  test("a name that stands twice, for functions of either kind and hooks", () => {
    module.reducer("twice", {}, () => {});
    expect(() => module.procedure("twice", {}, async () => {})).toThrow("twice is registered twice");
    module.clientDisconnected(() => {});
    expect(() => module.clientDisconnected(() => {})).toThrow("$disconnected is registered twice");
  });

  test("names that are none", () => {
    expect(() => module.reducer("a-b", {}, () => {})).toThrow('"a-b" is no name');
    expect(() => module.reducer("x".repeat(65), {}, () => {})).toThrow("is no name");
    expect(() => module.reducer("ok", { "a b": t.string() }, () => {})).toThrow('"a b" is no name');
    expect(() => schema("1st", {})).toThrow('"1st" is no name');
    expect(() => schema("m", { "": {} })).toThrow('"" is no name');
  });

  test("what is no function, and arrays of what the ABI has no arrays of", () => {
    expect(() => modeOf(1)).toThrow("the procedure f is registered without a function");
    expect(() => t.array(t.json<string>())).toThrow("an array's elements are t.string(), not json");
  });
});

test("a description holds what was registered, in order", () => {
  const module = schema("whole", { b: {}, a: {} });
  module.init(() => {});
  module.clientDisconnected(() => {});
  module.reducer("r", { s: t.string(), n: t.number(), b: t.boolean() }, () => {});
  module.procedure("p", { l: t.array(t.string()), j: t.json() }, async () => {});
  module.procedure("q", {}, (_ctx: SyncProcedureCtx) => {});
  expect(JSON.parse(module.module().describe())).toEqual({
    abi: 1,
    name: "whole",
    tables: ["b", "a"],
    hooks: ["init", "disconnected"],
    functions: [
      {
        name: "r",
        kind: "reducer",
        params: [
          { name: "s", type: "string" },
          { name: "n", type: "number" },
          { name: "b", type: "boolean" },
        ],
      },
      {
        name: "p",
        kind: "procedure",
        mode: "async",
        params: [
          { name: "l", type: "string[]" },
          { name: "j", type: "json" },
        ],
      },
      { name: "q", kind: "procedure", mode: "sync", params: [] },
    ],
  });
});
