/** What the kit finds out after a silence: whether one held request held up another call. Real requests at a real origin. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { History } from "../../conformance/history/history.ts";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import { heldUp } from "../../conformance/run/held-up.ts";

let origin: GatedOrigin;
beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

const patience = 200;

/** Two calls, the first of which has its request at the origin; `then` is what its response sets off. */
async function silence(then: (second: string, history: History) => unknown) {
  const history = new History();
  const session = origin.session((event) => history.add({ kind: "origin", event }));
  const [first, second] = [session.gate("first"), session.gate("second")];
  for (const [call, { url }] of Object.entries({ c1: first, c2: second })) {
    history.add({ kind: "submit", call, connection: "alice", function: "fetchThenRecord", args: { url } });
  }
  const response = fetch(first.url).then((answer) => answer.text());
  const settled = response.then(() => then(second.url, history));
  await first.arrived;
  const found = await heldUp(session, history, patience);
  await settled;
  session.end();
  return found;
}

test("a request of another call that comes only after a response was let go tells that fetches hold each other up", async () => {
  const pending: Promise<unknown>[] = [];
  const found = await silence((url) => {
    pending.push(fetch(url).catch(() => {}));
  });
  expect(found?.reason).toBe("not-concurrent");
  expect(found?.message).toContain("while the request at first was held");
  expect(found?.evidence.join("\n")).toMatch(/release first[\s\S]*arrive/);
  await Promise.all(pending);
});

test("so does another call's result", async () => {
  const found = await silence((_, history) => {
    history.add({ kind: "result", call: "c2", result: { outcome: "returned", value: null, seqs: [] } });
  });
  expect(found?.message).toContain("result c2");
});

test("that the call itself goes on tells nothing", async () => {
  const found = await silence((_, history) => {
    history.add({ kind: "result", call: "c1", result: { outcome: "returned", value: null, seqs: [] } });
  });
  expect(found).toBeUndefined();
});

test("where nothing is held, nothing is let go", async () => {
  const history = new History();
  const session = origin.session(() => {});
  expect(await heldUp(session, history, patience)).toBeUndefined();
  session.end();
});
