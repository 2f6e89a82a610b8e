/** Each conformance module exists twice: the twins declare the same interface, and do the same to the same host. */
import { describe, expect, test } from "vitest";
import { assemblyScriptModules } from "../../modules/compile/paths.ts";
import { builtJs, builtWasm } from "./built.ts";
import { type Description, type Outcome, runJs, runWasm } from "./outcome.ts";
import { Store } from "./store.ts";
import { WasmGuest } from "./wasm-host.ts";

const names = assemblyScriptModules();

type Step = readonly [name: string, args?: object];

/** Runs a script on both twins, each on a store of its own, and gives the outcomes and rows of each. */
async function runBoth(name: string, script: readonly Step[], prepare: (store: Store) => void = () => {}) {
  const [js, wasm] = [await builtJs(name), builtWasm(name)];
  const description: Description = JSON.parse(js.describe());
  const inStore = async (run: (store: Store, step: Step) => Promise<Outcome>) => {
    const store = new Store(description.tables);
    prepare(store);
    const outcomes: Outcome[] = [];
    for (const step of script) outcomes.push(await run(store, step));
    const rows = Object.fromEntries(description.tables.map((table) => [table, store.rows(table)]));
    return { outcomes, rows, logged: store.logged, scheduled: store.scheduled, points: store.points };
  };
  return {
    js: await inStore((store, [called, args]) => runJs(js, description, store, called, args)),
    wasm: await inStore((store, [called, args]) => runWasm(wasm, description, store, called, args)),
  };
}

describe.each(names)("%s", (name) => {
  test("declares the same interface in both languages, but for the modes", async () => {
    const [js, wasm] = [await builtJs(name), builtWasm(name)];
    const withoutModes = (description: Description) => ({
      ...description,
      functions: description.functions.map(({ mode: _, ...rest }) => rest),
    });
    const ofWasm = new WasmGuest(wasm, new Store([])).describe();
    expect(withoutModes(ofWasm)).toEqual(withoutModes(JSON.parse(js.describe())));
    for (const { kind, mode } of ofWasm.functions) expect(mode).toBe(kind === "procedure" ? "suspended" : undefined);
  });
});

const [url, token] = ["http://a/", "t"];

test("relay does the same in both languages", async () => {
  const urls = ["http://a/1", "http://a/2"];
  const { js, wasm } = await runBoth("relay", [
    ["record", { token }],
    ["recordThenThrow", { token: "undone" }],
    ["fetchThenRecord", { url, token }],
    ["recordFetchRecord", { url, token }],
    ["fetchEachThenRecord", { urls, token: "each" }],
    ["fetchAllThenRecord", { urls, token: "all" }],
    ["readFetchRead", { url }],
    ["fetchThenFail", { url, token, how: "throw" }],
    ["fetchThenFail", { url, token, how: "throw-in-transaction" }],
    ["fetchThenFail", { url, token, how: "reject" }],
    ["fetchThenFail", { url, token, how: "otherwise" }],
    ["nestedTransaction", { token: "nested" }],
    ["fetchInsideTransaction", { url, next: url, token: "inside" }],
    ["tokens"],
  ]);
  expect(wasm).toEqual(js);
  expect(js.outcomes).toMatchObject([
    { value: null },
    { failed: "thrown by recordThenThrow" },
    { value: { status: 200, body: `body of ${url}`, n: 2 } },
    { value: { before: 3, after: 4 } },
    { value: urls.map((each) => `body of ${each}`) },
    { value: urls.map((each) => `body of ${each}`) },
    {},
    { failed: "thrown by fetchThenFail" },
    { failed: "thrown by fetchThenFail" },
    { failed: "thrown by fetchThenFail" },
    { failed: "fetchThenFail knows no way to fail named otherwise" },
    { value: { refused: "transaction-open" } },
    { value: { refused: "transaction-open" } },
    { value: expect.not.arrayContaining(["undone", "t/undone", "nested/inner"]) },
  ]);
});

test("relay traps and overflows the stack in both languages", async () => {
  for (const how of ["trap", "overflow"]) {
    const { js, wasm } = await runBoth("relay", [["fetchThenFail", { url, token, how }], ["tokens"]]);
    for (const { outcomes } of [js, wasm])
      expect(outcomes).toMatchObject([{ failed: expect.anything() }, { value: ["t/kept"] }]);
  }
});

test("ledger does the same in both languages", async () => {
  const { js, wasm } = await runBoth("ledger", [
    ["open", { account: "a", amount: 100 }],
    ["open", { account: "a", amount: 1 }],
    ["open", { account: "b", amount: 50.5 }],
    ["transfer", { from: "a", to: "b", amount: 30 }],
    ["transfer", { from: "a", to: "b", amount: 1000 }],
    ["transfer", { from: "a", to: "a", amount: 5 }],
    ["set", { account: "c", amount: 7 }],
    ["setThenThrow", { account: "c", amount: 8 }],
    ["addAfterFetch", { url, account: "a", amount: 1 }],
    ["addBlocking", { url, account: "d", amount: 2 }],
    ["readFetchWrite", { url, account: "d", amount: -2 }],
    ["transferAfterFetch", { url, from: "b", to: "c", amount: 0.25 }],
    ["transferAfterFetch", { url, from: "nobody", to: "c", amount: 1 }],
    ["audit"],
    ["auditAfterFetch", { url }],
    ["balanceAfterFetch", { url, account: "b" }],
    ["balanceAfterFetch", { url, account: "nobody" }],
    ["sweepAfterFetch", { url, token: "s1" }],
    ["sweepBlocking", { url, token: "s2" }],
    ["sweep", { token: "s3" }],
  ]);
  expect(wasm).toEqual(js);
  expect(js.outcomes[1]).toEqual({ failed: -5 });
  expect(js.outcomes[4]).toEqual({ failed: "insufficient funds in a" });
  expect(js.outcomes[13]).toEqual({ value: { sum: 158.5, count: 4 } });
  expect(js.outcomes[17]).toEqual({ value: { enter: 5, exit: 5, seen: [5, 5, 5, 5] } });
  expect(js.rows.accounts).toEqual([
    ["a", { balance: 71 }],
    ["b", { balance: 80.25 }],
    ["c", { balance: 7.25 }],
    ["d", { balance: 0 }],
  ]);
});

test("web does the same in both languages", async () => {
  const refused = { url: "http://refused/" };
  const sent = { url, method: "PUT", headers: [["a", "1"]], body: [0, 255, 0, 255, 0, 255], timeoutMs: 9 };
  const asked = { ...sent, body: { hex: "00ff", times: 3 } };
  const { js, wasm } = await runBoth(
    "web",
    [
      ["record", { token }],
      ["send", { request: { url } }],
      ["send", { request: asked }],
      ["send", { request: refused }],
      ["sendThenRecord", { request: { url }, token: "one" }],
      ["sendEachThenRecord", { requests: [{ url }, refused], token: "each" }],
      ["sendOrFail", { request: refused }],
      ["passOn", { from: url, to: "http://b/" }],
      ["read", { url, readers: ["bytes", "text", "json", "arrayBuffer", "json", "bytes", "text"] }],
    ],
    (store) => {
      store.origin = (request) => {
        const { url, method = "GET", headers = [], body = [], timeoutMs } = request as unknown as Partial<typeof sent>;
        if (url === refused.url) return { response: -9, body: new Uint8Array() };
        const text = JSON.stringify({ method, headers, body: [...(body ?? [])], timeoutMs });
        const unsorted: [string, string][] = ["x", "set-cookie", "x"].map((name, at) => [name, String(at)]);
        const response = { status: 200, statusText: "OK", headers: unsorted, url: String(url) };
        return { response, body: new TextEncoder().encode(text) };
      };
    },
  );
  expect(wasm).toEqual(js);
  const { url: _, ...told } = sent;
  expect(js.outcomes[2]).toMatchObject({ value: { outcome: "response", status: 200, text: JSON.stringify(told) } });
  const sorted = ["set-cookie 1", "x 0", "x 2"].map((field) => field.split(" "));
  expect(js.outcomes[2]).toMatchObject({ value: { headers: sorted } });
  expect(js.outcomes[3]).toMatchObject({ value: { outcome: "transport" } });
  expect(js.outcomes[5]).toMatchObject({ value: [{ outcome: "response" }, { outcome: "transport" }] });
  expect(js.outcomes[6]).toEqual({ failed: -9 });
  const [first, text, json, again] = (js.outcomes[8] as { value: unknown[] }).value;
  expect([Buffer.from(String(first), "hex").toString(), JSON.stringify(json), again]).toEqual([text, text, first]);
});

test("clockwork does the same in both languages", async () => {
  const { js, wasm } = await runBoth("clockwork", [
    ["$init"],
    ["$connected"],
    ["$disconnected"],
    ["record", { token }],
    ["scheduleRecord", { at: 5, token }],
    ["scheduleThenThrow", { at: 6, token }],
    ["sleepThenRecord", { until: 10, token: "slept" }],
    ["scheduleFromProcedure", { at: 7.5, token }],
    ["context"],
    ["logEach", { text: "said" }],
    ["tokens"],
  ]);
  expect(wasm).toEqual(js);
  expect(js.logged).toEqual([0, 1, 2, 3].map((level) => [level, "said"]));
  expect(js.rows.log?.slice(1, 3)).toEqual([
    ["000002", { n: 2, token: "connected", connection: "k1" }],
    ["000003", { n: 3, token: "disconnected", connection: "k1" }],
  ]);
  expect(js.outcomes.at(-1)).toEqual({ value: ["init", "connected", "disconnected", "t", "slept"] });
});

test("toil does the same in both languages", async () => {
  const { js, wasm } = await runBoth("toil", [
    ["record", { token }],
    ["fetchThenRecord", { url, token: "fetched" }],
    ["compute", { rounds: 1000, token: "computed" }],
    ["carry", { url, token: "carried", depth: 3 }],
    ["visit"],
  ]);
  expect(wasm).toEqual(js);
  expect(js.outcomes[3]).toMatchObject({ value: expect.stringMatching(/^carried\/3\(.*\)carried\/3$/) });
});

test("load does the same in both languages", async () => {
  const refused = "http://refused/";
  const { js, wasm } = await runBoth(
    "load",
    [
      ["put", { key: "a" }],
      ["put", { key: "a" }],
      ["fetchCommit", { url, key: "b" }],
      ["fetchOnly", { url }],
      ["hold", { url }],
      ["holdSync", { url }],
      ...["fetchCommit", "fetchOnly", "hold", "holdSync"].map(
        (name) => [name, { url: refused, ...(name === "fetchCommit" && { key: "c" }) }] as const,
      ),
    ],
    (store) => {
      const { origin } = store;
      store.origin = (request) =>
        request.url === refused ? { response: -9, body: new Uint8Array() } : origin(request);
    },
  );
  expect(wasm).toEqual(js);
  const statuses = Array.from({ length: 4 }, () => ({ value: 200 }));
  const refusals = Array.from({ length: 4 }, () => ({ failed: -9 }));
  expect(js.outcomes).toEqual([{ value: null }, { failed: -5 }, ...statuses, ...refusals]);
  expect(js.rows.log).toEqual([
    ["a", 0],
    ["b", 200],
  ]);
});

test("transactions does the same in both languages", async () => {
  const { js, wasm } = await runBoth("transactions", [
    ["record", { token }],
    ["count", { token: "count", how: "well" }],
    ["count", { token: "count", how: "refusal" }],
    ["count", { token: "count", how: "throw" }],
    ["value", { token: "value" }],
    ["useAfterReturn", { token: "after" }],
    ["useInNext", { token: "next" }],
    ["sleepInside", { until: 10, token: "asleep" }],
    ["sleepBetween", { until: 10, token: "between" }],
    ["endWithoutBegin", { token: "ended", how: "commit" }],
    ["endWithoutBegin", { token: "ended", how: "abort" }],
    ["useOutside", { token: "outside" }],
    ["leaveOpen", { token: "open", how: "commit" }],
  ]);
  expect(wasm).toEqual(js);
});

test("contexts does the same in both languages", async () => {
  const { js, wasm } = await runBoth("contexts", [
    ["lookInReducer", { token }],
    ["look"],
    ["lookAround", { urls: [url, url], token: "around" }],
    ["lookAsleep", { until: 10, token: "asleep" }],
    ["scheduleLook", { at: 5, until: 10, token: "scheduled" }],
    ["lookThenFail", { url }],
  ]);
  expect(wasm).toEqual(js);
  expect(js.logged).toHaveLength(3 + 3 + 3 + 2 + 4);
});

test("values does the same in both languages", async () => {
  const value = { a: [1, null, "é\u{1f600}"], "": -0.5 };
  const { js, wasm } = await runBoth("values", [
    ["put", { key: "put", value }],
    ["through", { key: "through", value }],
    ["keys", { from: "", to: "" }],
    ["keysWithPrefix", { prefix: "t" }],
    ["numbers", { bits: ["3ff8000000000000", "0000000000000001"] }],
    ["joinedSurrogates", { key: "joined" }],
    ["increment", { key: "next", value: { $i64: "9007199254740993" } }],
    ["increment", { key: "beyond", value: { $i64: "9223372036854775808" } }],
    ["changeAround", { key: "around", value: ["as inserted"] }],
    ["changeKept"],
    ["changeArgument", { value: ["given"] }],
    ["nest", { key: "nested", depth: 10 }],
    ["bigRow", { key: "big", bytes: 100, unit: "\u20ac" }],
    ["bigKey", { bytes: 100, unit: "\u20ac" }],
    ["bigResult", { bytes: 100, unit: "\u20ac" }],
    ["leaveScan"],
  ]);
  expect(wasm).toEqual(js);
  expect(js.outcomes.slice(6, 8)).toEqual([{ value: { $i64: "9007199254740994" } }, { failed: -7 }]);
});

test.each([
  ["notFinite", { where: "row", form: "7ff8000000000000" }],
  ["notFinite", { where: "result", form: "7ff0000000000000" }],
  ["loneSurrogate", { where: "field", form: "swapped" }],
] as const)("values refuses alike: %s %j", async (name, args) => {
  const { js, wasm } = await runBoth("values", [[name, args]]);
  expect(wasm).toEqual(js);
  expect(js.outcomes).toEqual([{ failed: -7 }]);
});

describe("script", () => {
  const run = (...ops: unknown[]): Step => ["run", { ops }];
  const play = (...steps: unknown[]): Step => ["play", { steps }];
  const playBlocking = (...steps: unknown[]): Step => ["playBlocking", { steps }];

  test("does the same in both languages, every step and operation", async () => {
    const { js, wasm } = await runBoth(
      "script",
      [
        run(
          ["get", "a"],
          ["put", "a", 6],
          ["put", "n", null],
          ["put", "n", { b: [1, "é"], a: null }],
          ["add", "a", 0.5],
          ["add", "fresh", 4],
          ["append", "list", "x"],
          ["append", "list", { y: [] }],
          ["insert", "a", 1],
          ["insert", "z", 4],
          ["get", "n"],
          ["get", "list"],
          ["scan", "a", "m"],
          ["where", 2],
          ["addAll", 1],
          ["where", 5],
          ["deleteWhere", 5],
          ["deleteWhere", 99],
          ["delete", "n"],
          ["delete", "n"],
          ["record", "reduced"],
          ["scan", "", ""],
        ),
        play(
          { fetch: url },
          { fetch: "http://refused/" },
          { sleep: 10 },
          {
            tx: [
              ["put", "k", [1]],
              ["point", "p1"],
              ["record", "played"],
              ["get", "k"],
            ],
          },
          { tx: [["put", "k", "undone"], ["point", "p2"], ["abort"], ["point", "never"]] },
          { tx: [] },
        ),
        playBlocking({ fetch: url }, { fetch: "http://refused/" }, { sleep: 10 }, { tx: [["append", "k", 2]] }),
      ],
      (store) => {
        const { origin } = store;
        store.origin = (request) =>
          request.url === "http://refused/" ? { response: -9, body: new Uint8Array() } : origin(request);
      },
    );
    expect(wasm).toEqual(js);
    const fetched = [{ status: 200, body: `body of ${url}` }, { refused: "transport" }, { slept: 10 }];
    const pairs = (...rows: [string, unknown][]) => rows;
    expect(js.outcomes).toEqual([
      {
        value: [
          null,
          null,
          null,
          null,
          6.5,
          4,
          null,
          null,
          false,
          true,
          { a: null, b: [1, "é"] },
          ["x", { y: [] }],
          pairs(["a", 6.5], ["fresh", 4], ["list", ["x", { y: [] }]]),
          pairs(["fresh", 4], ["z", 4]),
          3,
          pairs(["fresh", 5], ["z", 5]),
          2,
          0,
          true,
          false,
          1,
          pairs(["a", 7.5], ["list", ["x", { y: [] }]]),
        ],
      },
      { value: [...fetched, { tx: [null, null, 2, [1]] }, { undone: "abort" }, { tx: [] }] },
      { value: [...fetched, { tx: [null] }] },
    ]);
    expect(js.points).toEqual(["p1", "p2"]);
    expect(js.rows.cells).toEqual([
      ["a", 7.5],
      ["k", [1, 2]],
      ["list", ["x", { y: [] }]],
    ]);
    expect(js.rows.log?.map(([, row]) => (row as { token: string }).token)).toEqual(["reduced", "played"]);
  });

  test("observes a conflicting commit in both languages, and goes on", async () => {
    const { js, wasm } = await runBoth(
      "script",
      [play({ tx: [["put", "k", 1]] }, { tx: [["get", "k"]] }, { tx: [["put", "k", 2]] })],
      (store) => {
        store.conflicts = 1;
      },
    );
    expect(wasm).toEqual(js);
    expect(js.outcomes).toEqual([{ value: [{ undone: "conflict" }, { tx: [null] }, { tx: [null] }] }]);
    expect(js.rows.cells).toEqual([["k", 2]]);
  });

  test.each([
    [run(["put", "k", 1], ["abort"]), "aborted by the script"],
    [run(["put", "k", 1], ["point", "p"]), "a reducer's transaction has no points"],
    [run(["put", "k", 1], ["launch", 1]), "the script knows no operation named launch"],
    [run(["put", "k"]), "the operation lacks an operand"],
    [run(["get", 1]), "expected JSON of type string, found number"],
    [run(["put", "k", null], ["add", "k", 1]), "expected JSON of type number, found null"],
    [run(["put", "k", "text"], ["append", "k", 1]), "expected JSON of type array, found string"],
    [run([]), "the operation lacks an operand"],
    [play({ fail: "as planned" }), "as planned"],
    [play({ tx: [["put", "k", 1], ["jump"]] }), "the script knows no operation named jump"],
    [play({ jump: 1 }), "the script knows no step named jump"],
    [playBlocking({ fail: "as planned" }), "as planned"],
  ])("fails alike: %j", async (step, message) => {
    const { js, wasm } = await runBoth("script", [step]);
    expect(wasm).toEqual(js);
    expect(js.outcomes).toEqual([{ failed: message }]);
    expect(js.rows.cells).toEqual([]);
  });
});
