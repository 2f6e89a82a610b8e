/** Host calls that a guest makes from the end of its stack, where an engine may stop the host's own code at any call. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GuestFunction, guestSource, text } from "./guest.ts";
import { TestHost } from "./host.ts";

let host: TestHost;

beforeEach(async () => {
  host = await TestHost.start();
});

afterEach(() => host.stop());

/** Writes in transactions on the way back from the end of the stack, until 20 of them have committed. */
const body = `(host) => {
  let [committed, failed] = [0, 0];
  const write = () => {
    try {
      const begun = host.txBegin();
      // What the transaction before needed to end may not have been there.
      if (begun === -3) return host.txAbort();
      if (begun !== 0) throw new Error("the transaction was refused");
      if (host.tableInsert("log", "row " + committed, "1") !== 0) throw new Error("the row before is there");
      if (host.txCommit(null) !== 0) throw new Error("the commit was refused");
      committed += 1;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      failed += 1;
      host.txAbort();
    }
  };
  const dig = () => {
    try { dig(); } catch (error) { if (!(error instanceof RangeError)) throw error; }
    if (committed < 20) write();
  };
  dig();
  return { committed, failed };
}`;

test.each(["async", "sync"] as const)("transactions go on after host calls that found no stack: %s", async (mode) => {
  const dig: GuestFunction = { name: "dig", kind: "procedure", mode, body: mode === "async" ? `async ${body}` : body };
  const put: GuestFunction = {
    name: "put",
    kind: "reducer",
    params: [text("key")],
    body: `(host, { key }) => host.tableInsert("log", key, "1")`,
  };
  await host.connect("ts", guestSource({ functions: [dig, put] }));
  const seqs = Array.from({ length: 20 }, (_, index) => index + 2);
  const given = { committed: 20, failed: expect.any(Number) };
  expect(await host.call("put", { key: "before" })).toMatchObject({ outcome: "returned", value: 0, seqs: [1] });
  expect(await host.call("dig", {})).toMatchObject({ outcome: "returned", value: given, seqs });
  expect(await host.call("put", { key: "after" })).toMatchObject({ outcome: "returned", value: 0, seqs: [22] });
});
