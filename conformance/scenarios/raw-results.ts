import { described, guestDescribing } from "../fixtures/describing.ts";
import { expectSame } from "./expect.ts";
import { interfaceOfBytes } from "./loading.ts";
import { returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Texts that are no JSON, and one that is, but holds a lone surrogate. */
const unfit = ["", "{", "NaN", "1 2", "undefined", "'text'", "[1,]", '"\\ud800"'];

/** Texts that are JSON although no host would write them so, with their values. */
const fit: readonly (readonly [text: string, value: unknown])[] = [
  [' {"b" : 1e0, "a": [ ] }\n', { a: [], b: 1 }],
  ['"\\u0065\\ud834\\udd1e"', "e𝄞"],
  ["null", null],
];

/** The scenarios on what a guest hands over as its result without an SDK that would look after it. */
export const rawResults: readonly Scenario[] = [
  scenario({
    requirement: "errors/unserializable-result",
    variant: "handed-over",
    title: "A result that a guest hands over and that is no JSON fails its call, and a reducer commits nothing",
    module: "relay",
    probes: [returns(1)],
    async play(stage) {
      for (const text of unfit) {
        const { result, seq } = await callOnce(stage, text);
        const category = result.outcome === "failed" ? result.error.category : "returned";
        expectSame(category, "bad-value", "wrong-category", `how a reducer that gave ${JSON.stringify(text)} ended`);
        expectSame({ seqs: result.seqs, seq }, { seqs: [], seq: 0 }, "unexpected-row", "what it committed");
      }
      for (const [text, value] of fit) {
        const { result, seq } = await callOnce(stage, text);
        const given = result.outcome === "returned" ? result.value : result.error;
        expectSame(given, value, "wrong-value", `what a reducer that gave ${JSON.stringify(text)} returned`);
        expectSame({ seqs: result.seqs, seq }, { seqs: [1], seq: 1 }, "missing-row", "what it committed");
      }
      const alice = await stage.connect("alice");
      await stage.returned(alice.call("record", { token: "after" }));
    },
  }),
];

/** Loads a guest whose only reducer gives this text, calls it once, and tells how it ended and which commit was the last. */
async function callOnce(stage: Stage, text: string) {
  const bytes = await guestDescribing(
    described({ functions: [{ name: "give", kind: "reducer", params: [] }] }),
    stage.js,
    text,
  );
  let ended: { result: Awaited<ReturnType<Stage["host"]["call"]>>; seq: number } | undefined;
  await interfaceOfBytes(stage, bytes, async (module) => {
    const connection = stage.freshName("k");
    await stage.host.request("connection/open", { module, connection });
    const calling = stage.host.call({ call: stage.freshName("c"), connection, function: "give", args: {} });
    const result = await stage.until(calling, "the reducer give to end");
    ended = { result, seq: (await stage.host.request("table/read", { module, table: "log" })).seq };
  });
  return ended!;
}
