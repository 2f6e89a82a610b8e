import type { HistoryEvent } from "../../conformance/history/history.ts";
import type { Outcome } from "../../conformance/parity/parity.ts";
import type { CallResult, Category } from "../../conformance/protocol/schemas.ts";

/** The events with which a story begins: a module, loaded, and a connection to it. */
export const opening = (source = "relay"): HistoryEvent[] => [
  { kind: "load", module: source, source },
  { kind: "connect", connection: "alice1", module: source },
  { kind: "connected", connection: "alice1" },
];

export const url = (gate: string) => `http://127.0.0.1:4000/0123456789abcdef-1/0123456789abcdef-2/${gate}`;

export const submit = (call: string, name: string, args: Record<string, string> = {}): HistoryEvent => {
  return { kind: "submit", call, connection: "alice1", function: name, args };
};
export const arrive = (gate: string): HistoryEvent => {
  const target = new URL(url(gate)).pathname;
  return { kind: "origin", event: { kind: "arrive", gate, method: "GET", target, bytes: 0 } };
};
export const release = (gate: string): HistoryEvent => {
  return { kind: "origin", event: { kind: "release", gate, status: 200, bytes: 2, text: "ok" } };
};
export const returned = (call: string, value: unknown, ...seqs: number[]): HistoryEvent => {
  return { kind: "result", call, result: { outcome: "returned", value, seqs } as CallResult };
};
export const failed = (call: string, category: Category, message = "m"): HistoryEvent => {
  const error = { category, message, function: "fetchThenRecord" };
  return { kind: "result", call, result: { outcome: "failed", error, seqs: [] } };
};
export const rows = (read: number, seq: number, ...tokens: string[]): HistoryEvent[] => [
  { kind: "read", read, module: "relay", table: "log" },
  {
    kind: "rows",
    read,
    table: "log",
    rows: tokens.map((token, index) => [`00000${index + 1}`, { n: index + 1, token }] as const),
    seq,
  },
];

/** What a story came to in a column; a pass unless told. */
export const outcome = (
  column: string,
  events: readonly HistoryEvent[],
  ended: Partial<Pick<Outcome, "verdict" | "reason" | "message">> = {},
): Outcome => {
  return { column, guest: column.endsWith("as") ? "as" : "ts", verdict: "pass", events, ...ended };
};

/** Two calls held at once whose responses are released one after the other, without waiting between. */
export const burst = (...results: readonly HistoryEvent[]): HistoryEvent[] => [
  ...opening(),
  submit("c1", "fetchThenRecord", { url: url("x"), token: "x" }),
  submit("c2", "fetchThenRecord", { url: url("y"), token: "y" }),
  arrive("x"),
  arrive("y"),
  release("x"),
  release("y"),
  ...results,
];

/** The same two calls, each result awaited before the next release. */
export const lockstep = (...[first, second]: readonly [HistoryEvent, HistoryEvent]): HistoryEvent[] => [
  ...burst().slice(0, -2),
  release("x"),
  first,
  release("y"),
  second,
];
