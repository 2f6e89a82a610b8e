/** What the contract forbids a guest, and what becomes of it. */
import { expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";
import { type GuestFunction, guestSource, record, text } from "./guest.ts";

startForEach();

const procedure = (name: string, body: string, mode: "async" | "sync" = "async"): GuestFunction => ({
  name,
  kind: "procedure",
  mode,
  params: [],
  body,
});
const reducer = (name: string, body: string): GuestFunction => ({ name, kind: "reducer", params: [], body });

test.each(["async", "sync"] as const)("thenable bodies are undone (%s)", async (mode) => {
  const start = mode === "async" ? "async (host)" : "(host)";
  const body = (value: string) =>
    `${start} => { host.txBegin(); append(host, "x"); const code = host.txCommit(${value}); return [code, host.message().length > 0, host.txAbort()]; }`;
  const module = await host.connect(
    "ts",
    guestSource({
      functions: [
        procedure("promise", body("Promise.resolve()"), mode),
        procedure("thenable", body("{ then() {} }"), mode),
        procedure("function", body("Object.assign(() => {}, { then() {} })"), mode),
        procedure(
          "getter",
          `${start} => { host.txBegin(); append(host, "x");
            try { host.txCommit({ get then() { throw new Error("read"); } }); } catch (error) { return [error.message, host.txAbort()]; } }`,
          mode,
        ),
        procedure("near", body("{ then: 1 }"), mode),
      ],
    }),
  );
  for (const name of ["promise", "thenable", "function"]) expect(await host.value(name)).toEqual([-8, true, -2]);
  expect(await host.value("getter")).toEqual(["read", -2]);
  expect(await host.rows(module, "log")).toEqual([]);
  expect(await host.value("near")).toEqual([0, expect.any(Boolean), -2]);
  expect(await host.rows(module, "log")).toHaveLength(1);
});

test("a handle is refused after its call, and a leaked one is never another call's", async () => {
  const module = await host.connect(
    "ts",
    guestSource({
      top: "let leaked;",
      functions: [
        reducer("leakReducer", "(host) => { leaked = host; }"),
        procedure("leak", "async (host) => { leaked = host; }"),
        procedure(
          "use",
          `async (host) => tx(host, () => [
            leaked.tableInsert("log", "a", "1"), leaked.tableGet("log", "a"), leaked.txBegin(), leaked.txCommit(1), leaked.txAbort(),
            leaked.context(), leaked.fetch("{}", null), leaked.sleepUntil(1), leaked.schedule("leak", "{}", 0), leaked.takeHead(0),
            leaked.log(1, "x"), leaked.message().includes("ended")])`,
        ),
        procedure(
          "withOther",
          `async (host) => { leaked = host; await get(host, ${JSON.stringify(origin.url("/held"))}); return "ok"; }`,
        ),
        procedure(
          "useOther",
          `async (host) => tx(host, () => [leaked.tableInsert("log", "a", "1"), leaked.txBegin()])`,
        ),
      ],
    }),
  );
  for (const name of ["leakReducer", "leak"]) {
    await host.value(name);
    expect(await host.value("use")).toEqual([...Array(11).fill(-11), true]);
  }
  const other = host.value("withOther");
  const arrival = await origin.arrival("/held");
  expect(await host.value("useOther")).toEqual([-2, -3]);
  arrival.response.end();
  expect(await other).toBe("ok");
  expect(await host.rows(module, "log")).toEqual([]);
});

test("a reducer that gives a promise fails and writes nothing, ever", async () => {
  const module = await host.connect(
    "ts",
    guestSource({
      top: "const codes = [];",
      functions: [
        reducer(
          "late",
          `async (host) => { append(host, "x"); await null; codes.push(host.tableInsert("log", "y", "1")); }`,
        ),
        procedure("codes", "async () => codes"),
        record,
      ],
    }),
  );
  expect(await host.call("late")).toMatchObject({ error: { category: "async-reducer" }, seqs: [] });
  expect(await host.value("codes")).toEqual([-11]);
  await host.value("record", { text: "next" });
  expect(await host.rows(module, "log")).toEqual([["000000", "next"]]);
});

test("a reducer neither fetches nor sleeps nor ends its transaction", async () => {
  await host.connect(
    "ts",
    guestSource({
      functions: [
        reducer(
          "all",
          `(host) => [host.fetch('{"url":"http://h/"}', null), host.sleepUntil(0), host.txBegin(), host.txCommit(0), host.txAbort()].map(Number)`,
        ),
      ],
    }),
  );
  expect(await host.value("all")).toEqual(Array(5).fill(-4));
});

test("what a call leaves open is undone and logged: at its end, at its failure, at a yield", async () => {
  const module = await host.connect(
    "ts",
    guestSource({
      functions: [
        procedure("end", `async (host) => { host.txBegin(); append(host, "x"); return 1; }`),
        procedure("fail", `async (host) => { host.txBegin(); append(host, "x"); throw new Error("boom"); }`),
        procedure("endSync", `(host) => { host.txBegin(); append(host, "x"); return 1; }`, "sync"),
        procedure(
          "yield",
          `async (host) => { const fetched = get(host, ${JSON.stringify(origin.url("/y"))}); host.txBegin(); append(host, "x"); await fetched; return host.txCommit(0); }`,
        ),
        record,
      ],
    }),
  );
  expect(await host.call("end", {}, { call: "e" })).toEqual({ outcome: "returned", value: 1, seqs: [] });
  expect(await host.call("fail", {}, { call: "f" })).toMatchObject({
    error: { category: "guest-error", message: "boom" },
  });
  expect(await host.call("endSync", {}, { call: "s" })).toMatchObject({ value: 1, seqs: [] });
  const yielding = host.call("yield", {}, { call: "y" });
  await origin.release("/y");
  expect(await yielding).toMatchObject({ value: -2, seqs: [] });
  for (const call of ["e", "f", "s", "y"]) {
    await host.logged(
      (line) => line.call === call && line.level === "error" && line.message.includes("transaction open"),
    );
  }
  await host.value("record", { text: "free" });
  expect(await host.rows(module, "log")).toEqual([["000000", "free"]]);
});

test("fetch, sleep and begin are refused inside a transaction, which stays usable", async () => {
  const module = await host.connect(
    "ts",
    guestSource({
      functions: [
        procedure(
          "inside",
          `async (host) => tx(host, () => { const codes = [host.fetch(${JSON.stringify(JSON.stringify({ url: "http://h/" }))}, null), host.sleepUntil(1e15), host.txBegin()]; append(host, "x"); return codes; })`,
        ),
        procedure(
          "outside",
          `async (host) => [host.tableGet("log", "a"), host.txCommit(0), host.txAbort(), host.schedule("inside", "{}", 0)]`,
        ),
      ],
    }),
  );
  expect(await host.value("inside")).toEqual([-3, -3, -3]);
  expect(await host.value("outside")).toEqual([-2, -2, -2, -2]);
  expect(await host.rows(module, "log")).toHaveLength(1);
  expect(origin.order).toEqual([]);
});

test("values: codes of tables, canonical rows, order by code point", async () => {
  const module = await host.connect(
    "ts",
    guestSource({
      functions: [
        procedure(
          "codes",
          `async (host) => tx(host, () => [
            host.tableInsert("nope", "a", "1"), host.tableGet("log", "a"), host.tableUpdate("log", "a", "1"), host.tableDelete("log", "a"),
            host.tableInsert("log", "a", "{"), host.tableInsert("log", "a", "1e999"), host.tableInsert("log", "\\ud800", "1"),
            host.tableInsert("log", "a", '"\\\\ud800"'), host.tableInsert("log", "a", undefined), host.tableInsert("log", "a", "1"),
            host.tableInsert("log", "a", "2"), host.schedule("nope", "{}", 1), host.schedule("codes", "[]", 1), host.schedule("codes", "{}", NaN),
            host.tableDelete("log", "a"), host.takeHead(3)])`,
        ),
        reducer(
          "rows",
          `(host) => {
            const put = (key, row) => must(host, host.tableInsert("log", key, row));
            put("\\u{1F600}", '{"b":-0,"a":1e21}'); put("\\uFFFD", "[1.0, 0.10]"); put("", "null"); put("a\\u0000b", '"\\\\u0000"'); put("a", '{"__proto__":1}');
            return [JSON.parse(host.tableScan("log", "a", "\\uFFFD")), host.tableGet("log", "\\u{1F600}")];
          }`,
        ),
        procedure("undefinedResult", "async () => 1n"),
        procedure("badNumber", "async () => NaN"),
      ],
    }),
  );
  expect(await host.value("codes")).toEqual([-6, -1, -1, -1, -7, -7, -7, -7, -7, 0, -5, -7, -7, -7, 0, -7]);
  expect(await host.value("rows")).toEqual([
    [
      ["a", Object.fromEntries([["__proto__", 1]])],
      ["a\0b", "\0"],
    ],
    '{"a":1e+21,"b":0}',
  ]);
  expect((await host.rows(module, "log")).map(([key]) => key)).toEqual(["", "a", "a\0b", "\uFFFD", "\u{1F600}"]);
  expect(await host.call("undefinedResult")).toMatchObject({ error: { category: "guest-error" } });
});

test("calls are checked before guest code runs", async () => {
  const typed: GuestFunction = {
    name: "typed",
    kind: "procedure",
    mode: "async",
    params: [
      text("s"),
      { name: "n", type: "number" },
      { name: "b", type: "boolean" },
      { name: "l", type: "string[]" },
      { name: "j", type: "json" },
    ],
    body: `async (host, args) => { ran += 1; return ran; }`,
  };
  await host.connect("ts", guestSource({ top: "let ran = 0;", functions: [typed] }));
  const good = { s: "x", n: 1, b: true, l: ["a"], j: { any: null } };
  const bad = [
    { ...good, s: 1 },
    { ...good, n: "1" },
    { ...good, b: 0 },
    { ...good, l: ["a", 1] },
    { ...good, extra: 1 },
    { s: "x", n: 1, b: true, l: [] },
    { ...good, s: "\ud800" },
  ];
  for (const args of bad)
    expect(await host.call("typed", args)).toMatchObject({ error: { category: "bad-arguments" } });
  expect(await host.call("nope")).toMatchObject({ error: { category: "unknown-function", function: "nope" } });
  expect(await host.call("$init")).toMatchObject({ error: { category: "unknown-function" } });
  expect(await host.value("typed", good)).toBe(1);
});

test("a failure keeps the category that the guest recorded, and an earlier commit", async () => {
  await host.connect(
    "ts",
    guestSource({
      functions: [
        procedure("kept", `async (host) => { tx(host, () => append(host, "x")); must(host, host.txCommit(0)); }`),
        reducer("thrown", `() => { throw { message: "plain" }; }`),
        reducer("hostile", `() => { throw { get message() { throw 1; } }; }`),
        reducer("deep", "function deep(host) { return deep(host); }"),
      ],
    }),
  );
  expect(await host.call("kept")).toMatchObject({ error: { category: "no-transaction" }, seqs: [1] });
  expect(await host.call("thrown")).toMatchObject({
    error: { category: "guest-error", message: "plain", function: "thrown" },
  });
  expect(await host.call("hostile")).toMatchObject({ error: { category: "guest-error" } });
  expect(await host.call("deep")).toMatchObject({ error: { category: "guest-error" } });
});
