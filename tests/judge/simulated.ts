/** Histories of the model itself, as a host that keeps the contract could have given them. */
import type { Schedule } from "../../conformance/explore/schedules.ts";
import { choiceAt } from "../../conformance/explore/schedules.ts";
import { bodyOf, type Consequences, Simulation, type Step } from "../../conformance/explore/simulation.ts";
import { clearing, planOf, reducing, type Workload } from "../../conformance/explore/workload.ts";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import type { MachineProfile } from "../../conformance/model/machine-profile.ts";
import type { CallResult } from "../../conformance/protocol/schemas.ts";

/** What the model is told of the host. */
export const profile: MachineProfile = {
  guest: "ts",
  blockingPool: 2,
  requestBurst: 64,
  maxInFlight: null,
  retry: "none",
};

const url = (procedure: number, fetch: number): string => `http://origin/${procedure}/${fetch}`;
const gateOf = ({ procedure, fetch }: { procedure: number; fetch: number }): string => `p${procedure}.${fetch}`;

/** The history of one schedule. `late` says of each consequence whether it is observed after the others of its step. */
export function historyOf(workload: Workload, schedule: Schedule, late: () => boolean): HistoryEvent[] {
  const simulation = new Simulation(workload, profile, url, undefined);
  const { machine } = simulation;
  const events: HistoryEvent[] = [];
  let questions = 0;
  let outcomes = 0;
  const submit = (call: string, called: string, args: Record<string, unknown>): void => {
    events.push({ kind: "submit", call, connection: called === "play" ? "alice" : "bob", function: called, args });
  };
  const observe = ({ requests, ends }: Consequences): void => {
    const arrivals = requests.map((place): HistoryEvent => {
      const target = new URL(url(place.procedure, place.fetch)).pathname;
      return { kind: "origin", event: { kind: "arrive", gate: gateOf(place), method: "GET", target, bytes: 0 } };
    });
    const results = ends.map((call): HistoryEvent => ({ kind: "result", call, result: resultOf(call) }));
    const all = [...arrivals, ...results].map((event) => ({ event, late: late() }));
    for (const when of [false, true]) events.push(...all.filter((one) => one.late === when).map(({ event }) => event));
  };
  const resultOf = (name: string): CallResult => {
    const call = machine.call(name)!;
    const { end, seqs } = call;
    if (end?.outcome === "returned") return { outcome: "returned", value: end.value as never, seqs: [...seqs] };
    const category = end!.category as "cancelled";
    return {
      outcome: "failed",
      error: { category, message: end!.message ?? "", function: call.new.function },
      seqs: [...seqs],
    };
  };
  const quiet = (): void => {
    questions += 1;
    const module = "script";
    events.push({ kind: "quiesce", quiet: questions, module, outcomes });
    events.push({ kind: "quiet", quiet: questions, module, outcomes, fetchesInFlight: machine.fetches.length });
  };
  const take = (step: Step): void => {
    let answer: HistoryEvent | undefined;
    switch (step.do) {
      case "turn": {
        questions += 1;
        events.push({ kind: "step", step: questions, module: "script" });
        const [item] = machine.items(true);
        const turn = { kind: item!.kind, call: item!.call.new.name, function: item!.call.new.function };
        answer = { kind: "stepped", step: questions, module: "script", turn };
        break;
      }
      case "release":
        events.push({
          kind: "origin",
          event: { kind: "release", gate: gateOf(step), status: 200, bytes: 8, text: bodyOf(step) },
        });
        break;
      case "fail":
      case "reset":
        events.push({
          kind: "origin",
          event: { kind: "reset", gate: gateOf(step), how: step.do === "reset" ? "reset" : "end" },
        });
        break;
      case "clock":
        events.push({ kind: "advance", to: step.to });
        break;
      case "reducer":
        submit("reducer", "run", { ops: reducing });
        break;
      case "cancel":
        events.push({ kind: "cancel", call: `p${step.procedure}` });
        break;
      case "disconnect":
        events.push({ kind: "disconnect", connection: "alice" });
        answer = { kind: "disconnected", connection: "alice" };
        break;
    }
    const consequences = simulation.take(step);
    if (step.do === "clock") answer = { kind: "advanced", now: machine.now };
    if (answer !== undefined) events.push(answer);
    const isOutcome = step.do === "release" || step.do === "fail" || step.do === "reset";
    if (isOutcome) outcomes += 1;
    if (isOutcome && workload.mode === "stepped") quiet();
    observe(consequences);
    if (workload.mode === "lockstep") quiet();
  };

  events.push({ kind: "load", module: "script", source: "script" });
  for (const connection of ["alice", "bob"]) {
    events.push({ kind: "connect", connection, module: "script" }, { kind: "connected", connection });
  }
  const { requests } = simulation.begin();
  submit("clear", "run", { ops: clearing });
  observe({ requests: [], ends: ["clear"] });
  for (let procedure = 0; procedure < workload.procedures; procedure += 1) {
    submit(`p${procedure}`, "play", { steps: planOf(workload, procedure, (fetch) => url(procedure, fetch), 0) });
  }
  observe({ requests, ends: [] });
  if (workload.mode === "stepped") events.push({ kind: "paused", module: "script" });
  let taken = 0;
  for (let enabled = simulation.enabled(); enabled.length > 0; enabled = simulation.enabled()) {
    take(enabled[choiceAt(schedule, taken, enabled.length)]!);
    taken += 1;
  }
  if (workload.mode === "stepped") events.push({ kind: "resume", module: "script" });
  const { seq } = machine.tables;
  events.push({ kind: "read", read: 0, module: "script", table: "cells" });
  events.push({ kind: "rows", read: 0, table: "cells", rows: machine.tables.rowsAt("cells", seq), seq });
  return events;
}
