/** Fetches that their guest aborts. */
import { expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";
import { type GuestFunction, guestSource, text } from "./guest.ts";

startForEach();

/** Fetches `victim` and `other` with signals 1 and 2, and `trigger` without; then aborts 1, and fetches `late` with it. */
const aborts: GuestFunction = {
  name: "aborts",
  kind: "procedure",
  mode: "async",
  params: [text("victim"), text("other"), text("trigger"), text("late")],
  body: `async (host, { victim, other, trigger, late }) => {
    const order = [];
    const note = (name) => (handle) => {
      order.push(name);
      return handle < 0 ? [handle, host.message()] : JSON.parse(host.takeHead(handle)).status;
    };
    const fetch = (url, signal) => host.fetch(JSON.stringify({ url }), null, signal);
    const ends = [fetch(victim, 1).then(note("victim")), fetch(other, 2).then(note("other"))];
    await fetch(trigger).then(note("trigger"));
    const answer = host.abortFetch(1);
    const refused = fetch(late, 1);
    const again = host.abortFetch(1);
    order.push("aborted");
    return { answer, refused, again, ends: await Promise.all(ends), order };
  }`,
};
const urls = () =>
  Object.fromEntries(["victim", "other", "trigger", "late"].map((name) => [name, origin.url(`/${name}`)]));
const message = "the fetch was aborted by its guest";

test("a pending fetch ends in a turn of its own and its connection is closed; others are left alone", async () => {
  await host.connect("ts", guestSource({ functions: [aborts] }));
  const call = host.value("aborts", urls());
  const [victim, other] = [await origin.arrival("/victim"), await origin.arrival("/other")];
  await origin.release("/trigger");
  await victim.closed;
  other.response.end();
  expect(await call).toEqual({
    answer: 0,
    refused: -15,
    again: 0,
    ends: [[-15, message], 200],
    order: ["trigger", "aborted", "victim", "other"],
  });
  expect(origin.order.toSorted()).toEqual(["/other", "/trigger", "/victim"]);
});

test("the guest's turn decides, not the network: an outcome in the queue becomes the abort", async () => {
  const module = await host.connect("ts", guestSource({ functions: [aborts] }));
  const call = host.value("aborts", urls());
  const arrivals = [];
  for (const path of ["/trigger", "/victim", "/other"]) arrivals.push(await origin.arrival(path));
  await host.request("lane/pause", { module });
  for (const [index, { response }] of arrivals.entries()) {
    response.end();
    await host.request("quiesce", { module, outcomes: index + 1 });
  }
  await host.request("lane/resume", { module });
  expect(await call).toMatchObject({ ends: [[-15, message], 200], order: ["trigger", "aborted", "victim", "other"] });
});

test.each(["0", "1.5", "-1", '"1"', "NaN"])("the signal %s is refused", async (signal) => {
  const refused: GuestFunction = {
    name: "refused",
    kind: "procedure",
    mode: "sync",
    params: [text("url")],
    body: `(host, { url }) => [host.fetch(JSON.stringify({ url }), null, ${signal}), host.abortFetch(${signal})]`,
  };
  await host.connect("ts", guestSource({ functions: [refused] }));
  expect(await host.value("refused", { url: origin.url("/a") })).toEqual([-7, -7]);
  expect(origin.order).toEqual([]);
});

test("on the blocking path a signal is aborted before its fetch or not at all", async () => {
  const sync: GuestFunction = {
    name: "sync",
    kind: "procedure",
    mode: "sync",
    params: [text("url")],
    body: `(host, { url }) => {
      const fetch = (signal) => host.fetch(JSON.stringify({ url }), null, signal);
      host.abortFetch(1);
      return [fetch(1), fetch(2) >= 0];
    }`,
  };
  await host.connect("ts", guestSource({ functions: [sync] }));
  const call = host.value("sync", { url: origin.url("/a") });
  await origin.release("/a");
  expect(await call).toEqual([-15, true]);
});
