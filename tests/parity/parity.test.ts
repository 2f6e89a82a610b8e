import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { root } from "../../conformance/package.ts";
import { clauses, otherClauses } from "../../conformance/parity/clauses.ts";
import { locator } from "../../conformance/parity/locate.ts";
import { type Outcome, parityOf, parityOfAll } from "../../conformance/parity/parity.ts";
import { readModules } from "../../conformance/run/columns.ts";
import { arrive, burst, failed, lockstep, opening, outcome, release, returned, rows, submit, url } from "./stories.ts";

const oneOrder = [returned("c1", { n: 1 }, 1), returned("c2", { n: 2 }, 2)] as const;
const otherOrder = [returned("c2", { n: 1 }, 1), returned("c1", { n: 2 }, 2)] as const;
const yes = { allowed: () => true };

describe("columns agree", () => {
  test("and are right, in whatever order unordered results came", () => {
    const inTurn = (...results: typeof oneOrder) => [
      ...opening(),
      ...["c1", "c2"].map((call) => submit(call, "record", { token: call })),
      ...results,
    ];
    const [one, other] = oneOrder;
    const parity = parityOf(outcome("v8×ts", inTurn(one, other)), outcome("node×ts", inTurn(other, one)));
    expect(parity).toEqual({ left: "v8×ts", right: "node×ts", verdict: "agree-right" });
  });

  test("though another run may part, where a clause leaves something open", () => {
    const parity = parityOf(outcome("v8×ts", burst(...oneOrder)), outcome("node×ts", burst(...oneOrder)));
    expect(parity).toMatchObject({ verdict: "permitted", clauses: ["order-of-entry"] });
    expect(parity.why).toMatch(/the same this time/);
    expect(parity.divergence).toBeUndefined();
  });

  test("and are wrong where both fail with one history", () => {
    const ended = { verdict: "fail", reason: "wrong-order", message: "b before a" } as const;
    const sides = ["v8×ts", "node×ts"].map((column) => outcome(column, burst(...oneOrder), ended));
    expect(parityOf(sides[0]!, sides[1]!)).toMatchObject({
      verdict: "agree-wrong",
      why: "both fail: wrong-order: b before a",
    });
  });

  test("and are wrong where both fail for one reason at one step of the scenario", () => {
    const ended = { verdict: "fail", reason: "wrong-value", message: "n" } as const;
    const left = outcome("v8×ts", burst(returned("c1", 7, 1)), ended);
    const right = outcome("node×ts", burst(returned("c1", 8, 1)), ended);
    expect(parityOf(left, right).verdict).toBe("agree-wrong");
    expect(parityOf(left, { ...right, reason: "wrong-order" }).verdict).toBe("diverge");
  });

  test("although the answer to a question that nobody waited for came sooner in one", () => {
    const question = { kind: "quiesce", quiet: 1, module: "relay", outcomes: 0 } as const;
    const answer = { kind: "quiet", quiet: 1, module: "relay", outcomes: 0, fetchesInFlight: 1 } as const;
    const [one, two] = [submit("c1", "record"), submit("c2", "record")];
    const left = [...opening(), one, question, answer, two];
    const right = [...opening(), one, question, two, { ...answer, fetchesInFlight: 0 }];
    expect(parityOf(outcome("v8×ts", left), outcome("node×ts", right)).verdict).toBe("agree-right");
  });
});

describe("columns diverge", () => {
  test("in lockstep at the first event in causal order, told with both sides, what lies before, and its source", () => {
    const left = outcome("v8×ts", [...lockstep(...oneOrder), ...rows(1, 2, "x", "y")]);
    const swapped = [returned("c1", { n: 2 }, 2), returned("c2", { n: 1 }, 1)] as const;
    const right = outcome("node×as", [...lockstep(...swapped), ...rows(1, 2, "y", "x")]);
    const locate = locator(readModules(`${root}/build/modules/manifest.json`), root);
    const { verdict, why, divergence } = parityOf(left, right, { ...yes, locate });
    expect(verdict).toBe("diverge");
    expect(why).toBe("both pass, but no clause lets them part here");
    expect(divergence).toMatchObject({
      event: "result of call 0",
      left: 'result c1 returned {"n":1} seq 1',
      right: 'result c1 returned {"n":2} seq 2',
      what: ["The call's 1st transaction is commit 1 on the left and is commit 2 on the right."],
    });
    expect(divergence?.before.at(-1)).toBe("release x");
    const lines = divergence?.sources.map((source) => /^fetchThenRecord at (.*):(\d+)$/.exec(source)!);
    expect(lines?.map(([, file]) => file)).toEqual(["modules/relay/module.ts", "modules/relay/assembly/index.ts"]);
    for (const [, file, line] of lines!) {
      expect(readFileSync(`${root}/${file}`, "utf8").split("\n")[Number(line) - 1]).toContain('"fetchThenRecord"');
    }
  });

  test("where one passes and the other fails, at what the failure came from", () => {
    const right = outcome("node×ts", burst(oneOrder[0], failed("c2", "timeout")), {
      verdict: "fail",
      reason: "call-failed",
      message: "c2 failed",
    });
    const parity = parityOf(outcome("v8×ts", [...burst(...oneOrder), ...rows(1, 2, "x", "y")]), right, yes);
    expect(parity).toMatchObject({
      verdict: "diverge",
      why: "v8×ts passes and node×ts fails: call-failed: c2 failed",
      divergence: { event: "result of call 1", right: "result c2 failed timeout: m" },
    });
  });

  test("where one never saw a request, with the fetch's place in its call", () => {
    const left = [...opening(), submit("c1", "fetchAll", { a: url("x"), b: url("y") }), arrive("x"), arrive("y")];
    const parity = parityOf(outcome("v8×ts", left), outcome("node×ts", left.slice(0, -1)), yes);
    expect(parity.verdict).toBe("diverge");
    expect(parity.divergence).toMatchObject({
      event: "arrive at y",
      right: "did not happen",
      what: ["It is the 2nd fetch of c1 (fetchAll).", "It happened on the left only."],
    });
  });

  test("where a result came before what must precede it", () => {
    const held = burst().slice(0, -2);
    const left = [...held, release("x"), returned("c1", null)];
    const right = [...held, returned("c1", null), release("x")];
    const parity = parityOf(outcome("v8×ts", left), outcome("node×ts", right));
    expect(parity.verdict).toBe("diverge");
    expect(parity.divergence?.what.join(" ")).toContain("On the left only it came after: release at x.");
  });

  test("where a clause speaks of the event, but the model does not have one of the histories", () => {
    const allowed = (_: unknown, column: string) => column !== "node×ts";
    const parity = parityOf(outcome("v8×ts", burst(...oneOrder)), outcome("node×ts", burst(...otherOrder)), {
      allowed,
    });
    expect(parity).toMatchObject({
      verdict: "diverge",
      why: "both pass, but the reference model does not have what node×ts did",
    });
  });
});

describe("columns may part", () => {
  const sides = (left: Outcome["events"], right: Outcome["events"]) =>
    [outcome("v8×ts", left), outcome("node×ts", right)] as const;

  test("in the order of entry of what was released together, where the model has both", () => {
    expect(parityOf(...sides(burst(...oneOrder), burst(...otherOrder)), yes)).toMatchObject({
      verdict: "permitted",
      clauses: ["order-of-entry"],
      divergence: { event: "result of call 0" },
    });
  });

  test("in what settles a fetch whose response is on its way while the clock passes its limit, and there alone", () => {
    const held = [...opening(), submit("c1", "fetchThenRecord", { url: url("x"), token: "x" }), arrive("x")];
    const [inTime, late] = [returned("c1", { n: 1 }, 1), failed("c1", "timeout")];
    const [moves, moved] = [{ kind: "advance", to: 30_000 } as const, { kind: "advanced", now: 30_000 } as const];
    const race = (end: Outcome["events"][number]) => [...held, release("x"), moves, end, moved];
    expect(parityOf(...sides(race(inTime), race(late)), yes)).toMatchObject({
      verdict: "permitted",
      clauses: ["response-at-its-limit"],
    });
    expect(parityOf(...sides(race(late), race(late)), yes)).toMatchObject({ verdict: "permitted" });
    const inLockstep = (end: Outcome["events"][number]) => [...held, moves, moved, release("x"), end];
    expect(parityOf(...sides(inLockstep(inTime), inLockstep(late)), yes)).toMatchObject({ verdict: "diverge" });
  });

  test("but nothing is said where no model knows what was played", () => {
    expect(parityOf(...sides(burst(...oneOrder), burst(...otherOrder)))).toMatchObject({
      verdict: "not-comparable",
      clauses: ["order-of-entry"],
      why: expect.stringContaining("no model of what was played proves it"),
    });
  });

  test("in what an outside read during a burst sees", () => {
    const left = burst(...rows(1, 1, "x"), ...oneOrder);
    const right = burst(...rows(1, 0), ...oneOrder);
    expect(parityOf(...sides(left, right), yes)).toMatchObject({ verdict: "permitted", clauses: ["outside-reads"] });
  });

  test("in an outside read only while something runs", () => {
    const held = burst().slice(0, -2);
    const parity = parityOf(...sides([...held, ...rows(1, 1, "x")], [...held, ...rows(1, 0)]), yes);
    expect(parity.verdict).toBe("diverge");
  });

  test("in the order between the blocking path and the lane", () => {
    const both = [...opening("ledger"), submit("c1", "sweep"), submit("c2", "sweepBlocking")];
    const compared = sides([...both, ...oneOrder], [...both, ...otherOrder]);
    expect(parityOf(...compared, yes)).toMatchObject({ verdict: "permitted", clauses: ["pool-and-lane"] });
    const [left, right] = compared.map((side) => ({ ...side, guest: "as" as const }));
    expect(parityOf(left!, right!, yes).verdict).toBe("diverge");
  });

  test("in which calls are lost with a lane that was rebuilt", () => {
    const both = [...opening(), submit("c1", "loop"), submit("c2", "held"), failed("c1", "budget")];
    const compared = sides([...both, failed("c2", "lane-lost")], [...both, returned("c2", 1)]);
    expect(parityOf(...compared, yes)).toMatchObject({ verdict: "permitted", clauses: ["lost-lanes"] });
    const otherwise = sides([...both, failed("c2", "budget")], [...both, returned("c2", 1)]);
    expect(parityOf(...otherwise, yes).verdict).toBe("diverge");
  });

  test("in how a call ends that exhausts its memory", () => {
    const story = (category: "memory" | "guest-error" | "budget") => [
      ...opening(),
      submit("c1", "exhaust"),
      failed("c1", category),
    ];
    const compared = sides(story("memory"), story("guest-error"));
    expect(parityOf(...compared, yes)).toMatchObject({ verdict: "permitted", clauses: ["exhausted-memory"] });
    expect(parityOf(...sides(story("budget"), story("guest-error")), yes).verdict).toBe("diverge");
  });

  test("in what a conflicting commit does", () => {
    const armed = [...opening(), { kind: "fail-commits", call: "c1", commits: 1 } as const, submit("c1", "run")];
    const compared = sides([...armed, failed("c1", "conflict")], [...armed, returned("c1", null, 1)]);
    expect(parityOf(...compared, yes)).toMatchObject({ verdict: "permitted", clauses: ["conflicting-commits"] });
  });

  test("in a module's variable, which needs no model, and in nothing else", () => {
    const visited = (visits: number, mode: string) => [
      ...opening("shapes"),
      submit("c1", "asyncArrow"),
      returned("c1", { mode, visits }),
    ];
    expect(parityOf(...sides(visited(1, "lane"), visited(3, "lane")))).toMatchObject({
      verdict: "permitted",
      clauses: ["module-variables"],
    });
    expect(parityOf(...sides(visited(1, "lane"), visited(3, "blocking"))).verdict).toBe("diverge");
  });

  test("in how an engine words a guest's error, which the model tells from the guest's own words", () => {
    const story = (message: string) => [...opening(), submit("c1", "f"), failed("c1", "guest-error", message)];
    const compared = sides(story("unreachable"), story("wasm trap: unreachable"));
    expect(parityOf(...compared, yes)).toMatchObject({ verdict: "permitted", clauses: ["message-texts"] });
    expect(parityOf(...compared).verdict).toBe("not-comparable");
    expect(parityOf(...compared, { allowed: () => false }).verdict).toBe("diverge");
    const later = [...story("unreachable"), submit("c2", "g"), returned("c2", 1)];
    const otherwise = [...story("wasm trap"), submit("c2", "g"), returned("c2", 2)];
    expect(parityOf(...sides(later, otherwise), yes)).toMatchObject({
      verdict: "diverge",
      divergence: { event: "result of call 1" },
    });
  });

  test("as twins in two languages in where they run", () => {
    const story = (mode: string) => [...opening(), submit("c1", "asyncArrow"), returned("c1", { mode })];
    expect(parityOf(outcome("v8×ts", story("lane")), outcome("v8×as", story("suspended")))).toMatchObject({
      verdict: "permitted",
      clauses: ["where-twins-run"],
    });
  });
});

describe("columns are not compared", () => {
  test.each(["unsupported", "unmeasured", "error", "stuck", "not-built"] as const)("where one is %s", (verdict) => {
    const right = outcome("node×as", [], { verdict, reason: "guest", message: "it speaks of others" });
    expect(parityOf(outcome("v8×ts", burst(...oneOrder)), right)).toEqual({
      left: "v8×ts",
      right: "node×as",
      verdict: "not-comparable",
      why: `node×as is ${verdict}: it speaks of others`,
    });
  });

  test("where the scenario itself did something else", () => {
    const left = outcome("v8×ts", [...opening(), submit("c1", "record")]);
    const right = outcome("v8×as", [...opening(), submit("c1", "record"), submit("c2", "record")]);
    expect(parityOf(left, right)).toMatchObject({ verdict: "not-comparable" });
  });
});

test("a request that was on its way when its call was cancelled may have arrived or not", () => {
  const cancelled = (...came: HistoryEvent[]) => [
    ...opening(),
    submit("c1", "fetchThenRecord", { url: url("x"), token: "x" }),
    { kind: "cancel", call: "c1" } as const,
    ...came,
    failed("c1", "cancelled"),
  ];
  const sides = [outcome("v8×ts", cancelled()), outcome("node×ts", cancelled(arrive("x")))] as const;
  expect(parityOf(...sides)).toMatchObject({ verdict: "permitted", clauses: ["cancelled-requests"] });
  const before = [...opening(), submit("c1", "fetchThenRecord", { url: url("x"), token: "x" })];
  const [one, other] = [before, [...before, arrive("x")]].map((events, index) =>
    outcome(index === 0 ? "v8×ts" : "node×ts", [...events, failed("c1", "cancelled")]),
  );
  expect(parityOf(one!, other!, yes).verdict).toBe("diverge");
});

test("what a response says of its connection is the host's", () => {
  const answered = (...headers: [string, string][]) => [
    ...opening("web"),
    submit("c1", "ask"),
    returned("c1", { status: 200, headers }),
  ];
  const of = (column: string, ...headers: [string, string][]) => outcome(column, answered(...headers));
  const [closed, kept] = [of("deno×ts", ["connection", "close"], ["x", "1"]), of("bun×ts", ["x", "1"])];
  expect(parityOf(closed, kept)).toMatchObject({ verdict: "permitted", clauses: ["kept-connections"] });
  expect(parityOf(closed, of("bun×ts", ["x", "2"]), yes).verdict).toBe("diverge");
});

test("several columns are each compared with the first that can be, and the worst pair speaks", () => {
  const silent = outcome("wasmtime×as", [], { verdict: "unsupported", message: "others" });
  const all = [
    silent,
    outcome("v8×ts", lockstep(...oneOrder)),
    outcome("node×ts", lockstep(...oneOrder)),
    outcome("v8×as", lockstep(...oneOrder)),
    outcome("node×as", burst(...otherOrder)),
  ];
  const { verdict, pairs } = parityOfAll(all, yes);
  expect(verdict).toBe("permitted");
  expect(pairs.map(({ left, right, verdict }) => [left, right, verdict])).toEqual([
    ["v8×ts", "wasmtime×as", "not-comparable"],
    ["v8×ts", "node×ts", "agree-right"],
    ["v8×ts", "v8×as", "agree-right"],
    ["v8×ts", "node×as", "permitted"],
  ]);
});

test("the chapter on permitted divergences has a heading for each clause, and none else", () => {
  const chapter = readFileSync(`${root}/spec/permitted-divergences.md`, "utf8");
  const headings = [...chapter.matchAll(/^## `([a-z-]+)`: /gm)].map(([, slug]) => slug);
  expect(headings.toSorted()).toEqual([...clauses.map(({ slug }) => slug), ...otherClauses].toSorted());
  for (const part of chapter.split(/^## /m).slice(1)) {
    expect(part).toContain("*Why:*");
    expect(part).toContain("*A fault it is*");
  }
});
