import { RequestRefused } from "../protocol/host-fault.ts";
import type { CallResult } from "../protocol/schemas.ts";
import { expectSame } from "./expect.ts";
import { pipelined, rowsSeen } from "./probes.ts";
import { type Scenario, scenario } from "./scenario.ts";

interface Hooked {
  readonly token: string;
  readonly connection?: string;
}

/** The scenarios of the requirement on what surrounds a connection's calls. */
export const lifecycleOrder: readonly Scenario[] = [
  scenario({
    requirement: "ordering/lifecycle-order",
    variant: "calls-at-once",
    title: "Calls submitted right behind the opening of their connection run after its hook, and that after init",
    module: "clockwork",
    probes: [rowsSeen("log", 6)],
    async play(stage) {
      const clients = stage.host.together(() =>
        ["alice", "bob"].map((name) => {
          const { connection, opened } = stage.opening(name);
          return { name: connection.name, opened, call: connection.call("record", { token: `by ${name}` }) };
        }),
      );
      for (const { opened, call } of clients) {
        const outcome = await stage.until(outcomeOf(call.result), `${call.call} to end`);
        expectSame(outcome, "returned", "call-failed", "how a call submitted right behind the opening ended");
        await stage.until(opened, "the connection to be open");
      }
      const rows = await stage.recorded();
      expectSame(rows[0]?.token, "init", "wrong-order", "the first row");
      for (const { name, call } of clients) {
        const own = rows.filter((row) => row.n === call.ended?.seqs[0] || (row as Hooked).connection === name);
        expectSame(own.length, 2, "missing-row", `the rows of ${name}`);
        expectSame(own[0]?.token, "connected", "wrong-order", `what ${name}'s hook and call recorded first`);
      }
      const late = await stage.connect("carol");
      const expected = { token: "connected", connection: late.name };
      const { token, connection } = ((await stage.recorded()) as Hooked[]).at(-1)!;
      expectSame({ token, connection }, expected, "missing-row", "the last row when the opening has been answered");
    },
  }),
  scenario({
    requirement: "ordering/lifecycle-order",
    variant: "disconnect-behind-reducers",
    title: "A connection closed right behind its reducers has its hook after the last of them, once",
    module: "clockwork",
    probes: [pipelined(8), rowsSeen("log", 13)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      const tokens = Array.from({ length: 8 }, (_, index) => `reducer ${index}`);
      const { calls, closed } = stage.host.together(() => ({
        calls: tokens.map((token) => alice.call("record", { token })),
        closed: stage.disconnect(alice),
      }));
      await closed;
      for (const call of calls) await stage.returned(call);
      await stage.returned(bob.call("record", { token: "fence" }));
      const rows = (await stage.recorded()) as Hooked[];
      const { name } = alice;
      expectSame(
        rows.map(({ token, connection }) => (connection === undefined ? token : `${token} ${connection}`)),
        ["init", `connected ${name}`, `connected ${bob.name}`, ...tokens, `disconnected ${name}`, "fence"],
        "wrong-order",
        "what hooks and reducers recorded",
      );
    },
  }),
  scenario({
    requirement: "ordering/lifecycle-order",
    variant: "two-at-once",
    title: "Of two connections that are closed at once each has its hook once",
    module: "clockwork",
    probes: [rowsSeen("log", 5)],
    async play(stage) {
      const [alice, bob] = [await stage.connect("alice"), await stage.connect("bob")];
      await Promise.all([stage.disconnect(alice), stage.disconnect(bob)]);
      const rows = (await stage.recorded()) as Hooked[];
      expectSame(
        rows.map(({ token, connection }) => (connection === undefined ? token : `${token} ${connection}`)),
        ["init", ...["connected", "disconnected"].flatMap((hook) => [alice, bob].map(({ name }) => `${hook} ${name}`))],
        "wrong-order",
        "what the hooks recorded",
      );
    },
  }),
];

/** How a call ended; the refusal where the host did not take it. */
function outcomeOf(call: Promise<CallResult>): Promise<string> {
  return call.then(
    ({ outcome }) => outcome,
    (error: unknown) => {
      if (error instanceof RequestRefused) return `refused: ${error.message}`;
      throw error;
    },
  );
}
