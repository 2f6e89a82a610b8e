import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Door } from "../../conformance/origin/door.ts";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";

let origin: GatedOrigin;
let door: Door;
beforeAll(async () => {
  origin = await GatedOrigin.start();
  door = await Door.open(origin);
});
afterAll(async () => {
  await door.close();
  await origin.stop();
});

test("what comes through the door arrives once the door reads it, and not before", async () => {
  const session = origin.session();
  const gate = session.gate("a");
  const sent = request(door.through(gate.url), { agent: false });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    sent.on("response", (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    sent.on("error", reject);
  });
  sent.end();
  await door.accepted;
  expect(gate.state).toBe("waiting");
  expect(session.log).toEqual([]);
  const read = door.read();
  await gate.arrived;
  await gate.release({ status: 204 });
  expect(await answered).toBe(204);
  await read;
});

test("a client that has gone leaves the end of its connection, or a request that is closed at once", async () => {
  const session = origin.session();
  const gate = session.gate("b");
  const sent = request(door.through(gate.url), { agent: false });
  sent.on("error", () => {});
  sent.end();
  await door.accepted;
  const gone = new Promise((resolve) => sent.on("close", resolve));
  sent.destroy();
  await gone;
  await door.read();
  expect(["waiting", "closed"]).toContain(gate.state);
});
