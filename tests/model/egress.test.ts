import { describe, expect, test } from "vitest";
import { contentOf, firstHop, type Hop, isRequest, noContent, redirected } from "../../conformance/model/egress.ts";
import { type Network, unreachable } from "../../conformance/model/network.ts";
import { fetch, procedure } from "../../conformance/model/program.ts";
import { inFlight, machineOf, run, submit } from "./machines.ts";

const url = "http://origin/a";
const body = contentOf(Buffer.from("a body"));

describe("what is no request", () => {
  test.each([
    ["a relative URL", { url: "/a" }],
    ["another scheme", { url: "ftp://origin/a" }],
    ["a user", { url: "http://user@origin/a" }],
    ["an empty method", { url, method: "" }],
    ["a method of two words", { url, method: "GET /b" }],
    ["a forbidden method, in whatever case", { url, method: "Trace" }],
    ["a header name that is no token", { url, headers: [["x y", "1"]] as const }],
    ["a header of the host's own", { url, headers: [["Proxy-Anything", "1"]] as const }],
    ["a line end in a header", { url, headers: [["x", "1\r\ny: 2"]] as const }],
    ["a character beyond ISO 8859-1", { url, headers: [["x", "\u0100"]] as const }],
    ["no time", { url, timeoutMs: 0 }],
    ["a part of a millisecond", { url, timeoutMs: 1.5 }],
  ])("is refused: %s", (_, request) => expect(isRequest(request)).toBe(false));

  test.each([
    ["a method that not everybody knows", { url, method: "PROPFIND" }],
    ["a tab and a high character in a header", { url, headers: [["x", "a\tb\u00ff"]] as const }],
    ["a header with a name of signs", { url, headers: [["x!#$%&'*+.^_`|~", ""]] as const }],
    ["much time", { url, timeoutMs: Number.MAX_SAFE_INTEGER }],
  ])("stands beside what is one: %s", (_, request) => expect(isRequest(request)).toBe(true));

  test("fails its fetch in the same turn, and is sent nowhere", () => {
    const machine = machineOf({
      ask: procedure(function* ({ method }) {
        const fetched = yield* fetch({ url, method });
        return fetched.ok ? fetched.body : fetched.category;
      }),
    });
    const call = submit(machine, "a", "ask", { method: "TRACE" });
    run(machine);
    expect([call.end, inFlight(machine)]).toEqual([{ outcome: "returned", value: "bad-value" }, []]);
  });
});

describe("an address", () => {
  const network: Network = {
    allowed: ["127.0.0.1:80", "localhost:80"],
    nobody: "127.0.0.1:1",
    untrusted: "127.0.0.1:2",
  };
  test.each([
    ["http://127.0.0.1/", false],
    ["http://0x7f.1/", false],
    ["http://localhost/", false],
    ["http://93.184.215.14/", false],
    ["http://[2606:2800::1]/", false],
    ["http://127.0.0.1:81/", true],
    ["http://2130706433:81/", true],
    ["http://0.0.0.0:81/", true],
    ["http://localhost:81/", true],
    ["http://[::1]/", true],
    ["http://[::ffff:7f00:1]:81/", true],
    ["http://[fe80::1]/", true],
    ["http://10.1.2.3/", true],
    ["http://169.254.169.254/", true],
    ["http://127.0.0.1:1/", true],
    ["https://127.0.0.1:2/", true],
    ["http://nobody.invalid/", true],
  ])("%s is out of reach: %s", (address, is) => expect(unreachable(address, network)).toBe(is));

  test("is in reach where nothing is known of the network", () => {
    expect(unreachable("http://127.0.0.1:81/", undefined)).toBe(false);
  });
});

describe("a redirect", () => {
  const hop = (method: string): Hop => firstHop({ url, method, body }, undefined);
  const followed = (method: string, status: number, location = "/b") =>
    redirected(hop(method), status, location, undefined);

  test.each([
    [301, "POST", "GET"],
    [302, "POST", "GET"],
    [302, "PUT", "PUT"],
    [303, "PUT", "GET"],
    [303, "HEAD", "HEAD"],
    [307, "POST", "POST"],
    [308, "post", "POST"],
  ])("by %i makes of a %s a %s, without its body where that changes it", (status, method, after) => {
    const kept = after === method.toUpperCase();
    expect(followed(method, status)).toEqual({
      to: { url: "http://origin/b", method: after, body: kept ? body : noContent, redirects: 1 },
    });
  });

  test("is none by its status alone, nor by its header alone", () => {
    expect([followed("GET", 304), redirected(hop("GET"), 302, undefined, undefined)]).toEqual([undefined, undefined]);
  });

  test.each(["http://user:word@[", "ftp://origin/", "http://user@origin/"])("to %s ends the fetch", (location) => {
    expect(followed("GET", 302, location)).toEqual({ ends: "transport" });
  });

  test("is followed ten times", () => {
    let at = hop("GET");
    for (let count = 1; count <= 10; count += 1) {
      const next = redirected(at, 302, `/${count}`, undefined);
      if (next === undefined || "ends" in next) throw new Error(`redirect ${count} was not followed`);
      at = next.to;
    }
    expect([at.url, redirected(at, 302, "/11", undefined)]).toEqual(["http://origin/10", { ends: "transport" }]);
  });

  test("keeps the fetch in flight, at its new address and with its old limit", () => {
    const machine = machineOf({
      ask: procedure(function* () {
        const fetched = yield* fetch(url);
        return fetched.ok ? fetched.url : fetched.category;
      }),
    });
    const call = submit(machine, "a", "ask");
    run(machine);
    const [before] = machine.fetches;
    machine.settle(before!, { ok: true, status: 302, body: "", location: "/b#fragment" });
    const [after] = machine.fetches;
    expect([inFlight(machine), after!.due, after!.issued]).toEqual([["/b"], before!.due, before!.issued]);
    machine.settle(after!, { ok: true, status: 200, body: "" });
    run(machine);
    expect(call.end).toEqual({ outcome: "returned", value: "http://origin/b" });
  });
});

test.each([
  [32 * 1024 * 1024, "GET", 32 * 1024 * 1024],
  [32 * 1024 * 1024 + 1, "GET", "limit"],
  [32 * 1024 * 1024 + 1, "HEAD", 0],
])("a body of %i bytes that answers a %s is one of %s", (bytes, method, expected) => {
  const machine = machineOf({
    ask: procedure(function* () {
      const fetched = yield* fetch({ url, method });
      return fetched.ok ? fetched.bytes : fetched.category;
    }),
  });
  const call = submit(machine, "a", "ask");
  run(machine);
  machine.settle(machine.fetches[0]!, { ok: true, status: 200, body: "", bytes });
  run(machine);
  expect(call.end).toEqual({ outcome: "returned", value: expected });
});
