import fc from "fast-check";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import type { CallResult } from "../../conformance/protocol/schemas.ts";

/** What names stand for: exchanged for others, the history is the same. */
interface Naming {
  readonly call: (index: number) => string;
  readonly connection: (index: number) => string;
  readonly module: (index: number) => string;
  readonly url: (gate: number) => string;
}

/** Two namings as two runs would give them. */
export const oneRun: Naming = {
  call: (index) => `c${index + 1}`,
  connection: (index) => `alice${index + 1}`,
  module: (index) => (index === 0 ? "relay" : `relay ${index + 1}`),
  url: (gate) => `http://127.0.0.1:40001/0123456789abcdef-1/0123456789abcdef-${gate}/gate-${gate}`,
};
export const anotherRun: Naming = {
  call: (index) => `c${900 - index}`,
  connection: (index) => `alice${77 + 3 * index}`,
  module: (index) => `loaded ${index}`,
  url: (gate) => `http://127.0.0.1:50123/fedcba9876543210-44/fedcba9876543210-${500 - gate}/gate-${gate}`,
};

/** A story: numbers that choose what happens next among what can. Any list of numbers is one. */
export const story = fc.array(fc.nat(1000), { minLength: 5, maxLength: 60 });

interface Call {
  readonly index: number;
  readonly park: boolean;
  readonly gates: number[];
  parked: boolean;
  ended: boolean;
}

/** Tells a story under a naming. */
export function tell(choices: readonly number[], naming: Naming): HistoryEvent[] {
  const events: HistoryEvent[] = [
    { kind: "load", module: naming.module(0), source: "relay" },
    { kind: "load", module: naming.module(1), source: "relay" },
  ];
  const calls: Call[] = [];
  const gates: { state: "waiting" | "held" | "released" | "sent" }[] = [];
  const asked: number[] = [];
  const reads: number[] = [];
  let [questions, seq, clock] = [0, 0, 0];
  for (const index of [0, 1]) {
    events.push({ kind: "connect", connection: naming.connection(index), module: naming.module(index) });
    events.push({ kind: "connected", connection: naming.connection(index) });
  }
  const gateName = (gate: number) => `gate ${gate}`;
  for (const choice of choices) {
    const call = calls[choice % Math.max(1, calls.length)];
    const gate = choice % Math.max(1, gates.length);
    const held = gates[gate];
    const module = naming.module(choice % 2);
    switch (Math.floor(choice / 7) % 14) {
      case 0:
      case 1:
      case 2: {
        const own = Array.from({ length: choice % 3 }, () => gates.push({ state: "waiting" }) - 1);
        const submitted = { index: calls.length, park: choice % 5 === 0, gates: own, parked: false, ended: false };
        calls.push(submitted);
        events.push({
          kind: "submit",
          call: naming.call(submitted.index),
          connection: naming.connection(choice % 2),
          function: "fetch",
          args: { steps: own.map((one) => ({ fetch: naming.url(one) })), n: choice },
          ...(submitted.park && { park: true as const }),
        });
        break;
      }
      case 3:
      case 4: {
        if (held?.state !== "waiting") break;
        held.state = "held";
        const target = new URL(naming.url(gate)).pathname;
        events.push({
          kind: "origin",
          event: { kind: "arrive", gate: gateName(gate), method: "GET", target, bytes: 0 },
        });
        break;
      }
      case 5:
      case 6: {
        if (held?.state !== "held") break;
        held.state = "released";
        const reply = { status: 200, bytes: 2, text: "ok" };
        events.push({ kind: "origin", event: { kind: "release", gate: gateName(gate), ...reply } });
        break;
      }
      case 7: {
        if (held?.state === "released") {
          held.state = "sent";
          events.push({ kind: "origin", event: { kind: "sent", gate: gateName(gate) } });
        } else if (held?.state === "held") {
          held.state = "sent";
          events.push({ kind: "origin", event: { kind: "close", gate: gateName(gate), during: "held" } });
        }
        break;
      }
      case 8:
      case 9: {
        if (call === undefined || call.ended) break;
        call.ended = true;
        seq += 1;
        const error = { category: choice % 4 === 0 ? ("cancelled" as const) : ("guest-error" as const), message: "m" };
        const result: CallResult =
          choice % 2 === 0
            ? { outcome: "failed", error: { ...error, function: "fetch" }, seqs: [] }
            : { outcome: "returned", value: { by: naming.call(call.index), seq }, seqs: [seq] };
        events.push({ kind: "result", call: naming.call(call.index), result });
        break;
      }
      case 10: {
        if (call === undefined || call.ended) break;
        const name = naming.call(call.index);
        if (call.parked) events.push({ kind: "continue", call: name });
        else if (call.park) events.push({ kind: "parked", call: name, point: `p${choice % 3}` });
        else events.push({ kind: "cancel", call: name });
        call.parked = call.park && !call.parked;
        break;
      }
      case 11: {
        if (choice % 2 === 0) {
          questions += 1;
          asked.push(questions);
          events.push({ kind: "quiesce", quiet: questions, module: naming.module(0), outcomes: 0 });
        } else {
          const quiet = asked.shift();
          if (quiet === undefined) break;
          events.push({ kind: "quiet", quiet, module: naming.module(0), outcomes: 0, fetchesInFlight: choice % 3 });
        }
        break;
      }
      case 12: {
        if (choice % 2 === 0) {
          questions += 1;
          reads.push(questions);
          events.push({ kind: "read", read: questions, module, table: "log" });
        } else {
          const read = reads.shift();
          if (read === undefined) break;
          const rows = [["000001", { n: 1, by: naming.connection(0) }]] as const;
          events.push({ kind: "rows", read, table: "log", rows, seq });
        }
        break;
      }
      case 13: {
        if (choice % 3 === 0) events.push({ kind: "paused", module });
        else if (choice % 3 === 1) events.push({ kind: "resume", module });
        else if (call !== undefined && choice % 5 !== 0) {
          const turn = { kind: "request" as const, call: naming.call(call.index), function: "fetch" };
          questions += 1;
          events.push({ kind: "step", step: questions, module }, { kind: "stepped", step: questions, module, turn });
        } else {
          clock += 10;
          events.push({ kind: "advance", to: clock }, { kind: "advanced", now: clock });
        }
        break;
      }
    }
  }
  return events;
}
