/** The blocking path: synchronous procedures on pool Workers. */
import { expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";
import { type GuestFunction, guestSource, record, text } from "./guest.ts";

startForEach();

const blocking: GuestFunction = {
  name: "blocking",
  kind: "procedure",
  mode: "sync",
  params: [text("url")],
  body: `(host, { url }) => {
    const body = getSync(host, url);
    tx(host, () => append(host, body));
    return body;
  }`,
};

test("a synchronous procedure blocks nobody, and hands its response over", async () => {
  const module = await host.connect("ts", guestSource({ functions: [record, blocking] }));
  const held = host.call("blocking", { url: origin.url("/a") });
  const arrival = await origin.arrival("/a");
  expect(await host.call("record", { text: "r" })).toMatchObject({ seqs: [1] });
  expect(await host.request("quiesce", { module, outcomes: 0 })).toEqual({ outcomes: 0, fetchesInFlight: 1 });
  arrival.response.end("a");
  expect(await held).toEqual({ outcome: "returned", value: "a", seqs: [2] });
  expect(await host.request("quiesce", { module, outcomes: 1 })).toEqual({ outcomes: 1, fetchesInFlight: 0 });
});

test("four run side by side, and the fifth starts when one ends", async () => {
  const module = await host.connect("ts", guestSource({ functions: [blocking] }));
  const paths = ["/0", "/1", "/2", "/3", "/4"];
  const calls = paths.map((path) => host.call("blocking", { url: origin.url(path) }));
  const arrivals = await Promise.all(paths.slice(0, 4).map((path) => origin.arrival(path)));
  expect(await host.request("quiesce", { module, outcomes: 0 })).toEqual({ outcomes: 0, fetchesInFlight: 4 });
  expect(origin.order).toHaveLength(4);
  arrivals[2]?.response.end("2");
  expect(await calls[2]).toMatchObject({ value: "2" });
  await origin.release("/4", "4");
  expect(await calls[4]).toMatchObject({ value: "4" });
  for (const index of [3, 1, 0]) arrivals[index]?.response.end(String(index));
  expect((await Promise.all(calls)).map((result) => result.outcome)).toEqual(Array(5).fill("returned"));
});

test("a large body and a refusal reach a synchronous procedure", async () => {
  const length: GuestFunction = {
    name: "length",
    kind: "procedure",
    mode: "sync",
    params: [text("url")],
    body: `(host, { url }) => {
      const handle = host.fetch(JSON.stringify({ url }), null);
      if (handle < 0) return [handle, host.message()];
      const bytes = host.takeBody(handle);
      return [bytes.length, bytes.reduce((sum, byte) => (sum + byte) % 251, 0), host.takeBody(handle)];
    }`,
  };
  await host.connect("ts", guestSource({ functions: [length] }));
  const body = Uint8Array.from({ length: 8 << 20 }, (_, index) => index % 253);
  const call = host.value("length", { url: origin.url("/big") });
  await origin.release("/big", body);
  expect(await call).toEqual([body.length, body.reduce((sum, byte) => (sum + byte) % 251, 0), -11]);
  const reset = host.value<[number, string]>("length", { url: origin.url("/reset?secret=1") });
  (await origin.arrival("/reset?secret=1")).request.socket.destroy();
  const [code, message] = await reset;
  expect(code).toBe(-9);
  expect(message).not.toContain("secret");
});

test("a promise from a synchronous procedure is refused, and its continuation writes nothing", async () => {
  const functions: GuestFunction[] = [
    record,
    {
      name: "promise",
      kind: "procedure",
      mode: "sync",
      params: [],
      body: `(host) => Promise.resolve().then(() => { codes.push(host.txBegin()); })`,
    },
    { name: "thenable", kind: "procedure", mode: "sync", params: [], body: "() => ({ then() {} })" },
    { name: "codes", kind: "procedure", mode: "sync", params: [], body: "() => codes" },
  ];
  const module = await host.connect("ts", guestSource({ top: "const codes = [];", functions }));
  for (const name of ["promise", "thenable"]) {
    expect(await host.call(name)).toMatchObject({ outcome: "failed", error: { category: "promise-from-sync" } });
  }
  expect(await host.value("codes")).toEqual([-11]);
  expect(await host.rows(module, "log")).toEqual([]);
});

test("transactions of the lane and of the pool exclude each other and lose no update", async () => {
  const bump: GuestFunction = {
    name: "bump",
    kind: "reducer",
    params: [],
    body: `(host) => { const n = JSON.parse(must(host, host.tableGet("log", "n"))); must(host, host.tableUpdate("log", "n", String(n + 1))); }`,
  };
  const many: GuestFunction = {
    name: "many",
    kind: "procedure",
    mode: "sync",
    params: [],
    body: `(host) => {
      for (let turn = 0; turn < 50; turn += 1) tx(host, () => {
        const n = JSON.parse(must(host, host.tableGet("log", "n")));
        must(host, host.tableUpdate("log", "n", String(n + 1)));
      });
    }`,
  };
  const async: GuestFunction = { ...many, name: "manyAsync", mode: "async", body: `async ${many.body}` };
  const init = `(host) => { must(host, host.tableInsert("log", "n", "0")); }`;
  const module = await host.connect("ts", guestSource({ hooks: { init }, functions: [bump, many, async] }));
  const calls = [];
  for (let turn = 0; turn < 8; turn += 1) {
    calls.push(host.call("many"), host.call("manyAsync"));
    for (let index = 0; index < 25; index += 1) calls.push(host.call("bump"));
  }
  const results = await Promise.all(calls);
  expect(results.filter(({ outcome }) => outcome !== "returned")).toEqual([]);
  expect(await host.rows(module, "log")).toEqual([["n", 8 * (50 + 50 + 25)]]);
  const seqs = results.flatMap((result) => result.seqs).sort((one, other) => one - other);
  // `init` has committed as 1.
  expect(seqs).toEqual(Array.from({ length: 1000 }, (_, index) => index + 2));
});
