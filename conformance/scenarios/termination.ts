import type { Gate } from "../origin/gated-origin.ts";
import type { Limits } from "../protocol/schemas.ts";
import { expectCommits } from "./commits.ts";
import type { Submitted } from "./connection.ts";
import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** A procedure that is held, and the gate that holds it. */
interface Held {
  readonly gate: Gate;
  readonly call: Submitted;
}

/** What ends when a turn uses up its budget: by the function that loops, and whether it fetches first. */
const loops = [
  { name: "fetchThenLoop", path: "lane", guests: "any" },
  { name: "recordThenLoop", path: "reducer", guests: "any" },
  { name: "loopOnTheBlockingPath", path: "blocking", guests: "js" },
] as const;

/** The scenarios on guests that the host has to stop. */
export const termination: readonly Scenario[] = [
  ...loops.map(({ name, path, guests }) =>
    scenario({
      requirement: "errors/termination-kills-one",
      variant: path,
      title: `An endless loop of ${name} ends that call alone; what was held completes or fails as retryable`,
      module: "mishaps",
      ownProcess: true,
      guests,
      probes: [maxHeld(3), failures(1), returns(3)],
      async play(stage) {
        const bounded = await withLimits(stage, { turnMs: 1000 });
        await survives(
          bounded,
          path === "reducer" ? [] : ["culprit"],
          async (token, alice) => {
            if (path === "reducer") return alice.call(name, { token });
            const gate = bounded.gate("culprit");
            const call = alice.call(name, { url: gate.url, token });
            await bounded.held([gate]);
            await bounded.release(gate);
            return call;
          },
          ["budget"],
        );
      },
    }),
  ),
  scenario({
    requirement: "errors/heap-exhaustion-is-contained",
    title: "A guest that allocates without end loses its call: the host, its rows and its other modules live on",
    module: "mishaps",
    ownProcess: true,
    capabilities: ["memoryLimit"],
    probes: [maxHeld(3), failures(1), returns(3)],
    async play(stage) {
      const bounded = await stage.another("mishaps", { limits: { memoryBytes: 64 * 1024 * 1024 } });
      await survives(
        bounded,
        ["culprit"],
        async (token, alice) => {
          const gate = bounded.gate("culprit");
          const call = alice.call("fetchThenExhaust", { url: gate.url, token });
          await bounded.held([gate]);
          await bounded.release(gate);
          return call;
        },
        stage.js ? ["memory"] : ["guest-error"],
      );
    },
  }),
];

/** A stage with these bounds where the host lets its operator set them; else its own bounds have to do. */
async function withLimits(stage: Stage, limits: Limits): Promise<Stage> {
  if (!stage.host.info.capabilities.includes("limits")) return stage;
  return stage.another("mishaps", { limits });
}

/**
 * Lets a culprit be stopped beside two held procedures of its module and one of another, and demands that nothing else is lost: `kept` are the tokens that
 * the culprit had committed.
 */
async function survives(
  stage: Stage,
  kept: readonly string[],
  offend: (token: string, alice: Awaited<ReturnType<Stage["connect"]>>) => Promise<Submitted>,
  categories: readonly string[],
): Promise<void> {
  const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
  const elsewhere = await stage.another("relay");
  const carol = await elsewhere.connect("carol");
  await stage.returned(alice.call("record", { token: "before" }));
  const beside = stage.gates("beside ", 2).map((gate) => ({
    gate,
    call: bob.call("fetchThenRecord", { url: gate.url, token: gate.name }),
  }));
  await stage.held(beside.map(({ gate }) => gate));
  const far = elsewhere.gate("in another module");
  const other = carol.call("fetchThenRecord", { url: far.url, token: "elsewhere" });
  await elsewhere.held([far]);

  const culprit = await offend("culprit", alice);
  const { category } = await stage.failed(culprit);
  expectThat(
    categories.includes(category),
    "wrong-category",
    `the culprit failed as ${category}, not as ${categories.join(" or ")}`,
  );
  await expectCommits(stage, culprit, kept.length);
  await stage.returned(alice.call("record", { token: "after" }));

  const completed: string[] = [];
  for (const held of beside) if (await completes(stage, held)) completed.push(held.gate.name);
  await elsewhere.release(far);
  await elsewhere.returned(other);
  expectSame(await elsewhere.tokens(), ["elsewhere"], "missing-row", "what the other module committed");
  expectSame(await stage.tokens(), ["before", ...kept, "after", ...completed], "wrong-row", "what was committed");
}

/** Whether a held procedure lives, and then completes; where it does not, it has failed as retryable. */
async function completes(stage: Stage, { gate, call }: Held): Promise<boolean> {
  const lost = await stage.until(
    Promise.race([call.result.then(() => true), gate.closed.then(() => true), stage.quiet().then(() => false)]),
    `${call.call} to be lost, or the host to be quiet with it`,
  );
  if (lost) {
    const { category } = await stage.failed(call);
    expectSame(category, "lane-lost", "wrong-category", `how the bystander at ${gate.name} failed`);
    return false;
  }
  const value = await stage.answered(gate, call, { body: gate.name });
  expectSame(value, gate.name, "wrong-response", `what the bystander at ${gate.name} gave`);
  return true;
}
