import { withDataFile } from "./data-file.ts";
import { expectSame, expectThat } from "./expect.ts";
import { maxHeld, type Probe, pipelined, returns } from "./probes.ts";
import { type Scenario, type ScenarioText, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** What is left when a host's process is killed and another opens the same file. */
export const lifecycleDurable: readonly Scenario[] = [
  killed("before-the-first-turn", {
    title: "Killed before the first turn of a call: what was acknowledged is there, and nothing of that call",
    capabilities: ["durable", "stepping"],
    probes: [returns(1), submittedUnanswered(1)],
    async upTo(stage) {
      const alice = await stage.connect("alice");
      await stage.returned(alice.call("record", { token: "acknowledged" }));
      await stage.pause();
      alice.call("record", { token: "not begun" });
      // The host takes its requests in order: it has the call by now.
      await stage.until(stage.host.request("stats", {}), "the host's counts");
      return [["acknowledged"]];
    },
  }),
  killed("while-held", {
    title: "Killed while a procedure is held between two transactions: never the second without the first",
    probes: [returns(1), maxHeld(1), submittedUnanswered(1)],
    upTo: heldBetween,
  }),
  killed("inside-a-transaction", {
    title: "Killed while a transaction stands open: nothing of it is there",
    module: "script",
    guests: "js",
    capabilities: ["durable", "txPoints", "quiesce"],
    probes: [returns(1), submittedUnanswered(1)],
    async upTo(stage) {
      const alice = await stage.connect("alice");
      await stage.returned(alice.call("run", { ops: [["put", "acknowledged", 1]] }));
      const steps = [
        {
          tx: [
            ["put", "acknowledged", 2],
            ["put", "open", 1],
            ["point", "inside"],
          ],
        },
      ];
      const open = alice.call("playBlocking", { steps }, { park: true });
      await stage.quiet();
      expectThat(stage.isParked(open), "missing-result", "the call has not come to its point");
      return [["acknowledged 1"]];
    },
    found: async (stage) => (await stage.rows<number>("cells")).map(([key, value]) => `${key} ${value}`),
  }),
  killed("after-the-result", {
    title: "Killed after the result of a commit: it is there",
    probes: [returns(3)],
    async upTo(stage) {
      const alice = await stage.connect("alice");
      const tokens = ["first", "second", "third"];
      for (const token of tokens) await stage.returned(alice.call("record", { token }));
      return [tokens];
    },
  }),
  killed("between-two-results", {
    title: "Killed between the results of pipelined reducers: those that were answered are there, and no other",
    capabilities: ["durable", "stepping"],
    probes: [pipelined(64), returns(32), submittedUnanswered(32)],
    async upTo(stage) {
      const alice = await stage.connect("alice");
      await stage.pause();
      const tokens = Array.from({ length: 64 }, (_, index) => `reducer ${index}`);
      const calls = tokens.map((token) => alice.call("record", { token }));
      for (const call of calls.slice(0, 32)) {
        await stage.step();
        await stage.returned(call);
      }
      return [tokens.slice(0, 32)];
    },
  }),
  killed("with-a-schedule-pending", {
    title: "Killed while a schedule waits: its call is made once, and `init` not again",
    module: "clockwork",
    capabilities: ["durable", "clock", "quiesce"],
    probes: [returns(1)],
    async upTo(stage) {
      const alice = await stage.connect("alice");
      await stage.returned(alice.call("scheduleRecord", { at: stage.now + 5000, token: "scheduled" }));
      return [["init", "connected", "scheduled"]];
    },
    async found(stage) {
      await stage.advance(stage.now + 4999);
      await stage.quiet();
      expectSame(await stage.tokens(), ["init", "connected"], "unexpected-row", "the rows before the time has come");
      await stage.advance(stage.now + 1);
      await stage.advance(stage.now + 10_000);
      await stage.quiet();
      return stage.tokens();
    },
  }),
  scenario({
    ...twoLives({ title: "", probes: [], upTo: heldBetween }),
    requirement: "lifecycle/no-effect-before-durability",
    title: "Killed at the arrival of a request that followed a commit: the commit is there whole, or it is not",
    probes: [returns(1), maxHeld(1)],
  }),
];

/** The states that the second life may find. */
type Legal = readonly (readonly string[])[];

interface Lives extends Pick<ScenarioText, "title" | "guests" | "capabilities" | "probes"> {
  /** `relay` where absent. */
  readonly module?: string;
  /** Plays the first life up to the moment at which it is ended. */
  upTo(stage: Stage): Promise<Legal>;
  /** What the second life finds; the recorded tokens where absent. */
  found?(stage: Stage): Promise<string[]>;
}

function killed(variant: string, lives: Lives): Scenario {
  return scenario({ ...twoLives(lives), requirement: "lifecycle/kill-loses-no-commit", variant });
}

function twoLives(lives: Lives): Omit<ScenarioText, "requirement" | "variant"> {
  const { title, guests, capabilities = ["durable"], probes, module = "relay" } = lives;
  return {
    title,
    module,
    ownProcess: true,
    ...(guests && { guests }),
    capabilities,
    probes,
    async play(stage) {
      await withDataFile(async (data) => {
        const first = await stage.another(module, { data });
        const legal = await lives.upTo(first);
        const second = await first.afterDeath(module, { data });
        const found = await (lives.found?.(second) ?? intact(second));
        const isLegal = legal.some((state) => JSON.stringify(state) === JSON.stringify(found));
        expectThat(isLegal, "missing-row", "what was committed before the kill is not what is there after it", [
          `legal: ${legal.map((state) => JSON.stringify(state)).join(" or ")}`,
          `found: ${JSON.stringify(found)}`,
        ]);
      });
    },
  };
}

/** The recorded tokens. Each transaction has written a row and raised the counter: one without the other is half a transaction. */
export async function intact(stage: Stage): Promise<string[]> {
  const tokens = await stage.tokens();
  const counters = await stage.rows<{ n: number }>("meta");
  const counted = counters.map(([, { n }]) => n)[0] ?? 0;
  expectSame(counted, tokens.length, "intermediate-read", "the counter that is written with each row");
  const alice = await stage.connect("after");
  await stage.returned(alice.call("record", { token: "after" }));
  expectSame(await stage.tokens(), [...tokens, "after"], "wrong-row", "the rows after the next reducer");
  return tokens;
}

async function heldBetween(stage: Stage): Promise<Legal> {
  const alice = await stage.connect("alice");
  await stage.returned(alice.call("record", { token: "acknowledged" }));
  const gate = stage.gate("between");
  alice.call("recordFetchRecord", { url: gate.url, token: "call" });
  await stage.held([gate]);
  // No result has told of the first transaction: whether it is there already is the host's choice.
  return [["acknowledged", "call/before"], ["acknowledged"]];
}

/** At least n calls were submitted and had no result when the process ended. */
function submittedUnanswered(n: number): Probe {
  return {
    name: `unanswered>=${n}`,
    hit: ({ history }) => {
      const ended = new Set(history.events.flatMap((event) => (event.kind === "result" ? [event.call] : [])));
      return history.events.filter((event) => event.kind === "submit" && !ended.has(event.call)).length >= n;
    },
  };
}
