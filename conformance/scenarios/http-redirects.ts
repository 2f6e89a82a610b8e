import { expectSame } from "./expect.ts";
import { maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { Violation } from "./violation.ts";
import { answered, expectSameBytes, redirect, refused, send, valuesByName } from "./web.ts";

/** Redirects that one fetch follows. */
const mostRedirects = 10;

/** The scenarios of the chapter on HTTP that tell of redirects. */
export const httpRedirects: readonly Scenario[] = [
  scenario({
    requirement: "http/redirect-limit",
    title: "Ten redirects are followed; an eleventh ends the fetch, and its target is not asked",
    module: "web",
    probes: [maxHeld(1), returns(2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const chain = async (name: string, redirects: number) => {
        const gates = stage.gates(`${name} `, redirects + 1);
        const call = send(alice, { url: gates[0]!.url });
        for (const [index, gate] of gates.slice(0, mostRedirects).entries()) {
          await redirect(stage, gate, gates[index + 1]!.url);
        }
        return { gates, call };
      };
      const ten = await chain("within", mostRedirects);
      const last = ten.gates[mostRedirects]!;
      await stage.held([last]);
      await stage.release(last, { body: "at the end" });
      const response = await answered(stage, ten.call);
      expectSame([response.text, response.url], ["at the end", last.url], "wrong-response", "what the tenth led to");

      const eleven = await chain("over", mostRedirects + 1);
      const beyond = eleven.gates[mostRedirects + 1]!;
      const asked = beyond.arrived.then(() => {
        throw new Violation("unexpected-arrival", "the target of the eleventh redirect was asked");
      });
      asked.catch(() => {});
      stage.endsByItself();
      await redirect(stage, eleven.gates[mostRedirects]!, beyond.url);
      await Promise.race([refused(stage, eleven.call, "transport", "what came of eleven redirects"), asked]);
      await stage.neverArrived([beyond]);
    },
  }),
  scenario({
    requirement: "http/redirect-limit",
    variant: "follow",
    title: "A redirect keeps the request or turns it into a GET by its status, and leaves secrets where they belong",
    module: "web",
    probes: [maxHeld(1), returns(4)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const headers = [
        ["authorization", "a secret"],
        ["cookie", "another=1"],
        ["content-type", "text/x"],
        ["x-kept", "1"],
      ] as const;
      const body = Buffer.from("the body");
      const follow = async (status: number, toAnotherOrigin: boolean) => {
        const [moved, target] = [stage.gate(`moved by ${status}`), stage.gate(`target of ${status}`)];
        const asked = { url: moved.url, method: "POST", headers, body: { hex: body.toString("hex") } };
        const call = send(alice, asked);
        const location = new URL(target.url);
        if (toAnotherOrigin) location.hostname = "localhost";
        await redirect(stage, moved, location.href, status);
        await stage.held([target]);
        const arrival = await target.arrived;
        await stage.release(target);
        expectSame((await answered(stage, call)).url, location.href, "wrong-response", "the URL that answered");
        const names = valuesByName(arrival.headers);
        const kept = headers.map(([name]) => name).filter((name) => names.has(name));
        return { arrival, kept };
      };
      const all = headers.map(([name]) => name);
      for (const [status, toAnotherOrigin, method, expected] of [
        [307, false, "POST", all],
        [308, true, "POST", ["content-type", "x-kept"]],
        [303, false, "GET", ["authorization", "cookie", "x-kept"]],
        [302, true, "GET", ["x-kept"]],
      ] as const) {
        const { arrival, kept } = await follow(status, toAnotherOrigin);
        expectSame(arrival.method, method, "wrong-request", `the method after a ${status}`);
        expectSame(kept, expected, "wrong-request", `the guest's headers after a ${status}`);
        expectSameBytes(arrival.body, method === "POST" ? body : Buffer.alloc(0), `the body after a ${status}`);
      }
    },
  }),
];
