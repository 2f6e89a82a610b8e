/** The lane: turn order, stepping, quiescence. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetchThenRecord, guestSource, record, text } from "./guest.ts";
import { TestHost } from "./host.ts";
import { Origin } from "./origin.ts";

let host: TestHost;
let origin: Origin;

beforeEach(async () => {
  origin = await Origin.start();
  host = await TestHost.start({ allow: [origin.address] });
});

afterEach(async () => {
  await host.stop();
  await origin.stop();
});

const values = async (module: string) => (await host.rows(module, "log")).map(([, row]) => row);

test("a reducer overtakes a held procedure", async () => {
  const module = await host.connect("ts", guestSource({ functions: [record, fetchThenRecord] }));
  const held = host.call("fetchThenRecord", { url: origin.url("/a") });
  const arrival = await origin.arrival("/a");
  expect(await host.call("record", { text: "r" })).toEqual({ outcome: "returned", value: null, seqs: [1] });
  arrival.response.end("a");
  expect(await held).toEqual({ outcome: "returned", value: "a", seqs: [2] });
  expect(await values(module)).toEqual(["r", "a"]);
});
