import { expectCommits } from "./commits.ts";
import type { Connection } from "./connection.ts";
import { expectSame } from "./expect.ts";
import { failures, maxHeld, returns, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

type Op = readonly unknown[];

/** A way to run one transaction of the module `script`; gives what its operations observed. */
interface Path {
  readonly name: string;
  readonly run: (stage: Stage, connection: Connection, ops: readonly Op[]) => Promise<unknown>;
}

/** Every kind of function that runs transactions. */
const paths: readonly Path[] = [
  { name: "reducer", run: (stage, connection, ops) => stage.returned(connection.call("run", { ops })) },
  ...["play", "playBlocking"].map((name) => ({
    name: name === "play" ? "procedure" : "blocking-procedure",
    run: async (stage: Stage, connection: Connection, ops: readonly Op[]) => {
      const [seen] = await stage.returned<[{ tx?: unknown }]>(connection.call(name, { steps: [{ tx: ops }] }));
      return seen.tx ?? seen;
    },
  })),
];

const everything = ["scan", "", ""];

/** The scenarios of the chapter on isolation that speak of what a transaction sees of itself, and of what it leaves. */
export const isolationOutcomes: readonly Scenario[] = [
  scenario({
    requirement: "isolation/strict-serializable",
    variant: "acknowledged-writes",
    title: "What a reducer or procedure acknowledged is read by each transaction that is submitted afterwards",
    module: "script",
    probes: [returns(54), rowsSeen("cells", 1)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      let number = 0;
      for (let round = 0; round < 3; round += 1) {
        for (const writer of paths) {
          for (const reader of paths) {
            number += 1;
            await writer.run(stage, alice, [["put", "number", number]]);
            const read = await reader.run(stage, bob, [["get", "number"]]);
            expectSame(read, [number], "stale-read", `what a ${reader.name} read after a ${writer.name} wrote`);
            expectSame(await stage.rows("cells"), [["number", number]], "stale-read", "what was read from outside");
          }
        }
      }
    },
  }),
  scenario({
    requirement: "isolation/strict-serializable",
    variant: "held-readers",
    title: "A procedure whose response is released after a write was acknowledged reads that write",
    module: "script",
    probes: [maxHeld(8), returns(24)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const gates = stage.gates("reader ", 8);
      const steps = (url: string) => [{ tx: [["get", "number"]] }, { fetch: url }, { tx: [["get", "number"]] }];
      const readers = gates.map((gate) => bob.call("play", { steps: steps(gate.url) }));
      await stage.held(gates);
      for (const [index, gate] of stage.random.shuffled(gates).entries()) {
        await stage.returned(alice.call("run", { ops: [["put", "number", index]] }));
        await stage.release(gate);
        const seen = await stage.returned<readonly unknown[]>(readers[gates.indexOf(gate)]!);
        expectSame([seen[0], seen[2]], [{ tx: [null] }, { tx: [index] }], "stale-read", `what ${gate.name} read`);
        const later = await stage.returned(alice.call("run", { ops: [["get", "number"]] }));
        expectSame(later, [index], "stale-read", "what a reducer read afterwards");
      }
    },
  }),
  ...paths.map((path) =>
    scenario({
      requirement: "isolation/read-your-writes",
      variant: path.name,
      title: `A transaction of a ${path.name} reads what it inserted, updated and deleted, in gets and in scans`,
      module: "script",
      probes: [returns(2), rowsSeen("cells", 3)],
      async play(stage) {
        const alice = await stage.connect("alice");
        await path.run(stage, alice, [
          ["put", "b", 2],
          ["put", "d", 4],
          ["put", "e", 5],
        ]);
        const before = [
          ["b", 2],
          ["d", 4],
          ["e", 5],
        ] as const;
        const after = [
          ["a", 10],
          ["b", 20],
          ["e", 6],
        ] as const;
        const ops: readonly (readonly [op: Op, seen: unknown])[] = [
          [everything, before],
          [["put", "a", 1], null],
          [["get", "a"], 1],
          [["put", "a", 10], null],
          [["put", "b", 20], null],
          [["get", "b"], 20],
          [["delete", "d"], true],
          [["get", "d"], null],
          [["delete", "d"], false],
          [
            everything,
            [
              ["a", 10],
              ["b", 20],
              ["e", 5],
            ],
          ],
          [["insert", "c", 3], true],
          [["insert", "c", 4], false],
          [
            ["scan", "b", "d"],
            [
              ["b", 20],
              ["c", 3],
            ],
          ],
          [
            ["where", 10],
            [
              ["a", 10],
              ["b", 20],
            ],
          ],
          [["delete", "c"], true],
          [["insert", "d", 7], true],
          [["delete", "d"], true],
          [["add", "e", 1], 6],
          [everything, after],
        ];
        expectSame(
          await path.run(
            stage,
            alice,
            ops.map(([op]) => op),
          ),
          ops.map(([, seen]) => seen),
          "wrong-value",
          "what the operations observed, one after the other",
        );
        expectSame(await stage.rows("cells"), after, "wrong-row", "the rows at the end");
      },
    }),
  ),
  scenario({
    requirement: "isolation/unique-key-violation-rolls-back",
    variant: "reducer",
    title: "A reducer that inserts under a key that exists fails as unique-violation, and leaves nothing",
    module: "script",
    probes: [failures(1), returns(2), rowsSeen("cells", 2)],
    async play(stage) {
      const alice = await stage.connect("alice");
      await stage.returned(
        alice.call("run", {
          ops: [
            ["put", "taken", 1],
            ["put", "number", 1],
          ],
        }),
      );
      const ops = [
        ["put", "new", 2],
        ["delete", "number"],
        ["insertOrFail", "taken", 2],
        ["put", "later", 2],
      ];
      const { category } = await stage.failed(alice.call("run", { ops }));
      expectSame(category, "unique-violation", "wrong-category", "how the reducer failed");
      const before = [
        ["number", 1],
        ["taken", 1],
      ] as const;
      expectSame(await stage.rows("cells"), before, "aborted-read", "the rows after the failure");
      const next = alice.call("run", {
        ops: [
          ["insertOrFail", "new", 3],
          ["insert", "taken", 3],
        ],
      });
      expectSame(await stage.returned(next), [null, false], "wrong-value", "what the next reducer observed");
      expectSame(await stage.rows("cells"), [["new", 3], ...before], "wrong-row", "the rows at the end");
    },
  }),
  ...["play", "playBlocking"].map((name) =>
    scenario({
      requirement: "isolation/unique-key-violation-rolls-back",
      variant: name === "play" ? "procedure" : "blocking-procedure",
      title: "A procedure that does so in its second transaction keeps the first, and leaves nothing of the second",
      module: "script",
      probes: [failures(1), returns(1), rowsSeen("cells", 2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        const steps = [
          { tx: [["insertOrFail", "first", 1]] },
          {
            tx: [
              ["put", "second", 2],
              ["put", "first", 2],
              ["insertOrFail", "first", 3],
            ],
          },
          { tx: [["put", "third", 3]] },
        ];
        const failing = alice.call(name, { steps });
        const { category } = await stage.failed(failing);
        expectSame(category, "unique-violation", "wrong-category", "how the procedure failed");
        await expectCommits(stage, failing, 1);
        expectSame(await stage.rows("cells"), [["first", 1]], "aborted-read", "the rows after the failure");
        const handled = {
          tx: [
            ["put", "second", 2],
            ["insert", "first", 3],
          ],
        };
        expectSame(
          await stage.returned(alice.call(name, { steps: [handled] })),
          [{ tx: [null, false] }],
          "wrong-value",
          "what a transaction observed that handles the refusal",
        );
        expectSame(
          await stage.rows("cells"),
          [
            ["first", 1],
            ["second", 2],
          ],
          "wrong-row",
          "the rows at the end",
        );
      },
    }),
  ),
  ...["play", "playBlocking"].map((name) =>
    scenario({
      requirement: "isolation/aborted-transaction-leaves-nothing",
      variant: name === "play" ? "procedure" : "blocking-procedure",
      title:
        "Rows, deletions and numbers of a transaction that is aborted are gone, and its number of commit is not used",
      module: "script",
      probes: [returns(3), rowsSeen("log", 2), rowsSeen("cells", 2)],
      async play(stage) {
        const alice = await stage.connect("alice");
        await stage.returned(
          alice.call("run", {
            ops: [
              ["put", "a", 1],
              ["put", "b", 2],
              ["record", "before"],
            ],
          }),
        );
        const undone = [["put", "a", 9], ["delete", "b"], ["insert", "c", 9], ["record", "undone"], ["abort"]];
        const look = [everything, ["record", "after"]];
        const call = alice.call(name, { steps: [{ tx: undone }, { tx: look }] });
        const state = [
          ["a", 1],
          ["b", 2],
        ] as const;
        expectSame(
          await stage.returned(call),
          [{ undone: "abort" }, { tx: [state, 2] }],
          "aborted-read",
          "what the call observed: the abort, and what the next transaction saw",
        );
        const [seq, ...more] = await stage.seqs(call);
        expectSame([seq, more], [2, []], "wrong-value", "the commits that the call reports");
        expectSame(await stage.rows("cells"), state, "aborted-read", "the rows at the end");
        expectSame(await stage.tokens(), ["before", "after"], "aborted-read", "what was recorded");
        expectSame(
          await stage.returned(alice.call("run", { ops: [["insert", "c", 3]] })),
          [true],
          "aborted-read",
          "whether the key that the aborted transaction inserted was free",
        );
      },
    }),
  ),
  scenario({
    requirement: "isolation/aborted-transaction-leaves-nothing",
    variant: "schedule",
    title: "A call that a reducer scheduled before it threw never runs; one that a reducer scheduled does",
    module: "clockwork",
    capabilities: ["clock", "quiesce"],
    probes: [failures(1), rowsSeen("log", 3)],
    async play(stage) {
      const alice = await stage.connect("alice");
      const at = stage.now + 10;
      const failing = alice.call("scheduleThenThrow", { at, token: "undone" });
      expectSame((await stage.failed(failing)).category, "guest-error", "wrong-category", "how the reducer failed");
      await stage.returned(alice.call("scheduleRecord", { at, token: "kept" }));
      await stage.advance(at + 10);
      await stage.quiet();
      expectSame(await stage.tokens(), ["init", "connected", "kept"], "aborted-read", "what was recorded");
    },
  }),
];
