/** How the host ends. */
import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { host, origin, startForEach } from "./each.ts";
import { fetchThenRecord, type GuestFunction, guestSource, record } from "./guest.ts";

startForEach();

const blocked: GuestFunction = {
  ...fetchThenRecord,
  name: "blocked",
  mode: "sync",
  body: "(host, { url }) => getSync(host, url)",
};
const loop: GuestFunction = {
  name: "loop",
  kind: "procedure",
  mode: "async",
  params: [],
  body: `async (host) => { host.log(1, "looping"); for (;;); }`,
};

const ways: [string, () => Promise<unknown> | undefined][] = [
  ["shutdown", () => host.request("shutdown")],
  ["the end of its input", () => void host.process.stdin?.end()],
  ["SIGTERM", () => void host.process.kill("SIGTERM")],
  ["SIGINT", () => void host.process.kill("SIGINT")],
];

test.each(ways)("%s fails held calls as shutdown and ends the process with 0", async (_, end) => {
  await host.connect("ts", guestSource({ functions: [record, fetchThenRecord, blocked, loop] }));
  await host.value("record", { text: "x" });
  const held = [
    host.call("fetchThenRecord", { url: origin.url("/a") }),
    host.call("blocked", { url: origin.url("/b") }),
  ];
  const arrivals = [await origin.arrival("/a"), await origin.arrival("/b")];
  const looping = host.call("loop");
  await host.logged(({ message }) => message === "looping");
  const queued = host.call("record", { text: "queued" });
  expect(readdirSync(host.folder).filter((name) => name.startsWith("evenlane-js-"))).toHaveLength(1);
  const ended = end();
  for (const call of [...held, looping, queued]) {
    expect(await call).toMatchObject({ outcome: "failed", error: { category: "shutdown" }, seqs: [] });
  }
  if (ended !== undefined) expect(await ended).toEqual({});
  expect(await host.exited).toBe(0);
  await Promise.all(arrivals.map(({ closed }) => closed));
  expect(existsSync(`/proc/${host.process.pid}`)).toBe(false);
  expect(readdirSync(host.folder).filter((name) => name.startsWith("evenlane-js-"))).toEqual([]);
});
