import { request } from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatedOrigin } from "../../conformance/origin/gated-origin.ts";
import { ForbiddenListener } from "../../conformance/origin/neighbours.ts";
import { ask, dial } from "./client.ts";

let origin: GatedOrigin;
beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

/** The status of a fetch from the server that nobody trusts, by a client that is told to trust it or not. */
function secure(path: string, rejectUnauthorized: boolean): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `https://${origin.neighbours.untrusted}${path}`,
      { rejectUnauthorized, agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

test("the only fault of the untrusted server's certificate is who signed it", async () => {
  await expect(secure("/careful", true)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  expect(origin.neighbours.wasTrustedWith("/careful")).toBe(false);
  expect(await secure("/careless", false)).toBe(200);
  expect(origin.neighbours.wasTrustedWith("/careless")).toBe(true);
});

test("nobody listens where nobody should", async () => {
  await expect(dial(origin.neighbours.nobody)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a forbidden listener counts who came, and not itself", async () => {
  const forbidden = await ForbiddenListener.open();
  try {
    expect(await forbidden.visits()).toBe(0);
    const visitor = await dial(`127.0.0.1:${forbidden.port}`);
    expect(await forbidden.visits()).toBe(1);
    visitor.destroy();
    expect(await forbidden.visits()).toBe(1);
  } finally {
    await forbidden.close();
  }
});

test("hosts are allowed to reach the origin by address and name, and its neighbours", () => {
  const port = new URL(origin.base).port;
  const { untrusted, nobody } = origin.neighbours;
  expect(origin.allow).toEqual([`127.0.0.1:${port}`, `localhost:${port}`, untrusted, nobody]);
});

test("a garbled answer is no HTTP", async () => {
  const session = origin.session();
  const gate = session.gate("a");
  const { answer } = ask(gate.url);
  await gate.arrived;
  gate.garble("nonsense\r\n\r\n");
  await expect(answer).rejects.toMatchObject({ code: /^HPE_/ });
  expect(session.log.map(({ kind }) => kind)).toEqual(["arrive", "reset"]);
  session.end();
});
