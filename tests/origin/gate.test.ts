import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatedOrigin, GateError, type OriginSession } from "../../conformance/origin/gated-origin.ts";
import { ask, dial } from "./client.ts";

let origin: GatedOrigin;
beforeAll(async () => {
  origin = await GatedOrigin.start();
});
afterAll(() => origin.stop());

/** Runs `body` in a session of its own. */
async function inSession(body: (session: OriginSession) => Promise<void>): Promise<void> {
  const session = origin.session();
  try {
    await body(session);
  } finally {
    session.end();
  }
}

/** The kinds of a session's events with their gates, in order. */
const story = (session: OriginSession): string[] => session.log.map(({ kind, gate }) => `${kind} ${gate}`);

describe("a held request", () => {
  test("is answered when it is released, and not before", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      expect(gate.state).toBe("waiting");
      let answered = false;
      const { answer } = ask(gate.url);
      answer.then(() => {
        answered = true;
      });
      await gate.arrived;
      expect([gate.state, session.held]).toEqual(["held", 1]);
      // Another request is answered meanwhile, so an answer to this one had its chance.
      const other = session.gate("other");
      const opened = other.open();
      await ask(other.url).answer;
      await opened;
      expect(answered).toBe(false);
      await gate.release();
      expect([gate.state, session.held]).toEqual(["released", 0]);
      expect(await answer).toMatchObject({ status: 200, statusText: "OK" });
      expect(String((await answer).body)).toBe("response to a");
      expect(story(session)).toEqual([
        "arrive a",
        "arrive other",
        "release other",
        "sent other",
        "release a",
        "sent a",
      ]);
      expect(session.log.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    }));

  test("shows its arrival in full", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
      const headers = ["X-Twice", "1", "content-length", `${body.length}`, "x-twice", "2"];
      const { answer } = ask(`${gate.url}?q=1`, { method: "PUT", headers, body });
      const arrival = await gate.arrived;
      expect(arrival).toMatchObject({ index: 0, method: "PUT", httpVersion: "1.1" });
      expect(arrival.target).toBe(`${new URL(gate.url).pathname}?q=1`);
      expect(arrival.headers.filter(([name]) => name === "x-twice")).toEqual([
        ["x-twice", "1"],
        ["x-twice", "2"],
      ]);
      expect(Buffer.compare(arrival.body, body)).toBe(0);
      const sha256 = createHash("sha256").update(body).digest("hex");
      expect(session.log[0]).toMatchObject({ kind: "arrive", gate: "a", method: "PUT", bytes: body.length, sha256 });
      await gate.release();
      await answer;
    }));

  test("gets the reply that the scenario gives", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const { answer } = ask(gate.url);
      await gate.arrived;
      const body = Buffer.from([0, 255, 10]);
      await gate.release({
        status: 418,
        statusText: "Short and stout",
        headers: [
          ["X-A", "1"],
          ["x-a", "2"],
        ],
        body,
      });
      expect(await answer).toEqual({
        status: 418,
        statusText: "Short and stout",
        headers: ["X-A", "1", "x-a", "2", "content-length", "3", "Connection", "close"],
        body,
      });
    }));

  test.each([
    ["no body for 204", { status: 204 }, "GET", ""],
    ["no body for 304", { status: 304 }, "GET", ""],
    ["no body for HEAD", {}, "HEAD", ""],
    ["an empty body", { body: "" }, "GET", ""],
    ["a chunked body", { headers: [["transfer-encoding", "chunked"]] as const, body: "chunks" }, "POST", "chunks"],
    ["UTF-8", { body: "é😀" }, "GET", "é😀"],
    ["8 MiB", { body: "x".repeat(8 * 1024 * 1024) }, "GET", "x".repeat(8 * 1024 * 1024)],
  ])("gets %s", (_, reply, method, text) =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const { answer } = ask(gate.url, { method });
      await gate.arrived;
      const [{ body }] = await Promise.all([answer, gate.release(reply)]);
      expect(body.toString() === text).toBe(true);
    }),
  );

  test("is reset on request, which the client sees as ECONNRESET", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const { answer } = ask(gate.url);
      await gate.arrived;
      gate.reset();
      await expect(answer).rejects.toMatchObject({ code: "ECONNRESET" });
      expect([gate.state, session.held]).toEqual(["reset", 0]);
      expect(story(session)).toEqual(["arrive a", "reset a"]);
      await expect(gate.closed).rejects.toThrow("the scenario itself ended the connection");
    }));

  test("is a real reset, not the end of the stream", () =>
    inSession(async (session) => {
      const socket = await dial(origin.authority);
      const ended = new Promise((resolve) => {
        socket.once("end", () => resolve("end"));
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      const gate = session.gate("a");
      socket.write(`GET ${new URL(gate.url).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`);
      socket.resume();
      await gate.arrived;
      gate.reset();
      expect(await ended).toBe("ECONNRESET");
    }));

  test("is seen to be closed by the client", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const asked = ask(gate.url);
      await gate.arrived;
      asked.request.destroy();
      await gate.closed;
      expect([gate.state, session.held, session.maxHeld]).toEqual(["closed", 0, 1]);
      expect(session.log.at(-1)).toMatchObject({ kind: "close", gate: "a", during: "held" });
      await expect(gate.release()).rejects.toThrow(
        "Gate a: release needs a held request, but it is closed by the client",
      );
    }));

  test("is seen to be closed by the client in the middle of the reply", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const asked = ask(gate.url);
      await gate.arrived;
      asked.head.then((response) => response.pause());
      const released = gate.release({ body: Buffer.alloc(64 * 1024 * 1024) });
      released.catch(() => {});
      (await asked.head).destroy();
      await gate.closed;
      await expect(released).rejects.toThrow("the client closed before it had the whole reply");
      expect(story(session)).toEqual(["arrive a", "release a", "close a"]);
      expect(session.log.at(-1)).toMatchObject({ during: "reply" });
    }));

  test("is no arrival where the client closes in the middle of its body", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const socket = await dial(origin.authority);
      socket.end(`POST ${new URL(gate.url).pathname} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab`);
      await gate.closed;
      await expect(gate.arrived).rejects.toThrow("the client closed");
      expect(session.log).toEqual([{ index: 0, kind: "close", gate: "a", during: "request" }]);
      expect(session.maxHeld).toBe(0);
    }));
});

describe("a reply in parts", () => {
  test("is held after its first bytes", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const asked = ask(gate.url);
      await gate.arrived;
      await gate.begin({ status: 206, body: "abcdef" }, 2);
      const response = await asked.head;
      expect(response.statusCode).toBe(206);
      expect([gate.state, session.held]).toEqual(["held", 1]);
      await expect(gate.begin({}, 1)).rejects.toThrow("has begun already");
      await expect(gate.release({ body: "other" })).rejects.toThrow("cannot be exchanged");
      await gate.release();
      expect(String((await asked.answer).body)).toBe("abcdef");
      expect(session.log).toMatchObject([
        { kind: "arrive" },
        { kind: "begin", status: 206, bytes: 2 },
        { kind: "release", bytes: 6 },
        { kind: "sent" },
      ]);
    }));

  test("may be only its head", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const asked = ask(gate.url);
      await gate.arrived;
      await gate.begin({ body: "late" }, 0);
      expect((await asked.head).statusCode).toBe(200);
      await gate.release();
      expect(String((await asked.answer).body)).toBe("late");
    }));

  test.each([
    ["cut", "end"],
    ["reset", "reset"],
  ] as const)("is truncated by %s", (action, how) =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const asked = ask(gate.url);
      await gate.arrived;
      await gate.begin({ body: "abcdef" }, 3);
      await asked.head;
      gate[action]();
      await expect(asked.answer).rejects.toMatchObject({ code: "ECONNRESET" });
      expect(session.log.at(-1)).toEqual({ index: 2, kind: "reset", gate: "a", how });
    }),
  );

  test("is cut in order: the client reads to the end of the stream", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const socket = await dial(origin.authority);
      let text = "";
      const ended = new Promise<string>((resolve, reject) => {
        socket.on("data", (chunk) => {
          text += chunk;
        });
        socket.once("end", () => resolve(text));
        socket.once("error", reject);
      });
      socket.write(`GET ${new URL(gate.url).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await gate.arrived;
      await gate.begin({ body: "abcdef" }, 3);
      gate.cut();
      expect((await ended).endsWith("\r\n\r\nabc")).toBe(true);
    }));
});

describe("a prepared gate", () => {
  test("answers at once", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const opened = gate.open({ status: 302, headers: [["location", "/elsewhere"]] });
      expect((await ask(gate.url).answer).status).toBe(302);
      await opened;
      expect(story(session)).toEqual(["arrive a", "release a", "sent a"]);
      expect([session.held, session.maxHeld]).toEqual([0, 1]);
      await expect(gate.open()).rejects.toThrow("cannot be opened in advance: it is released");
    }));

  test("is prepared once", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      gate.open().catch(() => {});
      await expect(gate.open()).rejects.toBeInstanceOf(GateError);
    }));
});

describe("what a gate's state does not allow is refused", () => {
  test("before the arrival", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      await expect(gate.release()).rejects.toThrow(
        "Gate a: release needs a held request, but it is waiting for its request",
      );
      await expect(gate.begin({}, 0)).rejects.toBeInstanceOf(GateError);
      expect(() => gate.reset()).toThrow(GateError);
      expect(() => gate.cut()).toThrow(GateError);
      expect(session.log).toEqual([]);
    }));

  test("after the release", () =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const { answer } = ask(gate.url);
      await gate.arrived;
      await gate.release();
      await answer;
      await expect(gate.release()).rejects.toThrow("it is released");
      expect(() => gate.reset()).toThrow("it is released");
      await expect(gate.closed).rejects.toThrow("the reply was sent in full");
    }));

  test.each([
    ["a status that is none", { status: 99 }, "200 to 599"],
    ["a header that cannot be sent", { headers: [["x", "a\nb"]] as const }, "Invalid character"],
  ])("%s, and the request stays held", (_, reply, message) =>
    inSession(async (session) => {
      const gate = session.gate("a");
      const { answer } = ask(gate.url);
      await gate.arrived;
      await expect(gate.release(reply)).rejects.toThrow(message);
      expect(story(session)).toEqual(["arrive a"]);
      await gate.release();
      expect((await answer).status).toBe(200);
    }),
  );
});
