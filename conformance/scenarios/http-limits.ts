import { gzipSync } from "node:zlib";
import type { Gate } from "../origin/gated-origin.ts";
import type { Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { peakMemory } from "./peak-memory.ts";
import { maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { answered, expectSameBytes, type Report, redirect, refused, responseIn, roundTrip, send } from "./web.ts";

/** Milliseconds that a fetch has unless its request says otherwise, and those that it has at most. */
const [defaultLimit, mostLimit] = [30_000, 180_000];
/** Bytes of the longest body of a response. */
const longestBody = 32 << 20;

/** The scenarios of the chapter on HTTP that tell of bounds on time and size. */
export const httpLimits: readonly Scenario[] = [
  scenario({
    requirement: "http/default-timeout",
    title: "A fetch is held for 30 seconds of the host's clock and not one millisecond longer",
    module: "web",
    capabilities: ["clock"],
    probes: [maxHeld(2), returns(3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [first, later] = [stage.gate("first"), stage.gate("a millisecond later")];
      const begin = stage.now;
      const early = alice.call("sendThenRecord", { request: { url: first.url }, token: "first" });
      await stage.held([first]);
      await stage.advance(begin + 1);
      const late = alice.call("sendThenRecord", { request: { url: later.url }, token: "later" });
      await stage.held([later]);

      await stage.advance(begin + defaultLimit - 1);
      await stage.returned(alice.call("record", { token: "still held" }));
      expectSame([first.state, later.state], ["held", "held"], "wrong-response", "the requests before the limit");
      await timesOut(stage, first, early, begin + defaultLimit);
      expectSame(later.state, "held", "wrong-response", "the request that has a millisecond left");
      await stage.release(later);
      await answered(stage, late);
      expectSame(await stage.tokens(), ["still held", "first", "later"], "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "http/timeout-clamp",
    title: "A request's own limit holds, and counts as 180 seconds where it is more",
    module: "web",
    capabilities: ["clock"],
    probes: [maxHeld(5), returns(5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const limits = new Map([
        [1, 1],
        [1_000, 1_000],
        [31_000, 31_000],
        [mostLimit, mostLimit],
        [600_000, mostLimit],
      ]);
      const begin = stage.now;
      const fetches = [...limits].map(([timeoutMs, limit]) => {
        const gate = stage.gate(`of ${timeoutMs} ms`);
        return { gate, limit, call: send(alice, { url: gate.url, timeoutMs }) };
      });
      await stage.held(fetches.map(({ gate }) => gate));
      for (const limit of new Set(limits.values())) {
        await stage.advance(begin + limit - 1);
        await stage.quiet();
        const due = fetches.filter((fetch) => fetch.limit === limit);
        for (const { gate } of due) {
          expectSame(gate.state, "held", "wrong-response", `the request ${gate.name}, a millisecond before ${limit}`);
        }
        await stage.advance(begin + limit);
        for (const { gate, call } of due) {
          await refused(stage, call, "timeout", `what came of the fetch ${gate.name} at ${limit}`);
          await stage.givenUp([gate]);
        }
      }
    },
  }),
  scenario({
    requirement: "http/timeout-covers-the-body",
    title: "A body that does not come to its end in time ends the fetch, though its head was in time",
    module: "web",
    capabilities: ["clock"],
    probes: [maxHeld(2), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [slow, whole] = [stage.gate("slow"), stage.gate("whole in time")];
      const begin = stage.now;
      const calls = [slow, whole].map((gate) => send(alice, { url: gate.url }));
      await stage.held([slow, whole]);
      await stage.advance(begin + 20_000);
      for (const gate of [slow, whole]) {
        await stage.until(gate.begin({ body: "a body in two parts" }, 6), `the first part of ${gate.name}`);
      }
      await stage.advance(begin + defaultLimit - 1);
      await stage.quiet();
      expectThat(
        calls.every(({ ended }) => ended === undefined),
        "wrong-response",
        "a fetch settled with half a body",
      );
      await stage.release(whole);
      await answered(stage, calls[1]!);
      await timesOut(stage, slow, calls[0]!, begin + defaultLimit);
    },
  }),
  scenario({
    requirement: "http/timeout-covers-the-body",
    variant: "redirects",
    title: "The time limit counts from the issue of the fetch, not from its last redirect",
    module: "web",
    capabilities: ["clock"],
    probes: [maxHeld(1), returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [moved, target] = [stage.gate("moved"), stage.gate("target")];
      const begin = stage.now;
      const call = send(alice, { url: moved.url });
      await stage.until(moved.arrived, "the first request");
      await stage.advance(begin + 20_000);
      await redirect(stage, moved, target.url);
      await stage.held([target]);
      await stage.advance(begin + defaultLimit - 1);
      expectSame(target.state, "held", "wrong-response", "the redirected request before the limit");
      await timesOut(stage, target, call, begin + defaultLimit);
    },
  }),
  scenario({
    requirement: "http/late-response-is-dropped",
    variant: "next-fetch",
    title: "What a fetch that timed out left behind never settles the next fetch of its call",
    module: "web",
    capabilities: ["clock"],
    probes: [maxHeld(1), returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const [silent, prompt] = [stage.gate("silent"), stage.gate("prompt")];
      const requests = [silent, prompt].map(({ url }) => ({ url }));
      const call = alice.call("sendEachThenRecord", { requests, token: "t" });
      await stage.held([silent]);
      await stage.advance(stage.now + defaultLimit);
      await stage.givenUp([silent]);
      await stage.held([prompt]);
      await stage.quiet();
      expectSame(await stage.tokens(), ["t/0"], "wrong-row", "the rows while the second request is held");
      await stage.release(prompt, { body: "for the second" });
      const [first, second] = await stage.returned<[Report, Report]>(call);
      expectSame(first.outcome, "timeout", "wrong-category", "what came of the first fetch");
      expectSame(responseIn(second, call).text, "for the second", "wrong-response", "the body of the second");
      await stage.quiet();
      expectSame(await stage.tokens(), ["t/0", "t/1"], "unexpected-row", "the rows at the end");
    },
  }),
  scenario({
    requirement: "http/late-response-is-dropped",
    variant: "in-time",
    title: "A response that came in before its limit settles its fetch, though the guest runs after it",
    module: "web",
    capabilities: ["clock", "stepping", "quiesce"],
    evidence: "stepping",
    probes: [maxHeld(1), returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("in time");
      const call = alice.call("sendThenRecord", { request: { url: gate.url }, token: "once" });
      await stage.held([gate]);
      await stage.pause();
      await stage.release(gate, { body: "in time" });
      await stage.quiet();
      await stage.advance(stage.now + 2 * defaultLimit);
      await stage.resume();
      expectSame((await answered(stage, call)).text, "in time", "wrong-response", "the body");
      await stage.quiet();
      expectSame(await stage.tokens(), ["once"], "unexpected-row", "the rows at the end");
    },
  }),
  scenario({
    requirement: "http/late-response-is-dropped",
    variant: "race",
    title: "A response that comes in while the time limit passes and the limit settle the fetch once between them",
    module: "web",
    capabilities: ["clock"],
    probes: [maxHeld(1), returns(1)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const gate = stage.gate("on the line");
      const call = alice.call("sendThenRecord", { request: { url: gate.url }, token: "once" });
      await stage.held([gate]);
      await Promise.all([stage.pour(gate, { body: "just about" }), stage.advance(stage.now + defaultLimit)]);
      const report = await stage.returned<Report>(call);
      expectThat(
        report.outcome === "timeout" || responseIn(report, call).text === "just about",
        "wrong-response",
        `the fetch ended as ${report.outcome}`,
      );
      await stage.quiet();
      const recorded = (await stage.recorded()).map(({ token, outcome }) => [token, outcome]);
      expectSame(recorded, [["once", report.outcome]], "unexpected-row", "the rows at the end");
    },
  }),
  scenario({
    requirement: "http/response-limit",
    title: "A body of 32 MiB is a response, one byte more is none, and a longer one is not read to its end",
    module: "web",
    probes: [maxHeld(1), returns(5)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const chunked = [["transfer-encoding", "chunked"]] as const;
      const within = await roundTrip(stage, alice, stage.gate("32 MiB"), {}, { body: Buffer.alloc(longestBody) });
      expectSame(within.response.size, longestBody, "wrong-response", "the size of a body that is within the limit");

      const over = { "with its length": {}, "in chunks": { headers: chunked } };
      for (const [name, framing] of Object.entries(over)) {
        const gate = stage.gate(`a byte over, ${name}`);
        const call = send(alice, { url: gate.url });
        await stage.held([gate]);
        await stage.pour(gate, { body: Buffer.alloc(longestBody + 1), ...framing });
        await refused(stage, call, "limit", `what came of a body a byte over the limit (${name})`);
      }

      const endless = stage.gate("192 MiB");
      const call = send(alice, { url: endless.url });
      await stage.held([endless]);
      const wasTaken = await stage.pour(endless, { body: Buffer.alloc(6 * longestBody), headers: chunked });
      await refused(stage, call, "limit", "what came of a body of six times the limit");
      expectThat(!wasTaken, "wrong-response", "the host read a body of six times the limit to its end");
      await roundTrip(stage, alice, stage.gate("afterwards"), {});
    },
  }),
  scenario({
    requirement: "http/decompression-bomb",
    title: "A compressed body crosses as it is, and what it would unfold to takes no memory",
    module: "web",
    ownProcess: true,
    probes: [maxHeld(1), returns(3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const passes = async (name: string, coded: Buffer) => {
        const [from, to] = [stage.gate(name), stage.gate(`${name} passed on`)];
        const call = alice.call("passOn", { from: from.url, to: to.url });
        await stage.held([from]);
        await stage.release(from, { body: coded, headers: [["content-encoding", "gzip"]] });
        await stage.held([to]);
        const { body } = await to.arrived;
        await stage.release(to);
        await stage.returned(call);
        expectSameBytes(body, coded, `the compressed body (${name}) that the guest read and passed on`);
      };
      await passes("small", gzipSync(Buffer.alloc(1 << 10)));
      await roundTrip(stage, alice, stage.gate("warm-up"), {}, { body: Buffer.alloc(1 << 20) });
      const before = peakMemory(stage.pid);
      const bomb = gzipSync(Buffer.alloc(unfolded), { level: 1 });
      await passes("bomb", bomb);
      const growth = peakMemory(stage.pid) - before;
      expectThat(
        growth < unfolded / 2,
        "memory-grew",
        `the host's memory grew by ${growth >> 20} MiB for a body of ${bomb.length} bytes that unfolds to ${unfolded >> 20} MiB`,
      );
    },
  }),
];

/** Moves the clock to a fetch's limit and demands that the fetch ends by it: the guest hears of it, and the host lets the held request go. */
async function timesOut(stage: Stage, gate: Gate, call: Submitted, limit: number): Promise<void> {
  await stage.advance(limit);
  await refused(stage, call, "timeout", `what came of the fetch ${gate.name} at its limit`);
  await stage.givenUp([gate]);
}

/** Bytes that the compressed body of the decompression bomb unfolds to. */
const unfolded = 256 << 20;
