/** What two histories say by chance is no part of how their columns compare. */
import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { parityOf } from "../../conformance/parity/parity.ts";
import { arrive, burst, lockstep, opening, outcome, release, returned, submit, url } from "./stories.ts";

const inOrder = [returned("c1", { n: 1 }, 1), returned("c2", { n: 2 }, 2)] as const;
const yes = { allowed: () => true };

test("a question of quiet that was asked because something had not come is no deed of the scenario", () => {
  const asked: HistoryEvent[] = [
    { kind: "quiesce", quiet: 7, module: "relay", outcomes: 1, late: true },
    { kind: "quiet", quiet: 7, module: "relay", outcomes: 1, fetchesInFlight: 1 },
  ];
  const plain = lockstep(...inOrder);
  const at = plain.findIndex(({ kind }) => kind === "result");
  const late = plain.toSpliced(at, 0, ...asked);
  expect(parityOf(outcome("v8×ts", plain), outcome("node×ts", late)).verdict).toBe("agree-right");
  const deed = plain.toSpliced(at, 0, { ...asked[0]!, late: undefined } as unknown as HistoryEvent, asked[1]!);
  expect(parityOf(outcome("v8×ts", plain), outcome("node×ts", deed)).verdict).toBe("not-comparable");
});

test("a late question between two releases does not tell which of them came first", () => {
  const plain = burst(...inOrder);
  const first = plain.findIndex((event) => event.kind === "origin" && event.event.kind === "release");
  const asked: HistoryEvent[] = [
    { kind: "quiesce", quiet: 7, module: "relay", outcomes: 0, late: true },
    { kind: "quiet", quiet: 7, module: "relay", outcomes: 0, fetchesInFlight: 1 },
  ];
  const late = plain.toSpliced(first + 1, 0, ...asked);
  expect(parityOf(outcome("v8×ts", late), outcome("node×ts", late), yes)).toMatchObject({
    verdict: "permitted",
    clauses: ["order-of-entry"],
  });
});

test("an answer of quiet that comes after a release says nothing of it where the question was asked before", () => {
  const plain = burst(...inOrder);
  const first = plain.findIndex((event) => event.kind === "origin" && event.event.kind === "release");
  const asked: HistoryEvent = { kind: "quiesce", quiet: 7, module: "relay", outcomes: 0 };
  const answer: HistoryEvent = { kind: "quiet", quiet: 7, module: "relay", outcomes: 0, fetchesInFlight: 2 };
  const parity = (...history: HistoryEvent[]) => parityOf(outcome("v8×ts", history), outcome("node×ts", history), yes);
  const crossed = plain.toSpliced(first, 1, asked, plain[first]!, answer);
  expect(parity(...crossed)).toMatchObject({ verdict: "permitted", clauses: ["order-of-entry"] });
  const between = plain.toSpliced(first + 1, 0, asked, answer);
  expect(parity(...between).verdict).toBe("agree-right");
});

test("scenarios that go by what they measure are not compared where they pass, and are where one fails", () => {
  const measured = { ...outcome("v8×ts", lockstep(...inOrder)), measures: true };
  const other = { ...outcome("node×ts", burst(...inOrder)), measures: true };
  expect(parityOf(measured, other)).toMatchObject({
    verdict: "not-comparable",
    why: "what the scenario does goes by what it measures",
  });
  const failed = { ...other, verdict: "fail", reason: "memory-grew", message: "it grew" } as const;
  expect(parityOf(measured, failed).verdict).toBe("diverge");
});

test("what a module's variable holds is left to the host also where it came out the same", () => {
  const visits = (n: number) => [...opening("toil"), submit("c1", "visit"), returned("c1", n)];
  const parity = (left: number, right: number) =>
    parityOf(outcome("v8×ts", visits(left)), outcome("node×ts", visits(right)), yes);
  expect(parity(1, 1)).toMatchObject({ verdict: "permitted", clauses: ["module-variables"] });
  expect(parity(1, 2)).toMatchObject({ verdict: "permitted", clauses: ["module-variables"] });
});

describe("a redirected request belongs to the call that was redirected", () => {
  const redirect: HistoryEvent = {
    kind: "origin",
    event: { kind: "release", gate: "moved", status: 302, bytes: 0, text: "", location: url("target") },
  };
  const story = (arrival: readonly HistoryEvent[]) => [
    ...opening(),
    submit("c1", "fetchThenRecord", { url: url("moved"), token: "x" }),
    arrive("moved"),
    redirect,
    ...arrival,
    { kind: "advance", to: 1000 } as const,
    { kind: "advanced", now: 1000 } as const,
    release("target"),
    returned("c1", null),
  ];

  test("so that its arrival tells that the redirect has come, and time passes after it", () => {
    const arrived = story([arrive("target")]);
    expect(parityOf(outcome("v8×ts", arrived), outcome("node×ts", arrived)).verdict).toBe("agree-right");
    const unknown = story([]);
    expect(parityOf(outcome("v8×ts", unknown), outcome("node×ts", unknown), yes)).toMatchObject({
      verdict: "permitted",
      clauses: ["response-at-its-limit"],
    });
  });
});

test("a port of this machine is known by its place in the story, and two are told apart", () => {
  const story = (first: number, second: number) => [
    ...opening(),
    submit("c1", "fetchThenRecord", { url: `http://127.0.0.1:${first}/`, token: "x" }),
    returned("c1", null),
    submit("c2", "fetchThenRecord", { url: `http://[::1]:${second}/a`, token: "y" }),
    returned("c2", null),
  ];
  const parity = (left: readonly [number, number], right: readonly [number, number]) =>
    parityOf(outcome("v8×ts", story(...left)), outcome("node×ts", story(...right))).verdict;
  expect(parity([4001, 4002], [5001, 5002])).toBe("agree-right");
  expect(parity([4001, 4001], [5001, 5002])).toBe("not-comparable");
});

describe("a call that is cancelled", () => {
  const begun = [...opening(), submit("c1", "fetchThenRecord", { url: url("x"), token: "x" })];
  const cancel: HistoryEvent = { kind: "cancel", call: "c1" };
  const cancelled: HistoryEvent = {
    kind: "result",
    call: "c1",
    result: { outcome: "failed", error: { category: "cancelled", message: "m", function: "f" }, seqs: [] },
  };
  const quiet: HistoryEvent[] = [
    { kind: "quiesce", quiet: 1, module: "relay", outcomes: 0 },
    { kind: "quiet", quiet: 1, module: "relay", outcomes: 0, fetchesInFlight: 1 },
  ];
  const parity = (...before: HistoryEvent[]) => {
    const events = [...begun, ...before, cancel, cancelled];
    return parityOf(outcome("v8×ts", events), outcome("node×ts", events), yes);
  };

  test("while its request may be on its way leaves to the host whether that comes", () => {
    expect(parity()).toMatchObject({ verdict: "permitted", clauses: ["cancelled-requests"] });
  });

  test("while it is held, or where the host was quiet, leaves nothing open", () => {
    expect(parity(arrive("x")).verdict).toBe("agree-right");
    expect(parity(...quiet).verdict).toBe("agree-right");
  });
});
