/** A workload in the model alone: which steps are enabled now, and what follows from one. Exploring it needs no host. */
import type { ModelCall, Operation } from "../model/call.ts";
import { Machine } from "../model/machine.ts";
import type { MachineProfile } from "../model/machine-profile.ts";
import { script } from "../model/programs/script.ts";
import type { Tables } from "../model/tables.ts";
import { clearing, planOf, reducing, type Workload } from "./workload.ts";

/** One step of a schedule. */
export type Step =
  | { readonly do: "turn" }
  | { readonly do: "release" | "fail" | "reset"; readonly procedure: number; readonly fetch: number }
  | { readonly do: "clock"; readonly to: number }
  | { readonly do: "reducer" }
  | { readonly do: "cancel"; readonly procedure: number }
  | { readonly do: "disconnect" };

/** What must happen once a step was taken, and nothing else: requests at the origin, by procedure and fetch, and ends of calls. */
export interface Consequences {
  readonly requests: readonly { readonly procedure: number; readonly fetch: number }[];
  readonly ends: readonly string[];
}

/** A workload on its way. */
export class Simulation {
  readonly workload: Workload;
  readonly machine: Machine;
  readonly #url: (procedure: number, fetch: number) => string;
  readonly #seen = new Set<Operation["issued"]>();
  readonly #ended = new Set<string>();
  #extraUsed = false;

  /** A workload that is about to begin, on an empty module or on one with the tables of an earlier run. */
  constructor(
    workload: Workload,
    profile: MachineProfile,
    url: (procedure: number, fetch: number) => string,
    start: { tables: Tables; now: number } | undefined,
  ) {
    this.workload = workload;
    this.machine = new Machine(script, profile, start?.now, start?.tables);
    this.#url = url;
  }

  /** Empties the rows, and begins the procedures. */
  begin(): Consequences {
    this.#submit("clear", "run", { ops: clearing });
    this.#runAll();
    const { now } = this.machine;
    for (let procedure = 0; procedure < this.workload.procedures; procedure += 1) {
      const steps = planOf(this.workload, procedure, (fetch) => this.#url(procedure, fetch), now);
      this.#submit(`p${procedure}`, "play", { steps });
    }
    this.#runAll();
    const consequences = this.#news();
    if (this.workload.mode === "stepped") this.machine.pause();
    return consequences;
  }

  /** Whether every schedule's own step was taken. */
  get complete(): boolean {
    return this.workload.extra === undefined || this.workload.extra === "clock" || this.#extraUsed;
  }

  /** The steps that are enabled now, the oldest first; none at the end. */
  enabled(): Step[] {
    const { machine, workload } = this;
    const steps: Step[] = [];
    if (workload.mode === "stepped" && machine.items(true).length > 0) steps.push({ do: "turn" });
    const held = machine.fetches.map((operation) => this.#placeOf(operation));
    for (const place of held) steps.push({ do: "release", ...place });
    const [sleep] = machine.sleeps;
    if (sleep !== undefined) steps.push({ do: "clock", to: sleep.due });
    if (this.#extraUsed) return steps;
    if (workload.extra === "fail" || workload.extra === "reset") {
      for (const place of held) steps.push({ do: workload.extra, ...place });
    }
    if (workload.extra === "cancel") {
      for (const [procedure, call] of this.#procedures.entries()) {
        if (call.end === undefined) steps.push({ do: "cancel", procedure });
      }
    }
    if (workload.extra === "reducer" || workload.extra === "disconnect") steps.push({ do: workload.extra });
    return steps;
  }

  /** Takes a step. */
  take(step: Step): Consequences {
    const { machine } = this;
    switch (step.do) {
      case "turn": {
        const [item] = machine.items(true);
        if (item === undefined) throw new Error("the lane has nothing to run");
        machine.take(item);
        while (machine.turn !== undefined) machine.transact(machine.turn);
        return this.#news();
      }
      case "release":
        machine.settle(this.#held(step), { ok: true, status: 200, body: bodyOf(step) });
        break;
      case "fail":
      case "reset":
        this.#extraUsed = true;
        machine.settle(this.#held(step), { ok: false, category: "transport" });
        break;
      case "clock":
        machine.advance(step.to);
        break;
      case "reducer":
        this.#extraUsed = true;
        this.#submit("reducer", "run", { ops: reducing });
        break;
      case "cancel":
        this.#extraUsed = true;
        machine.cancel(this.#procedures[step.procedure]!);
        break;
      case "disconnect":
        this.#extraUsed = true;
        machine.disconnect("alice");
        break;
    }
    if (this.workload.mode === "lockstep") this.#runAll();
    machine.barrier();
    return this.#news();
  }

  get #procedures(): ModelCall[] {
    return Array.from({ length: this.workload.procedures }, (_, index) => this.machine.call(`p${index}`)!);
  }

  #submit(name: string, called: string, args: Record<string, unknown>): void {
    this.machine.submit({ name, function: called, args, connection: "alice", park: false });
  }

  #runAll(): void {
    const { machine } = this;
    while (!machine.quiet || machine.due !== undefined) {
      const [waiting] = machine.turn === undefined ? machine.poolTransactions : [machine.turn];
      const [item] = machine.items();
      if (waiting !== undefined) machine.transact(waiting);
      else if (item !== undefined) machine.take(item);
      else machine.fire();
    }
    machine.advanced();
  }

  #news(): Consequences {
    const requests = this.machine.fetches
      .filter(({ issued }) => !this.#seen.has(issued))
      .map((operation) => {
        this.#seen.add(operation.issued);
        return this.#placeOf(operation);
      });
    const ends: string[] = [];
    for (const [name, call] of this.machine.calls) {
      if (call.end === undefined || this.#ended.has(name)) continue;
      this.#ended.add(name);
      ends.push(name);
    }
    return { requests, ends };
  }

  #held({ procedure, fetch }: { procedure: number; fetch: number }): Operation {
    const url = this.#url(procedure, fetch);
    const held = this.machine.fetches.find(({ what }) => "fetch" in what && what.fetch === url);
    if (held === undefined) throw new Error(`fetch ${fetch} of procedure ${procedure} is not held`);
    return held;
  }

  #placeOf({ call, what }: Operation): { procedure: number; fetch: number } {
    const procedure = this.#procedures.indexOf(call);
    const fetch = Array.from({ length: this.workload.fetches }, (_, index) => index).find(
      (index) => "fetch" in what && this.#url(procedure, index) === what.fetch,
    );
    return { procedure, fetch: fetch! };
  }
}

/** What the origin answers at a fetch. */
export function bodyOf({ procedure, fetch }: { procedure: number; fetch: number }): string {
  return `for p${procedure}.${fetch}`;
}

/** A step in words. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case "turn":
      return "run the lane's next turn";
    case "release":
      return `release fetch ${step.fetch} of p${step.procedure}`;
    case "fail":
      return `cut the response to fetch ${step.fetch} of p${step.procedure} short`;
    case "reset":
      return `reset the connection of fetch ${step.fetch} of p${step.procedure}`;
    case "clock":
      return `move the clock to ${step.to}`;
    case "reducer":
      return "submit a reducer";
    case "cancel":
      return `cancel p${step.procedure}`;
    case "disconnect":
      return "close the connection of the procedures";
  }
}
