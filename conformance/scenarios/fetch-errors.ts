import type { Gate } from "../origin/gated-origin.ts";
import { pathOf } from "../origin/session.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { answered, refused, send } from "./web.ts";

const body = "a body that does not come to its end";
const chunked = [["transfer-encoding", "chunked"]] as const;

/** Ways in which the origin ends a request without a whole response. */
const breaks: Record<string, (stage: Stage, gate: Gate) => Promise<void>> = {
  "reset-before-the-head": async (_, gate) => gate.reset(),
  "reset-within-the-body": async (stage, gate) => {
    await stage.until(gate.begin({ body }, 6), "a part of the body to be sent");
    gate.reset();
  },
  "closed-before-the-head": async (_, gate) => gate.cut(),
  truncated: async (stage, gate) => {
    await stage.until(gate.begin({ body }, 6), "a part of the body to be sent");
    gate.cut();
  },
  "truncated-between-chunks": async (stage, gate) => {
    await stage.until(gate.begin({ body, headers: chunked }, 6), "a chunk of the body to be sent");
    gate.cut();
  },
  "not-http": async (_, gate) => gate.garble("this is no HTTP\r\n\r\n"),
};

/** Addresses from which no response can come. */
const unreachable: Record<string, (stage: Stage, path: string) => string> = {
  "nobody-listens": (stage, path) => `http://${stage.neighbours.nobody}${path}`,
  "no-such-name": (_, path) => `http://nobody.invalid${path}`,
  "certificate-nobody-trusts": (stage, path) => `https://${stage.neighbours.untrusted}${path}`,
};

/** The scenarios of the chapter on errors that tell of fetches. */
export const fetchErrors: readonly Scenario[] = [
  ...Object.entries(breaks).map(([how, breakOff]) =>
    scenario({
      requirement: "errors/fetch-transport-error-is-catchable",
      variant: how,
      title: `A fetch that ends without a whole response (${how}) is a transport error that its guest can handle`,
      module: "web",
      probes: [maxHeld(2), returns(1), failures(1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const [caught, uncaught] = [stage.gate("caught"), stage.gate("uncaught")];
        const catching = alice.call("sendThenRecord", { request: { url: caught.url }, token: "went on" });
        const failing = alice.call("sendOrFail", { request: { url: uncaught.url } });
        await stage.held([caught, uncaught]);
        for (const gate of [caught, uncaught]) {
          stage.letGo(gate);
          await breakOff(stage, gate);
        }
        await refused(stage, catching, "transport", "what the guest caught");
        expectSame((await stage.failed(failing)).category, "transport", "wrong-category", "how the other call failed");
        const recorded = (await stage.recorded()).map(({ token, outcome }) => [token, outcome]);
        expectSame(recorded, [["went on", "transport"]], "wrong-row", "what was committed");
      },
    }),
  ),
  ...Object.entries(unreachable).map(([how, urlOf]) =>
    scenario({
      requirement: "errors/fetch-transport-error-is-catchable",
      variant: how,
      title: `A fetch that reaches nobody (${how}) is a transport error that its guest can handle`,
      module: "web",
      probes: [returns(2), failures(1), maxHeld(1)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const gate = stage.gate("reached");
        const path = pathOf(gate.url);
        const url = urlOf(stage, `${path}/elsewhere`);
        const catching = alice.call("sendThenRecord", { request: { url }, token: "went on" });
        stage.endsByItself();
        await refused(stage, catching, "transport", "what the guest caught");
        const failing = alice.call("sendOrFail", { request: { url } });
        stage.endsByItself();
        expectSame((await stage.failed(failing)).category, "transport", "wrong-category", "how the other call failed");
        expectSame(await stage.tokens(), ["went on"], "wrong-row", "what was committed");
        const trusted = stage.neighbours.wasTrustedWith(`${path}/elsewhere`);
        expectThat(!trusted, "unexpected-arrival", "the request was sent to a server that nobody trusts");

        const near = send(alice, { url: gate.url });
        await stage.held([gate]);
        await stage.release(gate);
        await answered(stage, near);
      },
    }),
  ),
  scenario({
    requirement: "errors/non-2xx-is-not-an-error",
    title: "Whatever its status, a whole response is a response",
    module: "web",
    probes: [maxHeld(8), returns(8)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const fetches = [200, 299, 304, 400, 404, 418, 500, 503].map((status) => {
        const gate = stage.gate(`status ${status}`);
        return { status, gate, call: alice.call("sendThenRecord", { request: { url: gate.url }, token: gate.name }) };
      });
      await stage.held(fetches.map(({ gate }) => gate));
      for (const { status, gate, call } of fetches) {
        await stage.release(gate, { status, body: `body of ${status}` });
        const response = await answered(stage, call);
        const text = status === 304 ? "" : `body of ${status}`;
        expectSame([response.status, response.text], [status, text], "wrong-response", "status and body");
      }
      const recorded = (await stage.recorded()).map(({ token, outcome }) => [token, outcome]);
      const expected = fetches.map(({ gate }) => [gate.name, "response"]);
      expectSame(recorded, expected, "wrong-row", "what was committed");
    },
  }),
];
