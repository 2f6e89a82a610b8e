import { expectSame, expectThat } from "./expect.ts";
import { maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** The scenario of the chapter on concurrency in which a body comes in two halves. */
export const halfStreamed: readonly Scenario[] = [
  scenario({
    requirement: "concurrency/half-streamed-body-blocks-nobody",
    title: "While half of a body is missing, reducers and other procedures of both connections complete",
    module: "relay",
    probes: [maxHeld(2), returns(5)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const half = stage.gate("half");
      const body = "x".repeat(1 << 20);
      const call = alice.call("fetchThenRecord", { url: half.url, token: "half" });
      await stage.held([half]);
      await stage.until(half.begin({ body }, body.length / 2), "half of the body to be sent");

      const expected: string[] = [];
      for (const [name, client] of Object.entries({ alice, bob })) {
        await stage.returnedMeanwhile(client.call("record", { token: `${name}'s reducer` }));
        const gate = stage.gate(`${name}'s own`);
        const other = client.call("fetchThenRecord", { url: gate.url, token: gate.name });
        await stage.held([gate]);
        await stage.release(gate);
        await stage.returnedMeanwhile(other);
        expected.push(`${name}'s reducer`, gate.name);
      }
      expectThat(call.ended === undefined, "wrong-response", "the procedure went on with half of its body");
      expectSame(
        await stage.tokens(),
        expected,
        "wrong-order",
        "what was committed while half of the body was missing",
      );

      await stage.release(half);
      const { body: read } = await stage.returned<{ body: string }>(call);
      expectSame(read.length, body.length, "wrong-response", "the length of the body that was read");
      expectSame(await stage.tokens(), [...expected, "half"], "wrong-order", "the commit order");
    },
  }),
];
