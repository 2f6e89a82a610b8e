import { expect, test } from "vitest";
import { History, type HistoryEvent } from "../../conformance/history/history.ts";
import { deferred } from "../../conformance/origin/deferred.ts";
import { type Gate, GateError } from "../../conformance/origin/gated-origin.ts";
import type { CallResult } from "../../conformance/protocol/schemas.ts";
import type { Submitted } from "../../conformance/scenarios/connection.ts";
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

/** A call that waits for a response until it is told to end. */
function call() {
  const { promise, resolve } = deferred<CallResult>();
  const submitted: { -readonly [K in keyof Submitted]: Submitted[K] } = {
    call: "c1",
    function: "fetchThenRecord",
    ended: undefined,
    result: promise,
  };
  const end = (result: CallResult) => {
    submitted.ended = result;
    resolve(result);
  };
  return { submitted, end };
}

/** A gate that notes whether it is released, and then does as told. */
function heldGate(state: Gate["state"], onRelease: (gate: { state: string }) => void = () => {}) {
  const made = {
    name: "held",
    state,
    releases: 0,
    async release() {
      made.releases += 1;
      onRelease(made);
    },
  };
  return made as unknown as Gate & { readonly releases: number };
}

const failed: CallResult = {
  outcome: "failed",
  error: { category: "lane-lost", message: "gone", function: "fetchThenRecord" },
  seqs: [],
};
const returned: CallResult = { outcome: "returned", value: null, seqs: [] };

test("a held call is answered", async () => {
  const { fetches } = moduleWith([]);
  const only = heldGate("held");
  await fetches.answer(only, call().submitted);
  expect(only.releases).toBe(1);
});

test("the answer to a call that has failed before is not missed, and one whose connection is closed is waited for", async () => {
  const { fetches } = moduleWith([]);
  const [before, after] = [call(), call()];
  const only = heldGate("closed");
  before.end(failed);
  await fetches.answer(only, before.submitted);
  const answered = fetches.answer(only, after.submitted);
  after.end(failed);
  await answered;
  expect(only.releases).toBe(0);
});

test("where a connection is closed while the answer is written, the call's failure is waited for", async () => {
  const { fetches } = moduleWith([]);
  const losing = call();
  const only = heldGate("held", (gate) => {
    gate.state = "closed";
    losing.end(failed);
    throw new GateError("the client closed before it had the whole reply");
  });
  await fetches.answer(only, losing.submitted);
  expect(only.releases).toBe(1);
});

test("a call that returns although nobody could answer it has a response that is not its own", async () => {
  const { fetches } = moduleWith([]);
  const { submitted, end } = call();
  const answered = fetches.answer(heldGate("closed"), submitted);
  end(returned);
  await expect(answered).rejects.toMatchObject({ reason: "wrong-response" });
});

test("a request that the host counts and the origin has not seen yet is waited for, and did arrive", async () => {
  const { asked, fetches } = moduleWith([1]);
  const only = gate("only") as Gate & { arrive(): void; state: string };
  const absent = fetches.neverArrived([only]);
  await asked.answered.promise;
  only.state = "held";
  only.arrive();
  await expect(absent).rejects.toMatchObject({ reason: "unexpected-arrival", message: "a request came to only" });
});

test("where nothing more is in flight than is held, nothing more can arrive", async () => {
  const { fetches } = moduleWith([0]);
  await fetches.neverArrived([gate("only")]);
});
