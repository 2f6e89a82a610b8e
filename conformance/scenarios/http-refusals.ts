import { ForbiddenListener } from "../origin/neighbours.ts";
import type { Connection } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { unwantedAt } from "./unwanted.ts";
import { Violation } from "./violation.ts";
import { type Asked, answered, redirect, refused, roundTrip, send } from "./web.ts";

/** What must stand in no message and no log. */
const secret = "s3cret-f00d";

/** The scenarios of the chapter on HTTP that tell of what is refused, dropped, or kept quiet about. */
export const httpRefusals: readonly Scenario[] = [
  scenario({
    requirement: "http/special-addresses-are-refused",
    variant: "literal",
    title: "An address of the host's own machine is not reached in any spelling, but where the operator allows it",
    module: "web",
    probes: [maxHeld(1), returns(10)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await besideForbidden(stage, async (port) => {
        for (const host of [
          "127.0.0.1",
          "127.1",
          "2130706433",
          "0x7f000001",
          "017700000001",
          "0.0.0.0",
          "[::ffff:127.0.0.1]",
          "[::ffff:7f00:1]",
        ]) {
          const call = send(alice, { url: `http://${host}:${port}/` });
          stage.endsByItself();
          await refused(stage, call, "transport", `what came of a fetch from the special address ${host}`);
        }
      });
      await roundTrip(stage, alice, stage.gate("allowed"), {});
      // The operator allows an address, not a spelling of it.
      const gate = stage.gate("allowed in another spelling");
      const url = gate.url.replace("//127.0.0.1:", "//0x7f.1:");
      const call = send(alice, { url });
      await stage.held([gate]);
      await stage.release(gate);
      expectSame((await answered(stage, call)).url, gate.url, "wrong-response", "the URL that answered");
    },
  }),
  scenario({
    requirement: "http/special-addresses-are-refused",
    variant: "name",
    title: "A name whose address is special is not reached, but where the operator allows that name and port",
    module: "web",
    probes: [maxHeld(1), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await besideForbidden(stage, async (port) => {
        const call = send(alice, { url: `http://localhost:${port}/` });
        stage.endsByItself();
        await refused(stage, call, "transport", "what came of a fetch from a name with a special address");
      });
      const gate = stage.gate("allowed");
      const url = new URL(gate.url);
      url.hostname = "localhost";
      const call = send(alice, { url: url.href });
      await stage.held([gate]);
      await stage.release(gate);
      await answered(stage, call);
    },
  }),
  scenario({
    requirement: "http/special-addresses-are-refused",
    variant: "redirect",
    title: "A redirect to a special address is not followed, by address or by name",
    module: "web",
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await besideForbidden(stage, async (port) => {
        for (const host of ["127.0.0.1", "localhost"]) {
          const gate = stage.gate(`to ${host}`);
          const call = send(alice, { url: gate.url });
          stage.endsByItself();
          await redirect(stage, gate, `http://${host}:${port}/`);
          await refused(stage, call, "transport", `what came of a redirect to ${host}`);
        }
      });
      const [moved, target] = [stage.gate("moved"), stage.gate("target")];
      const call = send(alice, { url: moved.url });
      await redirect(stage, moved, target.url);
      await stage.held([target]);
      await stage.release(target);
      await answered(stage, call);
    },
  }),
  scenario({
    requirement: "http/invalid-request-is-refused",
    title: "What is no request is refused as bad-value, and nothing of it is sent",
    module: "web",
    probes: [maxHeld(1), returns(35)],
    play: (stage) => refusesAmong(stage, invalidRequests, validNeighbours),
  }),
  scenario({
    requirement: "http/invalid-request-is-refused",
    variant: "time-limits",
    title: "A time limit that is no whole number of milliseconds from 1 is refused as bad-value; any other is taken",
    module: "web",
    probes: [maxHeld(1), returns(5)],
    play: (stage) => refusesAmong(stage, invalidTimes, validTimes),
  }),
  scenario({
    requirement: "http/error-hides-the-query",
    title: "No message and no log holds a query, a fragment or credentials, however a fetch fails",
    module: "web",
    capabilities: ["clock"],
    probes: [maxHeld(1), failures(9)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const logged: string[] = [];
      const unsubscribe = stage.host.onLog(({ message }) => logged.push(message));
      try {
        const { nobody, untrusted } = stage.neighbours;
        const [reset, cut, silent, moved, lost] = ["reset", "cut", "silent", "moved", "lost"].map((name) =>
          stage.gate(name),
        );
        const headers = [["authorization", secret]] as const;
        const fetch = (url: string) =>
          alice.call("sendOrFail", { request: { url: `${url}?token=${secret}#${secret}`, headers } });
        const held = {
          reset: fetch(reset!.url),
          truncated: fetch(cut!.url),
          "too late": fetch(silent!.url),
          "redirected to an address that is refused": fetch(moved!.url),
          "redirected to no URL": fetch(lost!.url),
        };
        await stage.held([reset!, cut!, silent!]);
        const calls = {
          ...held,
          "refused by the machine": fetch(`http://${nobody}/`),
          "from a server that nobody trusts": fetch(`https://${untrusted}/`),
          "from a special address": fetch("http://127.0.0.1:1/"),
          "with credentials in its URL": alice.call("sendOrFail", { request: { url: `http://user:${secret}@h/` } }),
        };
        await stage.breakOff(reset!, "reset");
        await stage.breakOff(cut!, "truncate");
        await redirect(stage, moved!, `http://127.0.0.1:1/?token=${secret}`);
        await redirect(stage, lost!, `http://user:${secret}@[${secret}`);
        const { "too late": late, ...others } = calls;
        for (const call of Object.values(others)) await stage.result(call);
        await stage.advance(stage.now + 30_000);
        await stage.givenUp([silent!]);
        for (const [how, call] of Object.entries(calls)) {
          const { category, message } = await stage.failed(call);
          const expected = call === late ? "timeout" : how.startsWith("with") ? "bad-value" : "transport";
          expectSame(category, expected, "wrong-category", `the failure of a fetch ${how}`);
          expectThat(message.length > 0, "wrong-message", `the failure of a fetch ${how} has no message`);
          expectThat(!message.includes(secret), "wrong-message", `the failure of a fetch ${how} tells: ${message}`);
        }
        await stage.quiet();
        const told = [...logged, stage.host.stderr].filter((text) => text.includes(secret));
        expectSame(told, [], "wrong-message", "what the host has written that holds the secret");
      } finally {
        unsubscribe();
      }
    },
  }),
  scenario({
    requirement: "http/unawaited-fetch",
    title:
      "A fetch that is pending when its procedure returns is dropped: its connection is closed and nothing is written",
    module: "web",
    guests: "js",
    probes: [maxHeld(2), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const { unawaited, awaited, call } = await leavesOne(stage, alice);
      await stage.release(awaited);
      await stage.consequences([], [call]);
      await stage.returned(call);
      // A fetch that the host still counts is none that it is about to close.
      await stage.quiet();
      const { modules } = await stage.until(stage.host.request("stats", {}), "the host's own numbers");
      const own = modules.find(({ module }) => module === stage.module);
      expectSame(own?.fetchesInFlight, 0, "wrong-response", "the fetches in flight when their call has ended");
      await stage.givenUp([unawaited]);
      await stage.returned(alice.call("record", { token: "fence" }));
      await stage.quiet();
      expectSame(await stage.tokens(), ["t/awaited", "fence"], "unexpected-row", "the rows after the procedure's end");
    },
  }),
  scenario({
    requirement: "http/unawaited-fetch",
    variant: "settled-before",
    title: "A fetch that nobody awaits, settled before its procedure returns, lets its continuation write",
    module: "web",
    guests: "js",
    probes: [maxHeld(2), returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const { unawaited, awaited, call } = await leavesOne(stage, alice);
      await stage.release(unawaited);
      await stage.quiet();
      expectSame(await stage.tokens(), ["t/unawaited"], "missing-row", "the rows while the procedure is held");
      await stage.release(awaited);
      await stage.returned(call);
      expectSame(await stage.tokens(), ["t/unawaited", "t/awaited"], "wrong-row", "the rows at the end");
    },
  }),
];

/** A procedure that awaits one of its two fetches, both of which are held. */
async function leavesOne(stage: Stage, alice: Connection) {
  const [unawaited, awaited] = [stage.gate("unawaited"), stage.gate("awaited")];
  const call = alice.call("leaveUnawaited", { unawaited: unawaited.url, awaited: awaited.url, token: "t" });
  await stage.held([unawaited, awaited]);
  return { unawaited, awaited, call };
}

/** Requests that are none, by what is wrong with them. */
function invalidRequests(url: string): Record<string, Asked> {
  const own = ["Host", "Content-Length", "Connection", "Transfer-Encoding", "Expect", "Keep-Alive", "TE", "Trailer"];
  const all: Record<string, Asked> = {
    "no URL": { url: "" },
    "a relative URL": { url: new URL(url).pathname },
    "a URL without a host": { url: "http://" },
    "a URL that cannot be read": { url: "http://[::1/" },
    "a port that is none": { url: "http://h:99999/" },
    "a scheme for files": { url: "file:///etc/hosts" },
    "a scheme for other servers": { url: url.replace(/^http:/, "ftp:") },
    "a scheme for data": { url: "data:text/plain,x" },
    "a user in its URL": { url: url.replace("//", "//user@") },
    "credentials in its URL": { url: url.replace("//", "//user:word@") },
    "an empty method": { url, method: "" },
    "a method of two words": { url, method: "GET /other" },
    "a method that begins a header": { url, method: "GET / HTTP/1.1\r\nx-injected: 1\r\n\r\n" },
    "a method that is no token": { url, method: "G\u00c9T" },
    "a header name of two words": { url, headers: [["x injected", "1"]] },
    "a header name with a colon": { url, headers: [["x-injected: 1\r\nx", "1"]] },
    "an empty header name": { url, headers: [["", "1"]] },
    "a line end in a header": { url, headers: [["x-first", "1\r\nx-injected: 1"]] },
    "a line feed in a header": { url, headers: [["x-first", "1\nx-injected: 1"]] },
    "a null byte in a header": { url, headers: [["x-first", "1\u0000"]] },
    "a header that is not ISO 8859-1": { url, headers: [["x-first", "\u0100"]] },
  };
  for (const method of ["CONNECT", "TRACE", "TRACK", "trace"]) all[`the method ${method}`] = { url, method };
  for (const name of [...own, "Upgrade", "Proxy-Authorization"]) {
    all[`the host's own header ${name}`] = { url, headers: [[name, "x"]] };
  }
  return all;
}

/** Requests that are next to invalid ones. */
const validNeighbours: Record<string, Omit<Asked, "url">> = {
  "a method that not everybody knows": { method: "PROPFIND" },
  "a tab and a high character in a header": { headers: [["x-first", "a\tb\u00ff"]] },
  "an empty header": { headers: [["x-first", ""]] },
  "a header with a name of signs": { headers: [["x!#$%&'*+.^_`|~", "1"]] },
};

/** Time limits that are none. */
const invalidTimes = (url: string): Record<string, Asked> => ({
  "no time": { url, timeoutMs: 0 },
  "negative time": { url, timeoutMs: -1 },
  "a part of a millisecond": { url, timeoutMs: 1.5 },
});

/** Time limits at the ends of what is allowed. */
const validTimes: Record<string, Omit<Asked, "url">> = {
  "one millisecond": { timeoutMs: 1 },
  "much time": { timeoutMs: Number.MAX_SAFE_INTEGER },
};

/** Demands that each invalid request is refused and sent nowhere, and that the valid ones arrive. */
async function refusesAmong(
  stage: Stage,
  invalid: (url: string) => Record<string, Asked>,
  valid: Record<string, Omit<Asked, "url">>,
): Promise<void> {
  const alice = await stage.connect("alice");
  const never = stage.gate("never");
  const requests = invalid(never.url);
  const calls = Object.values(requests).map((request) => send(alice, request));
  await Promise.race([stage.consequences([], calls), unwantedAt(never, "what is no request was sent")]);
  for (const [index, what] of Object.keys(requests).entries()) {
    await refused(stage, calls[index]!, "bad-value", `what came of a request with ${what}`);
  }
  await stage.neverArrived([never]);
  for (const [what, request] of Object.entries(valid)) await roundTrip(stage, alice, stage.gate(what), request);
}

/** Plays beside a listener that no host may reach, and demands that no host did. */
async function besideForbidden(stage: Stage, play: (port: number) => Promise<void>): Promise<void> {
  const forbidden = await ForbiddenListener.open();
  try {
    // A fetch that has come to the forbidden address waits there: its call would not end.
    const came = forbidden.visited.then(() => {
      throw new Violation("unexpected-arrival", "a connection came to the forbidden address");
    });
    await Promise.race([play(forbidden.port), came]);
    const visits = await stage.until(forbidden.visits(), "the forbidden listener to count who came");
    expectSame(visits, 0, "unexpected-arrival", "the connections that came to the forbidden address");
  } finally {
    await forbidden.close();
  }
}
