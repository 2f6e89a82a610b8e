import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { arrive, begun, close, connected, failed, fault, fetching, moved, read, returned, submit } from "./events.ts";

const shutdown: HistoryEvent = { kind: "shutdown" };
const exited = (code: number | null): HistoryEvent => ({ kind: "exited", code });
const kill: HistoryEvent = { kind: "kill" };
const reload = (module: string): HistoryEvent[] => [{ kind: "reload", module }, ...connected("again", module)];

describe("a host that is shut down", () => {
  const held = [...begun("relay"), fetching("a", "recordFetchRecord"), arrive("a"), submit("r", "record")];
  const told = (...seqs: number[]) => failed("a", "recordFetchRecord", "shutdown", ...seqs);

  test("answers each call: with its result, or as shutdown with what it had committed", () => {
    expect(fault([...held, returned("r", null, 2), shutdown, told(1), close("a"), exited(0)])).toBeUndefined();
    expect(fault([...held, shutdown, told(1), returned("r", null, 2), exited(0)])).toBeUndefined();
    expect(fault([...held, shutdown, told(1), failed("r", "record", "shutdown"), exited(0)])).toBeUndefined();
  });

  test("says neither too little nor too much of what was committed, and ends no call as anything else", () => {
    const rest = [returned("r", null, 2), shutdown];
    expect(fault([...held, ...rest, told()])).toContain("of a (recordFetchRecord) commits as seq 1");
    expect(fault([...held, ...rest, told(1, 3)])).toContain("result a: ");
    expect(fault([...held, ...rest, failed("a", "recordFetchRecord", "cancelled", 1)])).toContain("result a: ");
    expect(fault([...held, told(1)])).toContain("result a: ");
  });

  test("ends by itself, with 0, when each call has its result", () => {
    const rest = [returned("r", null, 2), shutdown];
    expect(fault([...held, ...rest, exited(0)])).toBe("exited: the host has ended without a result of a");
    expect(fault([...held, ...rest, told(1), exited(1)])).toContain("ends by itself, with 0");
    expect(fault([...held, ...rest, told(1), exited(null)])).toContain("ends by itself, with 0");
  });
});

describe("a durable module whose host is killed", () => {
  const held = [
    ...begun("relay"),
    ...[submit("r", "record"), returned("r", null, 1), fetching("a", "recordFetchRecord"), arrive("a"), kill],
    ...reload("relay"),
  ];

  test("has each commit that was told, and with them those that came next, or not", () => {
    expect(fault([...held, ...read("relay", 1, "r")])).toBeUndefined();
    expect(fault([...held, ...read("relay", 2, "r", "a/before")])).toBeUndefined();
    const goesOn = (n: number) => [submit("s", "record", {}, "again"), returned("s", null, n)];
    expect(fault([...held, ...read("relay", 1, "r"), ...goesOn(2), ...read("relay", 2, "r", "s")])).toBeUndefined();
    expect(fault([...held, ...goesOn(3), ...read("relay", 3, "r", "a/before", "s")])).toBeUndefined();
  });

  test("has lost no commit that was told, and has none that cannot have been", () => {
    expect(fault([...held, ...read("relay", 0)])).toContain("rows: ");
    expect(fault([...held, ...read("relay", 3, "r", "a/before", "a/after")])).toContain("rows: ");
    const mixed = [...held, ...read("relay", 2, "r", "a/before"), submit("s", "record", {}, "again")];
    expect(fault([...mixed, returned("s", null, 2)])).toContain("result s: ");
  });

  test("has nothing of a call that had not begun, nor of a transaction that was open", () => {
    const stands = [
      ...begun("relay"),
      ...[{ kind: "paused", module: "relay" } as const, submit("r", "record"), kill],
      ...reload("relay"),
    ];
    expect(fault([...stands, ...read("relay", 0)])).toBeUndefined();
    expect(fault([...stands, ...read("relay", 1, "r")])).toContain("rows: ");

    const steps = [
      {
        tx: [
          ["put", "open", 1],
          ["point", "inside"],
        ],
      },
    ];
    const open = { ...submit("p", "playBlocking", { steps }), park: true } as HistoryEvent;
    const cells = (seq: number, ...rows: [string, number][]): HistoryEvent[] => [
      { kind: "read", read: -1, module: "script", table: "cells" },
      { kind: "rows", read: -1, table: "cells", seq, rows },
    ];
    const inside = [...begun("script"), open, { kind: "parked", call: "p", point: "inside" } as const, kill];
    expect(fault([...inside, ...reload("script"), ...cells(0)])).toBeUndefined();
    expect(fault([...inside, ...reload("script"), ...cells(1, ["open", 1])])).toContain("rows: ");
  });

  test("keeps the schedules of the commits that it has, each for once, and runs init no more", () => {
    const waits = [
      ...begun("clockwork"),
      ...[submit("s", "scheduleRecord", { at: 5, token: "due" }), returned("s", null, 3), kill],
      ...[{ kind: "reload", module: "clockwork" } as const],
    ];
    const log = (...tokens: string[]): HistoryEvent[] => {
      const row = (token: string) => (token === "connected" ? { connection: "k" } : {});
      const [asked, rows] = read("clockwork", tokens.length + 1, ...tokens) as [HistoryEvent, HistoryEvent];
      if (rows.kind !== "rows") throw new Error("no rows");
      const connectedTo = rows.rows.map(
        ([key, one], at) => [key, { ...(one as object), ...row(tokens[at]!) }] as const,
      );
      return [asked, { ...rows, rows: connectedTo }];
    };
    const kept = ["init", "connected"];
    const early = moved(4);
    expect(fault([...waits, ...early, ...moved(5), ...moved(99), ...log(...kept, "due")])).toBeUndefined();
    expect(fault([...waits, ...early, ...log(...kept, "due")])).toContain("rows: ");
    expect(fault([...waits, ...moved(99), ...log(...kept, "due", "due")])).toContain("rows: ");
    expect(fault([...waits, ...early, ...log(...kept, "init")])).toContain("rows: ");
  });

  test("is judged however much nobody was told of, in each of several lives", () => {
    const sent = 100;
    const kept = 37;
    const lives = 6;
    const history = (last: readonly string[]) => {
      const events = [...begun("relay")];
      const there: string[] = [];
      for (let life = 0; life < lives; life += 1) {
        const connection = life === 0 ? "k" : "again";
        const calls = Array.from({ length: sent }, (_, index) => `${life}.${index}`);
        events.push(...calls.map((call) => submit(call, "record", {}, connection)), kill, ...reload("relay"));
        there.push(...calls.slice(0, kept));
        events.push(...read("relay", there.length, ...(life + 1 < lives ? there : [...there.slice(0, -1), ...last])));
      }
      return events;
    };
    expect(fault(history([`5.${kept - 1}`]))).toBeUndefined();
    expect(fault(history([`5.${kept}`]))).toContain("rows: ");
  });
});
