import { expect, test } from "vitest";
import { History, type HistoryEvent } from "../../conformance/history/history.ts";
import { deferred } from "../../conformance/origin/deferred.ts";
import type { Gate } from "../../conformance/origin/gated-origin.ts";
import { HeldFetches } from "../../conformance/scenarios/held-fetches.ts";
import type { ModuleClient } from "../../conformance/scenarios/module-client.ts";

/** A module of a host that answers each question of quiet with the next of these numbers of fetches in flight, and what was asked of it. */
function moduleWith(answers: readonly (number | Promise<number>)[]) {
  const history = new History();
  const asked = { times: 0, answered: deferred<void>() };
  const client = {
    id: "m1",
    name: "relay",
    tellsQuiet: true,
    setting: { history },
    add: (event: HistoryEvent) => history.add(event),
    until: <T>(promise: Promise<T>) => promise,
    host: {
      async request() {
        const answer = answers[asked.times];
        asked.times += 1;
        if (answer === undefined) return new Promise(() => {});
        const fetchesInFlight = await answer;
        queueMicrotask(asked.answered.resolve);
        return { outcomes: 0, fetchesInFlight };
      },
    },
  } as unknown as ModuleClient;
  return { history, asked, fetches: new HeldFetches(client, 0) };
}

function gate(name: string) {
  const arrived = deferred<void>();
  return { name, state: "waiting", arrived: arrived.promise, arrive: arrived.resolve } as unknown as Gate & {
    arrive(): void;
  };
}

const never = new Promise<never>(() => {});
const ended: HistoryEvent = { kind: "result", call: "c1", result: { outcome: "returned", value: null, seqs: [] } };

test("a request that was in flight and has come to nothing is missing once its call has ended", async () => {
  const { history, asked, fetches } = moduleWith([2, 1]);
  const held = fetches.held([gate("first"), gate("second")], never);
  await asked.answered.promise;
  history.add(ended);
  await expect(held).rejects.toMatchObject({
    reason: "not-concurrent",
    message: "the host is quiet with 1 of 2 requests in flight",
  });
  expect(history.events.filter(({ kind }) => kind === "quiesce")).toMatchObject([
    { outcomes: 0 },
    { outcomes: 0, late: true },
  ]);
});

test("a result that came while the host was asked is no reason to ask again of what has arrived since", async () => {
  const answer = deferred<number>();
  const { history, asked, fetches } = moduleWith([answer.promise, 0]);
  const only = gate("only");
  const held = fetches.held([only], never);
  history.add(ended);
  only.arrive();
  await held;
  answer.resolve(1);
  await asked.answered.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked.times).toBe(1);
});

test("nothing is asked again while no call ends, nor of what has arrived", async () => {
  const { history, asked, fetches } = moduleWith([1, 0]);
  const only = gate("only");
  const held = fetches.held([only], never);
  await asked.answered.promise;
  only.arrive();
  await held;
  history.add(ended);
  await null;
  expect(asked.times).toBe(1);
});
