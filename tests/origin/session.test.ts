import { Agent } from "node:http";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatedOrigin, GateError, type OriginEvent } from "../../conformance/origin/gated-origin.ts";
import { ask, dial, readUntil } from "./client.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

let origin: GatedOrigin;
beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

test("a burst is released in the order that the scenario chooses", async () => {
  const session = origin.session();
  const gates = Array.from({ length: 20 }, (_, index) => session.gate(`g${index}`));
  const answers = gates.map((gate) => ask(gate.url).answer);
  await session.whenHeld(20);
  const answered: number[] = [];
  for (const [index, answer] of answers.entries()) answer.then(() => answered.push(index));
  const order = [...gates.keys()].sort((a, b) => ((a * 7) % 20) - ((b * 7) % 20));
  for (const index of order) {
    await gates[index]!.release();
    await answers[index];
  }
  expect(answered).toEqual(order);
  const released = session.log.filter(({ kind }) => kind === "release").map(({ gate }) => gate);
  expect(released).toEqual(order.map((index) => `g${index}`));
  session.end();
});

test("2,000 requests are held at once, told at the moment at which they are", async () => {
  const session = origin.session();
  const gates = Array.from({ length: 2000 }, (_, index) => session.gate(`g${index}`));
  const moments: [number, number][] = [];
  const reached = [1, 1000, 2000].map((count) =>
    session.whenHeld(count).then(() => moments.push([count, session.held])),
  );
  const answers = gates.map((gate) => ask(gate.url).answer);
  await Promise.all(reached);
  expect(moments.map(([count]) => count)).toEqual([1, 1000, 2000]);
  for (const [count, held] of moments) expect(held).toBeGreaterThanOrEqual(count);
  expect([session.held, session.maxHeld]).toEqual([2000, 2000]);
  await session.whenHeld(2000);
  await Promise.all(gates.map((gate) => gate.release()));
  const bodies = await Promise.all(answers);
  expect(bodies.every(({ body }, index) => String(body) === `response to g${index}`)).toBe(true);
  expect([session.held, session.maxHeld]).toEqual([0, 2000]);
  expect(session.log.map(({ index }) => index)).toEqual(session.log.map((_, index) => index));
  for (const gate of gates.slice(0, 50)) {
    const kinds = session.log.filter((event) => event.gate === gate.name).map(({ kind }) => kind);
    expect(kinds).toEqual(["arrive", "release", "sent"]);
  }
  session.end();
});

test("what closes is not held any more, and is counted where it was", async () => {
  const session = origin.session();
  const [first, second, third] = ["a", "b", "c"].map((name) => session.gate(name));
  const asked = ask(first!.url);
  ask(second!.url);
  await session.whenHeld(2);
  asked.request.destroy();
  await first!.closed;
  const three = session.whenHeld(3);
  ask(third!.url);
  await third!.arrived;
  expect([session.held, session.maxHeld]).toEqual([2, 2]);
  session.end();
  await expect(three).rejects.toThrow("The session ended before 3 requests were held at once: 2 were at most.");
});

describe("requests that nobody should send", () => {
  test.each(["held", "released"] as const)("a second one for a %s gate is answered 409", async (state) => {
    const session = origin.session();
    const gate = session.gate("a");
    const first = ask(gate.url);
    await gate.arrived;
    if (state === "released") await gate.release();
    expect(session.faults).toEqual([]);
    expect((await ask(gate.url, { method: "POST", body: "again" }).answer).status).toBe(409);
    expect(session.log.at(-1)).toMatchObject({ kind: "repeated", gate: "a", method: "POST" });
    expect(session.faults).toEqual([expect.stringContaining("a second request came to gate a: POST /")]);
    if (state === "held") {
      expect(gate.state).toBe("held");
      await gate.release();
    }
    expect((await first.answer).status).toBe(200);
    session.end();
  });

  test("one for a path without a gate is answered 404", async () => {
    const session = origin.session();
    const { url } = session.gate("a");
    expect((await ask(`${url}x`).answer).status).toBe(404);
    const target = `${new URL(url).pathname}x`;
    expect(session.log).toEqual([{ index: 0, kind: "unexpected", gate: null, method: "GET", target }]);
    expect(session.faults.length).toBe(1);
    session.end();
  });

  test("one that belongs to no session is the origin's stray", async () => {
    const session = origin.session();
    const before = origin.strays.length;
    expect((await ask(`${origin.base}/elsewhere?q`).answer).status).toBe(404);
    expect(origin.strays.slice(before)).toEqual([{ method: "GET", target: "/elsewhere?q" }]);
    expect(session.log).toEqual([]);
    session.end();
  });

  test("what is no HTTP is a stray too, and its connection is closed", async () => {
    const before = origin.strays.length;
    const socket = await dial(origin.authority);
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    socket.write("hello\r\n\r\n");
    await closed;
    expect(origin.strays.slice(before)).toMatchObject([{ method: null }]);
  });
});

describe("sessions", () => {
  test("do not mix", async () => {
    const sessions = [origin.session(), origin.session()] as const;
    const gates = sessions.map((session) => session.gate("same name"));
    expect(gates[0]!.url).not.toBe(gates[1]!.url);
    const answers = gates.map((gate) => ask(gate.url).answer);
    await Promise.all(sessions.map((session) => session.whenHeld(1)));
    expect(sessions.map(({ held, maxHeld }) => [held, maxHeld])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    sessions[0].end();
    await expect(answers[0]).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(sessions[1].held).toBe(1);
    await gates[1]!.release();
    await answers[1];
    expect(sessions[0].log.map(({ kind }) => kind)).toEqual(["arrive"]);
    expect(sessions[1].log.map(({ kind }) => kind)).toEqual(["arrive", "release", "sent"]);
    sessions[1].end();
  });

  test("tell their events as they happen", async () => {
    const told: OriginEvent[] = [];
    const session = origin.session((event) => told.push(event));
    const gate = session.gate("a");
    const opened = gate.open();
    await ask(gate.url).answer;
    await opened;
    expect(told).toEqual(session.log);
    session.end();
  });

  test("have each name once", () => {
    const session = origin.session();
    session.gate("a");
    expect(() => session.gate("a")).toThrow("The session already has a gate a");
    session.end();
    expect(() => session.gate("b")).toThrow("the session has ended");
  });

  test("end with every wait rejected, and a frozen log", async () => {
    const session = origin.session();
    const [waiting, held, prepared] = ["waiting", "held", "prepared"].map((name) => session.gate(name));
    const opened = prepared!.open();
    const { answer } = ask(held!.url);
    await held!.arrived;
    const two = session.whenHeld(2);
    session.end();
    session.end();
    await expect(waiting!.arrived).rejects.toThrow(
      "Gate waiting: the session has ended; it was waiting for its request.",
    );
    await expect(waiting!.closed).rejects.toBeInstanceOf(GateError);
    await expect(held!.closed).rejects.toThrow("it was held");
    await expect(held!.release()).rejects.toBeInstanceOf(GateError);
    await expect(opened).rejects.toBeInstanceOf(GateError);
    await expect(two).rejects.toBeInstanceOf(GateError);
    await expect(session.whenHeld(1)).rejects.toBeInstanceOf(GateError);
    await expect(answer).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(session.held).toBe(0);
    expect((await ask(waiting!.url).answer).status).toBe(404);
    expect(session.log.map(({ kind }) => kind)).toEqual(["arrive"]);
  });

  test("give each path of the run a nonce of its own", () => {
    const session = origin.session();
    const nonces = ["a", "b", "ä/../?#"].map((name) => new URL(session.gate(name).url).pathname.split("/"));
    expect(new Set(nonces.map((parts) => parts[2])).size).toBe(3);
    expect(nonces.map((parts) => parts.slice(3))).toEqual([["a"], ["b"], ["-"]]);
    session.end();
  });
});

describe("the server", () => {
  test("keeps connections open, sends no date and announces no time limit", async () => {
    const session = origin.session();
    const socket = await dial(origin.authority);
    socket.setNoDelay(true);
    for (const name of ["a", "b", "c"]) {
      const gate = session.gate(name);
      const opened = gate.open({ headers: [], body: name });
      socket.write(`GET ${new URL(gate.url).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`);
      const text = await readUntil(socket, `\r\n\r\n${name}`);
      socket.removeAllListeners();
      expect(text).toBe(`HTTP/1.1 200 OK\r\ncontent-length: 1\r\nConnection: keep-alive\r\n\r\n${name}`);
      await opened;
    }
    socket.destroy();
    session.end();
  });

  test("serves one connection to several sessions", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const reused: boolean[] = [];
    for (const session of [origin.session(), origin.session()]) {
      const gate = session.gate("a");
      const { request, answer } = ask(gate.url, {}, agent);
      await gate.arrived;
      await gate.release();
      await answer;
      reused.push(request.reusedSocket);
      session.end();
    }
    expect(reused).toEqual([false, true]);
    agent.destroy();
  });

  test("answers requests that share a connection in their order, and ends it for all of them", async () => {
    const session = origin.session();
    const gates = ["a", "b"].map((name) => session.gate(name));
    const socket = await dial(origin.authority);
    const ended = new Promise((resolve) => socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code)));
    socket.resume();
    for (const gate of gates) socket.write(`GET ${new URL(gate.url).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await session.whenHeld(2);
    gates[1]!.reset();
    expect(await ended).toBe("ECONNRESET");
    await gates[0]!.closed;
    expect(session.log.map(({ kind, gate }) => `${kind} ${gate}`)).toEqual([
      "arrive a",
      "arrive b",
      "reset b",
      "close a",
    ]);
    session.end();
  });

  test.each([
    [{}, /^http:\/\/127\.0\.0\.1:\d+$/, /^127\.0\.0\.1:\d+$/],
    [{ bind: "0.0.0.0" }, /^http:\/\/127\.0\.0\.1:\d+$/, /^127\.0\.0\.1:\d+$/],
    [{ bind: "127.0.0.1:0", url: "https://kit.example/" }, /^https:\/\/kit\.example$/, /^kit\.example:443$/],
    [{ url: "http://kit.example:8080" }, /^http:\/\/kit\.example:8080$/, /^kit\.example:8080$/],
  ])("is reached as it is bound: %j", async (options, base, authority) => {
    const other = await GatedOrigin.start(options);
    expect(other.base).toMatch(base);
    expect(other.authority).toMatch(authority);
    expect(other.session().gate("a").url.startsWith(`${other.base}/`)).toBe(true);
    await other.stop();
  });

  test.skipIf(!hasIpv6)("is reached over IPv6 where the machine has it", async () => {
    const other = await GatedOrigin.start({ bind: "[::1]:0" });
    expect(other.authority).toMatch(/^\[::1\]:\d+$/);
    const gate = other.session().gate("a");
    const opened = gate.open();
    expect((await ask(gate.url).answer).status).toBe(200);
    await opened;
    await other.stop();
  });

  test("is refused where it cannot be bound", async () => {
    await expect(GatedOrigin.start({ bind: "a:b:c" })).rejects.toThrow('cannot be bound to "a:b:c"');
    await expect(GatedOrigin.start({ bind: origin.authority })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("stops with its sessions, idle connections and all, and frees its port", async () => {
    const other = await GatedOrigin.start();
    const session = other.session();
    const gate = session.gate("a");
    const idle = await dial(other.authority);
    const closed = new Promise((resolve) => idle.once("close", resolve));
    idle.resume();
    const { answer } = ask(gate.url);
    await gate.arrived;
    await Promise.all([other.stop(), other.stop()]);
    await expect(answer).rejects.toMatchObject({ code: "ECONNRESET" });
    await closed;
    await expect(gate.closed).rejects.toThrow("the session has ended");
    expect(() => other.session()).toThrow("The origin has stopped");
    const again = await GatedOrigin.start({ bind: other.authority });
    await again.stop();
  });
});
