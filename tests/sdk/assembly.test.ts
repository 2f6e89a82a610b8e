import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { compileAssemblyScript } from "../../modules/compile/assemblyscript.ts";
import { modules, root } from "../../modules/compile/paths.ts";
import { hardBytes, json } from "./arbitraries.ts";
import { ok, Refusal, Store } from "./store.ts";
import { sfc32Vectors, utf8Vectors } from "./vectors.ts";
import { CallEnded, WasmGuest } from "./wasm-host.ts";

let module: WebAssembly.Module;

beforeAll(async () => {
  const folder = join(root, "build/tests");
  const file = join(folder, "sdk.wasm");
  mkdirSync(folder, { recursive: true });
  await compileAssemblyScript(join(modules, "sdk/as/tests/guest.ts"), file);
  module = new WebAssembly.Module(readFileSync(file));
}, 180_000);

const newStore = () => new Store(["log", "sequences"]);

/** Runs one procedure on an instance of its own. */
function run(name: string, args: object | string = {}, store = newStore()): Promise<unknown> {
  return new WasmGuest(module, store).call(name, typeof args === "string" ? args : JSON.stringify(args));
}

/** How the host was told that a call ends. */
async function endOf(call: Promise<unknown>): Promise<[number | "abort", string]> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof CallEnded)) throw error ?? new Error("the call did not fail");
  return [error.code, error.message];
}

test("imports come from evenlane_1 alone, and nothing but the ABI is exported", () => {
  expect(new Set(WebAssembly.Module.imports(module).map((each) => each.module))).toEqual(new Set(["evenlane_1"]));
  expect(
    WebAssembly.Module.exports(module)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["call", "describe", "memory"]);
});

describe("JSON", () => {
  test("of any value comes back as it went in", async () => {
    const guest = new WasmGuest(module, newStore());
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        expect(await guest.call("echo", JSON.stringify({ value }))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("numbers are read to the nearest float, and written so that they are read as the same", async () => {
    const guest = new WasmGuest(module, newStore());
    const same = async (text: string) => {
      const value = JSON.parse(text);
      const got = await guest.call("echo", `{"value":${text}}`);
      if (got !== value) throw new Error(`${text} is ${value}, and came back as ${got}`);
    };
    const finite = (text: string) => Number.isFinite(Number(text));
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[1-9][0-9]{0,${max}}$`));
    const decimals = fc
      .tuple(digits(40), fc.stringMatching(/^[0-9]{1,40}$/), fc.integer({ min: -380, max: 300 }))
      .map(([whole, fraction, exponent]) => `-${whole}.${fraction}e${exponent}`);
    const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value));
    await fc.assert(fc.asyncProperty(doubles, same), { numRuns: 1000 });
    await fc.assert(fc.asyncProperty(decimals.filter(finite), same), { numRuns: 1000 });
    // Halfway between two floats, in full: a hair above and below decides.
    const halfway = fc.tuple(fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 2n }), fc.integer({ min: 0, max: 900 }));
    await fc.assert(
      fc.asyncProperty(halfway, async ([significand, exponent]) => {
        const half = (significand * 2n + 1n) << BigInt(exponent);
        for (const integer of [half - 1n, half, half + 1n]) await same(String(integer));
        for (const tail of ["0", "0001"]) await same(`${half}.${tail}`);
      }),
    );
    for (const text of [
      "0",
      "-0",
      "0.0e10",
      "5e-324",
      "2.4703282292062327e-324",
      "2.4703282292062328e-324",
      "2e-324",
      "2.2250738585072011e-308",
      "2.2250738585072014e-308",
      "1.7976931348623157e308",
      "9007199254740993",
      "1e23",
      "8.5e-1000000000000",
      `0.${"0".repeat(400)}1e401`,
      `1${"0".repeat(900)}e-900`,
      `0.${"9".repeat(1200)}`,
    ]) {
      await same(text);
    }
    expect(await endOf(run("echo", '{"value":1e400}'))).toEqual([
      -7,
      "the result of echo is Infinity, which JSON cannot express",
    ]);
  });

  test.each([
    '"a',
    "[1,]",
    "{,}",
    '{"a" 1}',
    "01",
    "1.",
    ".5",
    "1e",
    "-",
    "nul",
    "1 2",
    '"\\x"',
    '"\\u12g4"',
    '"\n"',
    "",
  ])("%j is refused", async (text) => {
    expect((await endOf(run("parse", { text })))[0]).toBe("abort");
  });

  test("all that JSON allows is read", async () => {
    const text =
      ' { "a" : [ true , false , null , -1.5E+2 ] , "\\u0061" : "\\"\\\\\\/\\b\\f\\n\\r\\t\\ud83d\\ude00" }\r\n\t';
    expect(await run("parse", { text })).toEqual(JSON.parse(text));
  });

  test("a lone surrogate is refused where it goes out", async () => {
    expect(await endOf(run("echo", '{"value":{"a":["\\udc00"]}}'))).toEqual([
      -7,
      "the result of echo.a[0] is a string with a lone surrogate, which JSON cannot express",
    ]);
  });
});

test("a reducer may give a result", async () => {
  const store = newStore();
  store.begin();
  expect(await run("reduce", { n: 1 }, store)).toBe(2);
  expect(store.rows("log")).toEqual([["reduced", 1]]);
});

test("a reducer schedules, takes numbers of sequences and makes UUIDs", async () => {
  const store = newStore();
  store.begin();
  const ids = ["01900000-0000-7000-8000-000000000001", "01900000-0000-7000-8000-000000000002"];
  expect(await run("tools", {}, store)).toEqual([1, 2, 1, ...ids]);
  expect(store.scheduled).toEqual([["reduce", { n: 1 }, 7.5, 10]]);
  expect(store.rows("sequences")).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
});

test("a transaction has a time of its own, as long as it is open", async () => {
  expect(await run("txTime", { late: false })).toBe(1);
  expect((await endOf(run("txTime", { late: true })))[0]).toBe(-11);
});

test("a procedure submits reducers; what is refused is a code, or ends the call", async () => {
  const store = newStore();
  expect(await run("submit", { reducer: "reduce" }, store)).toBe(-3);
  expect(store.submitted).toEqual([["reduce", { n: 2 }]]);
  expect(await endOf(run("submit", { reducer: "none" }))).toEqual([-7, "no reducer none"]);
});

test("arguments come as they are", async () => {
  expect(await run("types", { s: "é", n: 1.5, b: true, l: ["x", ""] })).toEqual(["é", 1.5, "yes", ["x", ""]]);
});

test.each(sfc32Vectors)("random numbers of the seed $seed", async ({ seed, results }) => {
  const store = newStore();
  store.context.seed = seed;
  expect(await run("random", { count: results.length }, store)).toEqual(results.map((result) => result / 2 ** 32));
});

describe("a fetch", () => {
  test("gives text as the Encoding standard decodes it", async () => {
    const store = newStore();
    const guest = new WasmGuest(module, store);
    const same = async (bytes: Uint8Array) => {
      store.origin = ({ url }) => ok(url, bytes);
      expect(await guest.call("bodyText", '{"url":"http://a/"}')).toBe(new TextDecoder().decode(bytes));
    };
    for (const bytes of utf8Vectors) await same(Uint8Array.from(bytes));
    await fc.assert(fc.asyncProperty(fc.oneof(fc.uint8Array(), hardBytes), same));
  });

  test("sends its request and gives the whole response", async () => {
    const store = newStore();
    const headers: [string, string][] = [
      ["set-cookie", "a=1"],
      ["x", "y"],
      ["set-cookie", "b=2"],
    ];
    const response = { status: 404, statusText: "None", headers, url: "http://b/" };
    store.origin = () => ({ response, body: new Uint8Array() });
    expect(await run("post", { url: "http://a/", body: "é" }, store)).toEqual({
      status: 404,
      statusText: "None",
      ok: false,
      url: "http://b/",
      joined: "a=1, b=2",
      fields: 3,
      none: true,
    });
    const sent = {
      url: "http://a/",
      method: "POST",
      headers: [
        ["x-a", "1"],
        ["x-a", "2"],
      ],
    };
    expect(store.requests).toEqual([{ ...sent, body: new Uint8Array([0xc3, 0xa9]) }]);
  });

  test("that fails is a result to test, and ends the call where its response is used or accepted", async () => {
    const store = newStore();
    store.origin = () => ({ response: -9, body: new Uint8Array() });
    expect(await run("refusedFetch", { url: "http://a/" }, store)).toEqual([-9, "transport", "the fetch failed"]);
    expect(await endOf(run("acceptedFetch", { url: "http://a/" }, store))).toEqual([-9, "the fetch failed"]);
    expect(await endOf(run("bodyText", { url: "http://a/" }, store))).toEqual([-9, "the fetch failed"]);
  });

  test("whose body is no JSON ends the call with what is wrong", async () => {
    const message = "unexpected b at position 0 of the JSON text";
    expect(await endOf(run("bodyJson", { url: "http://a/" }))).toEqual(["abort", message]);
  });
});

test("what lives across a suspended fetch survives the collector, in instances that are suspended side by side", async () => {
  const store = newStore();
  const release: (() => void)[] = [];
  let arrived: () => void;
  const allArrived = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  store.origin = ({ url }) =>
    new Promise((resolve) => {
      release.push(() => resolve(ok(url, `body of ${url}`)));
      if (release.length === 3) arrived();
    });
  const urls = ["http://a/1", "http://a/2", "http://a/3"];
  const calls = urls.map((url) => run("churn", { url, rounds: 3000 }, store));
  await allArrived;
  for (const each of release.reverse()) each();
  for (const [i, result] of (await Promise.all(calls)).entries()) {
    expect(result).toMatchObject({ intact: 1000, body: `body of ${urls[i]}` });
    // A page has 64 KiB; the garbage of all rounds together is some ten times as much.
    expect((result as { pages: number }).pages).toBeLessThan(160);
  }
});

describe("a transaction", () => {
  test("closes its handles, also while another is open", async () => {
    for (const committed of [true, false]) {
      for (const another of [true, false]) {
        const store = newStore();
        expect(await endOf(run("closed", { committed, another }, store))).toEqual([
          -11,
          "the transaction that this handle belongs to has ended",
        ]);
        expect(store.rows("log")).toEqual([]);
      }
    }
  });

  test("closes its handles at the end of the call, where the instance runs another", async () => {
    for (const leak of ["leak", "leakFromReducer"]) {
      const store = newStore();
      const guest = new WasmGuest(module, store);
      await guest.call(leak, "{}");
      store.abort();
      expect((await endOf(guest.call("useLeaked", "{}")))[0]).toBe(-11);
    }
  });

  test("is undone by abort", async () => {
    const store = newStore();
    expect(await run("abort", {}, store)).toBeNull();
    expect([store.rows("log"), store.isOpen]).toEqual([[], false]);
  });

  test("whose commit conflicts has ended: the refusal is a result to test, or ends the call", async () => {
    const store = newStore();
    store.conflicts = 1;
    const conflict = [false, -12, "conflict", "the commit conflicted"];
    expect(await run("commitTwice", {}, store)).toEqual([...conflict, true, 0]);
    expect(store.rows("log")).toEqual([["second", "text"]]);
    store.conflicts = 2;
    expect(await endOf(run("commit", {}, store))).toEqual([-12, "the commit conflicted"]);
    expect((await endOf(run("useAfterConflict", {}, store)))[0]).toBe(-11);
    expect([store.rows("log"), store.points]).toEqual([[["second", "text"]], []]);
  });

  test("tells the host of its points; one that is refused ends the call", async () => {
    const store = newStore();
    await run("point", { name: "höre" }, store);
    expect(store.points).toEqual(["höre"]);
    const other = newStore();
    other.pointRefusal = new Refusal(-14, "the call was cancelled");
    expect(await endOf(run("point", { name: "p" }, other))).toEqual([-14, "the call was cancelled"]);
  });

  test.each([null, 0, "text", [1, {}], { a: 1 }])("holds the row %j as it is", async (row) => {
    expect(await run("anyRow", { row })).toEqual([true, false, row, row]);
  });

  test("scans ranges and prefixes in order of code points, and gives codes for what is not there", async () => {
    const prefixed = [["a\u{10ffff}", "a\u{10ffff}b"], ["a\ud7ff"], []];
    expect(await run("tables")).toEqual([-5, ...prefixed, 8, 2, "deleted", "absent", "absent"]);
    expect(await endOf(run("absentUpdate"))).toEqual([-1, "no row none"]);
  });
});
