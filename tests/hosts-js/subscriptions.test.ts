/** What subscribers of a table are told. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GuestFunction, guestSource } from "./guest.ts";
import { TestHost } from "./host.ts";

let host: TestHost;
let module: string;

const write: GuestFunction = {
  name: "write",
  kind: "reducer",
  params: [
    { name: "writes", type: "json" },
    { name: "fail", type: "boolean" },
  ],
  body: `(host, { writes, fail }) => {
    for (const [how, table, key, row] of writes) must(host, host["table" + how](table, key, JSON.stringify(row)));
    if (fail) throw new Error("undone");
  }`,
};
const writeSync: GuestFunction = {
  name: "writeSync",
  kind: "procedure",
  mode: "sync",
  params: [{ name: "row", type: "json" }],
  body: `(host, { row }) => tx(host, () => must(host, host.tableInsert("log", "sync", JSON.stringify(row))))`,
};

beforeEach(async () => {
  host = await TestHost.start();
  module = await host.connect("ts", guestSource({ tables: ["log", "other"], functions: [write, writeSync] }));
});

afterEach(() => host.stop());

const commit = (writes: unknown[], fail = false) => host.call("write", { writes, fail });
const subscribe = (subscription: string, table = "log") =>
  host.request("table/subscribe", { module, table, subscription });

test("a subscriber is told whole commits in order, before their results, and nothing of what was undone", async () => {
  await commit([["Insert", "log", "a", { 10: 1, 9: 2 }]]);
  expect(await subscribe("s")).toEqual({ rows: [["a", { 9: 2, 10: 1 }]], seq: 1 });
  await commit([
    ["Insert", "log", "c", 1],
    ["Insert", "log", "b", null],
    ["Insert", "other", "x", 1],
  ]);
  expect(host.changes).toEqual([
    {
      subscription: "s",
      seq: 2,
      changes: [
        ["b", null],
        ["c", 1],
      ],
    },
  ]);
  await commit([["Insert", "log", "d", 1]], true);
  await commit([["Insert", "other", "y", 1]]);
  await commit([["Update", "log", "a", { 9: 2, 10: 1 }]]);
  await commit([
    ["Delete", "log", "a"],
    ["Update", "log", "b", 2],
    ["Insert", "log", "e", 1],
    ["Delete", "log", "e"],
  ]);
  expect(await host.call("writeSync", { row: "r" })).toMatchObject({ seqs: [6] });
  expect(host.changes.slice(1)).toEqual([
    {
      subscription: "s",
      seq: 5,
      changes: [
        ["a", null],
        ["b", 2],
      ],
    },
    { subscription: "s", seq: 6, changes: [["sync", "r"]] },
  ]);
});

test("subscriptions are each for themselves, and end", async () => {
  await subscribe("first");
  await subscribe("other", "other");
  await commit([["Insert", "log", "a", 1]]);
  await subscribe("second");
  await commit([
    ["Insert", "log", "b", 1],
    ["Insert", "other", "b", 1],
  ]);
  expect(host.changes.map(({ subscription, seq }) => [subscription, seq])).toEqual([
    ["first", 1],
    ["first", 2],
    ["other", 2],
    ["second", 2],
  ]);
  for (const subscription of ["first", "second"]) await host.request("table/unsubscribe", { subscription });
  await commit([
    ["Insert", "log", "c", 1],
    ["Insert", "other", "c", 1],
  ]);
  expect(host.changes.slice(4)).toEqual([{ subscription: "other", seq: 3, changes: [["c", 1]] }]);
  await expect(host.request("table/unsubscribe", { subscription: "first" })).rejects.toMatchObject({ code: -32001 });
  await expect(subscribe("none", "none")).rejects.toMatchObject({ code: -32001 });
  await expect(subscribe("other")).rejects.toMatchObject({ code: -32004 });
});
