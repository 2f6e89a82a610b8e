/** Calls that have to be ended, and what that does to the others. */
import { expect, test } from "vitest";
import { host, origin, restart, startForEach } from "./each.ts";
import { fetchThenRecord, type GuestFunction, guestSource, record, text } from "./guest.ts";
import { runtime } from "./host.ts";

startForEach({ budget: 300 });

const procedure = (name: string, body: string, mode: "async" | "sync" = "async"): GuestFunction => ({
  name,
  kind: "procedure",
  mode,
  params: [],
  body,
});

const commitThenFetch: GuestFunction = {
  ...fetchThenRecord,
  name: "commitThenFetch",
  body: `async (host, { url }) => { tx(host, () => append(host, "first")); return (await get(host, url)).body; }`,
};

const loops: GuestFunction[] = [
  { name: "loopReducer", kind: "reducer", params: [], body: `(host) => { append(host, "lost"); for (;;); }` },
  procedure("loopTurn", `async (host) => { tx(host, () => append(host, "kept")); for (;;); }`),
  procedure("loopMicrotasks", "async () => { for (;;) await 0; }"),
  procedure("loopArrays", "async () => { let a; for (;;) a = new Array(1000); }"),
];

test.each(loops)("$name is stopped; the others are lost retryably, and rows stay", async ({ name }) => {
  const functions = [record, fetchThenRecord, commitThenFetch, ...loops];
  const module = await host.connect("ts", guestSource({ functions }));
  await host.value("record", { text: "row" });
  const silent = host.call("fetchThenRecord", { url: origin.url("/a") });
  const spoken = host.call("commitThenFetch", { url: origin.url("/b") });
  const arrivals = [await origin.arrival("/a"), await origin.arrival("/b")];
  const culprit = host.call(name);
  // Submitted behind the culprit, it has not begun: it runs on the new lane.
  const after = host.call("record", { text: "after" });
  const quiet = host.request("quiesce", { module, outcomes: 2 });
  const kept = name === "loopTurn" ? [3] : [];
  expect(await culprit).toMatchObject({ error: { category: "budget", function: name }, seqs: kept });
  expect(await silent).toMatchObject({ error: { category: "lane-lost" }, seqs: [] });
  expect(await spoken).toMatchObject({ error: { category: "lane-lost" }, seqs: [2] });
  expect(await after).toMatchObject({ outcome: "returned" });
  expect(await quiet).toEqual({ outcomes: 2, fetchesInFlight: 0 });
  await Promise.all(arrivals.map(({ closed }) => closed));
  const rows = (await host.rows(module, "log")).map(([, row]) => row);
  expect(rows).toEqual(["row", "first", ...(kept.length > 0 ? ["kept"] : []), "after"]);
});

test("a loop on the blocking path ends that call alone, and frees its transaction", async () => {
  const functions = [
    record,
    fetchThenRecord,
    procedure("loopSync", `(host) => { host.txBegin(); host.log(1, "open"); for (;;); }`, "sync"),
    procedure("plainSync", "() => 1", "sync"),
  ];
  const module = await host.connect("ts", guestSource({ functions }));
  const held = host.call("fetchThenRecord", { url: origin.url("/a") });
  const arrival = await origin.arrival("/a");
  const loop = host.call("loopSync");
  await host.logged(({ message }) => message === "open");
  // The reducer finds the transaction open and waits at the front of its queue.
  const waiting = host.call("record", { text: "waited" });
  expect(await loop).toMatchObject({ error: { category: "budget" }, seqs: [] });
  expect(await waiting).toMatchObject({ outcome: "returned", seqs: [1] });
  expect(await host.call("plainSync")).toMatchObject({ value: 1 });
  arrival.response.end("a");
  expect(await held).toMatchObject({ value: "a" });
  expect(await host.rows(module, "log")).toHaveLength(2);
});

test("a procedure waits for a transaction of the blocking path inside its turn, and is not ended for it", async () => {
  const functions = [
    procedure("loopSync", `(host) => { host.txBegin(); host.log(1, "open"); for (;;); }`, "sync"),
    procedure("begins", `async (host) => tx(host, () => append(host, "x"))`),
  ];
  await host.connect("ts", guestSource({ functions }));
  const loop = host.call("loopSync");
  await host.logged(({ message }) => message === "open");
  const begins = host.call("begins");
  expect(await loop).toMatchObject({ error: { category: "budget" } });
  expect(await begins).toMatchObject({ outcome: "returned", seqs: [1] });
});

test("a procedure that can never end is stalled, also after a turn of its own", async () => {
  const never = procedure("never", "async () => new Promise(() => {})");
  const later: GuestFunction = {
    ...never,
    name: "later",
    params: [text("url")],
    body: "async (host, { url }) => { await get(host, url); await new Promise(() => {}); }",
  };
  const module = await host.connect("ts", guestSource({ functions: [never, later, fetchThenRecord] }));
  const held = host.call("fetchThenRecord", { url: origin.url("/held") });
  expect(await host.call("never")).toMatchObject({ error: { category: "stalled" } });
  const call = host.call("later", { url: origin.url("/a") });
  await origin.release("/a");
  expect(await call).toMatchObject({ error: { category: "stalled" } });
  await origin.release("/held", "h");
  expect(await held).toMatchObject({ value: "h" });
  expect(await host.request("stats")).toMatchObject({ modules: [{ module, callsInFlight: 0 }] });
});

// The other runtimes do not bound the heap of a Worker.
test.skipIf(runtime !== "node")("a guest that uses up the heap is ended, and the lane is rebuilt", async () => {
  await restart({ budget: 60_000 });
  const hoard = procedure("hoard", "async () => { for (;;) kept.push(new Array(1000).fill(kept.length)); }");
  const module = await host.connect(
    "ts",
    guestSource({ top: "const kept = [];", functions: [record, hoard, fetchThenRecord] }),
  );
  await host.value("record", { text: "row" });
  const held = host.call("fetchThenRecord", { url: origin.url("/a") });
  await origin.arrival("/a");
  expect(await host.call("hoard")).toMatchObject({ error: { category: "memory" } });
  expect(await held).toMatchObject({ error: { category: "lane-lost" } });
  await host.value("record", { text: "next" });
  expect(await host.rows(module, "log")).toHaveLength(2);
});

test("modules are separate: a loop in one reaches nobody in the other", async () => {
  await host.connect("ts", guestSource({ functions: loops }), "k");
  const other = await host.connect("ts", guestSource({ functions: [record] }), "other");
  const culprit = host.call("loopReducer");
  expect(await host.call("record", { text: "x" }, { connection: "other" })).toMatchObject({ seqs: [1] });
  expect(await host.rows(other, "log")).toHaveLength(1);
  expect(await culprit).toMatchObject({ error: { category: "budget" } });
});
