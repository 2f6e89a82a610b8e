/** Events of histories that are written by hand: of one module unless told, on one connection, `k`. */
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { judge } from "../../conformance/judge/judge.ts";
import type { MachineProfile } from "../../conformance/model/machine-profile.ts";
import type { CallResult, Category, Limits } from "../../conformance/protocol/schemas.ts";
import { profile } from "./simulated.ts";

/** The module is loaded, and the connection `k` opened. */
export const begun = (source: string, limits?: Limits): HistoryEvent[] => [
  { kind: "load", module: source, source, ...(limits && { limits }) },
  ...connected("k", source),
];

/** A connection is opened. */
export const connected = (connection: string, module: string): HistoryEvent[] => [
  { kind: "connect", connection, module },
  { kind: "connected", connection },
];

/** A call is submitted, with its own name as its token. */
export const submit = (
  call: string,
  called: string,
  args: Record<string, unknown> = {},
  connection = "k",
): HistoryEvent => ({ kind: "submit", call, connection, function: called, args: { token: call, ...args } });

/** A call is submitted that fetches from the gate that has its name. */
export const fetching = (call: string, called = "fetchThenRecord"): HistoryEvent =>
  submit(call, called, { url: `http://o/${call}` });

/** A request comes to a gate. */
export const arrive = (gate: string): HistoryEvent => ({
  kind: "origin",
  event: { kind: "arrive", gate, method: "GET", target: `/${gate}`, bytes: 0 },
});

/** A held response is let go. */
export const release = (gate: string, text = ""): HistoryEvent => ({
  kind: "origin",
  event: { kind: "release", gate, status: 200, bytes: 0, text },
});

/** The host closes a held request. */
export const close = (gate: string): HistoryEvent => ({
  kind: "origin",
  event: { kind: "close", gate, during: "held" },
});

/** A call returns, with the numbers of its commits. */
export const returned = (call: string, value: unknown, ...seqs: number[]): HistoryEvent => ({
  kind: "result",
  call,
  result: { outcome: "returned", value, seqs } as CallResult,
});

/** A call fails, with the numbers of its commits. */
export const failed = (call: string, called: string, category: Category, ...seqs: number[]): HistoryEvent => ({
  kind: "result",
  call,
  result: { outcome: "failed", error: { category, message: "", function: called }, seqs },
});

/** The clock is moved. */
export const moved = (to: number): HistoryEvent[] => [
  { kind: "advance", to },
  { kind: "advanced", now: to },
];

/** The host is asked, and says that it is quiet, with so many fetches in flight. */
export const quiet = (module: string, fetchesInFlight: number): HistoryEvent[] => {
  questions += 1;
  const question = { quiet: questions, module, outcomes: 0 };
  return [
    { kind: "quiesce", ...question },
    { kind: "quiet", ...question, fetchesInFlight },
  ];
};
let questions = 0;

/** The recorded tokens are read, up to that commit. */
export const read = (module: string, seq: number, ...tokens: string[]): HistoryEvent[] => {
  questions += 1;
  return [
    { kind: "read", read: questions, module, table: "log" },
    {
      kind: "rows",
      read: questions,
      table: "log",
      seq,
      rows: tokens.map((token, index) => [String(index + 1).padStart(6, "0"), { n: index + 1, token }]),
    },
  ];
};

/** Where a history leaves the model: the event and the message; undefined where it does not. */
export function fault(events: readonly HistoryEvent[], of: MachineProfile = profile): string | undefined {
  const judgement = judge(events, of);
  if (judgement.verdict === "legal") return undefined;
  if (judgement.verdict === "undecided") return "undecided";
  const { index, message } = judgement.disagreement;
  const event = events[index]!;
  return `${event.kind}${"call" in event ? ` ${event.call}` : ""}: ${message}`;
}
