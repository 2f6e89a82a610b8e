import type { CallResult } from "../protocol/schemas.ts";
import type { Submitted } from "./connection.ts";
import { expectSame } from "./expect.ts";
import type { Randomness } from "./randomness.ts";
import type { Stage } from "./stage.ts";

type Op = readonly unknown[];

/** What a story does next: it submits a reducer, or lets the fetch go on that a procedure waits for, whole or broken off. */
type Move = { readonly reducer: readonly Op[] } | { readonly procedure: number; readonly how: "release" | "reset" };

/** Calls and the order in which things happen to them, free of any name. */
export interface Plan {
  /** The transactions of each procedure; it fetches before each of them. */
  readonly procedures: readonly (readonly (readonly Op[])[])[];
  readonly moves: readonly Move[];
}

/** The names that a telling of a plan gives; each call of a function gives one. */
export interface Names {
  readonly client: string;
  readonly gate: (procedure: number, fetch: number) => string;
  readonly call: (index: number) => string;
}

/** What a telling showed: results in the order of submission, and tables. */
export interface Telling {
  readonly results: readonly CallResult[];
  readonly turns: readonly unknown[];
  readonly tables: Readonly<Record<string, readonly (readonly [string, unknown])[]>>;
}

/** Names that say what they name, in which telling: no two requests of a scenario may share one. */
export const plainNames = (telling: string): Names => ({
  client: "client",
  gate: (procedure, fetch) => `${telling} gate ${procedure}-${fetch}`,
  call: (index) => `call ${index} `,
});

/** Draws a plan: four procedures of three transactions each, with reducers between, one fetch broken off and one transaction aborted. */
export function drawPlan(random: Randomness): Plan {
  const keys = ["a", "b", "c"];
  const key = () => random.shuffled(keys)[0];
  const transaction = (token: string): Op[] => [
    ["append", `list ${key()}`, token],
    ["add", `sum ${key()}`, token.length],
    ["scan", "", ""],
    ["record", token],
  ];
  const procedures = Array.from({ length: 4 }, (_, procedure) =>
    Array.from({ length: 3 }, (_, index) => {
      const ops = transaction(`transaction ${procedure}-${index}`);
      return procedure === 1 && index === 2 ? [...ops, ["abort"]] : ops;
    }),
  );
  const releases = random.shuffled(procedures.flatMap((transactions, procedure) => transactions.map(() => procedure)));
  const broken = releases.indexOf(2);
  const moves = releases.flatMap((procedure, at): Move[] => [
    // Two at a time: turn by turn they are ready together.
    ...(at % 3 === 1 ? ["first", "second"].map((which) => ({ reducer: transaction(`${which} reducer ${at}`) })) : []),
    { procedure, how: at === broken ? "reset" : "release" },
  ]);
  return { procedures, moves };
}

/**
 * Plays a plan on a stage, under these names: each consequence is awaited before the next move, or, where `stepped`, the lane stands still, outcomes enter
 * its queue one at a time, and it is stepped through them round by round.
 */
export async function tell(stage: Stage, plan: Plan, names: Names, stepped = false): Promise<Telling> {
  const client = await stage.connect(names.client);
  let calls = 0;
  const submit = (name: string, args: object): Submitted => {
    calls += 1;
    return client.call(name, { ...args }, { name: stage.freshName(names.call(calls)) });
  };
  const gates = plan.procedures.map((transactions, procedure) =>
    transactions.map((_, fetch) => stage.gate(names.gate(procedure, fetch))),
  );
  const submitted = plan.procedures.map((transactions, procedure) =>
    submit("play", {
      steps: transactions.flatMap((tx, index) => [{ fetch: gates[procedure]![index]!.url }, { tx }]),
    }),
  );
  const all = [...submitted];
  await stage.held(gates.map(([first]) => first!));
  const turns: unknown[] = [];
  const takeTurns = async () => {
    for (let turn = await stage.step(); turn !== null; turn = await stage.step()) {
      turns.push({ kind: turn.kind, of: all.findIndex(({ call }) => call === turn.call) });
    }
  };
  if (stepped) await stage.pause();
  const next = plan.procedures.map(() => 0);
  for (const move of plan.moves) {
    if ("reducer" in move) {
      const call = submit("run", { ops: move.reducer });
      all.push(call);
      if (!stepped) await stage.result(call);
      continue;
    }
    const { procedure, how } = move;
    const fetch = next[procedure]!;
    next[procedure] = fetch + 1;
    const gate = gates[procedure]![fetch]!;
    if (stepped && gate.state !== "held") {
      await takeTurns();
      await stage.held([gate]);
    }
    if (how === "reset") await stage.breakOff(gate, "reset");
    else await stage.release(gate, { body: `body ${procedure}-${fetch}` });
    if (stepped) await stage.quiet();
    else {
      const following = gates[procedure]![fetch + 1];
      await stage.consequences(following === undefined ? [] : [following], following ? [] : [submitted[procedure]!]);
    }
  }
  if (stepped) {
    await takeTurns();
    await stage.resume();
  }
  const results: CallResult[] = [];
  for (const call of all) results.push(await stage.result(call));
  const tables = { cells: await stage.rows("cells"), log: await stage.rows("log") };
  return { results, turns, tables };
}

/** Demands that a telling showed what the first did. Compared piece by piece, so that the first difference is named and not drowned. */
export function expectSameTelling(second: Telling, first: Telling): void {
  expectSame(second.results.length, first.results.length, "not-deterministic", "the number of results");
  for (const [index, result] of first.results.entries()) {
    const other = second.results[index]!;
    const [seen, before] = [stepsOf(other), stepsOf(result)];
    for (const [step, one] of before.entries()) {
      expectSame(seen[step], one, "not-deterministic", `step ${step} of call ${index + 1}, against the first telling`);
    }
    const what = `how call ${index + 1} ended, against the first telling`;
    expectSame({ ...other, value: null }, { ...result, value: null }, "not-deterministic", what);
  }
  expectSame(second.turns, first.turns, "not-deterministic", "the turns, against those of the first telling");
  for (const [table, rows] of Object.entries(first.tables)) {
    const what = `the rows of ${table}, against those of the first telling`;
    expectSame(second.tables[table], rows, "not-deterministic", what);
  }
}

/** What each step of a call gave. */
function stepsOf(result: CallResult): readonly unknown[] {
  return result.outcome === "returned" && Array.isArray(result.value) ? result.value : [];
}
