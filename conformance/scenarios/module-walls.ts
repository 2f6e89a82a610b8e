import { expectSame, expectThat } from "./expect.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import { untilRecorded, withTurnBudget } from "./turn-budget.ts";

/** The scenarios of the chapter on isolation that speak of modules and of their instances. */
export const moduleWalls: readonly Scenario[] = [
  scenario({
    requirement: "isolation/modules-are-separate",
    variant: "rows",
    title: "Two loads of one module in one host have rows and numbers of commits of their own",
    module: "script",
    probes: [maxHeld(2), returns(14), rowsSeen("cells", 2)],
    async play(stage) {
      const other = await stage.another("script");
      const [alice, bob] = [await stage.connect("alice"), await other.connect("bob")];
      const sides = [
        { stage, connection: alice, gate: stage.gate("here"), name: "here" },
        { stage: other, connection: bob, gate: other.gate("there"), name: "there" },
      ];
      for (let round = 1; round <= 5; round += 1) {
        for (const { stage, connection, name } of sides) {
          const call = connection.call("run", {
            ops: [
              ["insert", name, round],
              ["add", "count", 1],
            ],
          });
          expectSame(await stage.returned(call), [round === 1, round], "unexpected-row", `what ${name} observed`);
          expectSame(await stage.seqs(call), [round], "wrong-value", `the number of the commit of ${name}`);
        }
      }
      const calls = sides.map(({ connection, gate }) =>
        connection.call("play", { steps: [{ fetch: gate.url }, { tx: [["scan", "", ""]] }] }),
      );
      for (const { stage, gate } of sides) await stage.held([gate]);
      for (const [index, { stage, gate, name }] of sides.entries()) {
        await stage.release(gate, { body: `for ${name}` });
        const rows = [
          ["count", 5],
          [name, 1],
        ];
        const expected = [{ status: 200, body: `for ${name}` }, { tx: [rows] }];
        expectSame(await stage.returned(calls[index]!), expected, "unexpected-row", `what a procedure saw ${name}`);
        expectSame(await stage.rows("cells"), rows, "unexpected-row", `the rows ${name}`);
      }
      for (const { stage, connection, name } of sides) {
        const taken = connection.call("run", { ops: [["delete", name]] });
        expectSame(await stage.returned(taken), [true], "missing-row", `whether the row was there, ${name}`);
      }
    },
  }),
  scenario({
    requirement: "isolation/modules-are-separate",
    variant: "loops",
    title: "While a turn of one module loops without end, reducers and procedures of another complete",
    module: "relay",
    probes: [maxHeld(1), returns(6), failures(1), rowsSeen("log", 5)],
    async play(stage) {
      const looping = await stage.another("toil", withTurnBudget(stage, 3000));
      const [alice, mallory] = [await stage.connect("alice"), await looping.connect("mallory")];
      const gate = stage.gate("held meanwhile");
      const procedure = alice.call("fetchThenRecord", { url: gate.url, token: "procedure" });
      await stage.held([gate]);
      const endless = mallory.call("loop", { token: "about to loop" });
      await untilRecorded(looping, 1);

      await stage.returned(alice.call("record", { token: "reducer 0" }));
      expectThat(
        endless.ended === undefined,
        "foreign-turn",
        "the reducer ran only when the other module's loop had been stopped",
      );
      for (const index of [1, 2, 3]) await stage.returned(alice.call("record", { token: `reducer ${index}` }));
      await stage.release(gate);
      await stage.returned(procedure);

      expectSame((await looping.failed(endless)).category, "budget", "wrong-category", "how the loop ended");
      await stage.returned(alice.call("record", { token: "after" }));
      const tokens = [...[0, 1, 2, 3].map((index) => `reducer ${index}`), "procedure", "after"];
      expectSame(await stage.tokens(), tokens, "wrong-row", "what was committed");
    },
  }),
  scenario({
    requirement: "isolation/guest-globals-are-not-storage",
    title: "A variable that each call of a module raises has been raised by calls of that load alone",
    module: "toil",
    probes: [returns(16)],
    async play(stage) {
      const other = await stage.another("toil");
      const sides = [
        { stage, connection: await stage.connect("alice") },
        { stage: other, connection: await other.connect("bob") },
      ];
      for (let calls = 1; calls <= 8; calls += 1) {
        for (const { stage, connection } of sides) {
          const visits = await stage.returned<number>(connection.call("visit"));
          expectThat(
            Number.isInteger(visits) && visits >= 1 && visits <= calls,
            "wrong-value",
            `call ${calls} of this load found the variable raised ${visits} times`,
          );
        }
      }
    },
  }),
];
