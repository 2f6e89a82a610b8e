/**
 * One attempt to find a history among those that the model allows. The model is led by what was observed: the `seq` of the calls' transactions say which
 * step the host must have taken, where the contract leaves several. What they leave open is a choice.
 */
import { describeEvent } from "../history/describe-event.ts";
import type { HistoryEvent } from "../history/history.ts";
import { admits } from "../model/admission.ts";
import type { ModelCall, Operation } from "../model/call.ts";
import { Machine, type MachineProfile } from "../model/machine.ts";
import type { ModelModule } from "../model/program.ts";
import { modelModules } from "../model/programs/index.ts";
import type { Item } from "../model/ready-queue.ts";
import type { Tables } from "../model/tables.ts";
import { allows } from "../model/value.ts";
import { type Ground, takeAtOrigin } from "./at-origin.ts";
import type { Choices } from "./choices.ts";
import { type Facts, failedAs } from "./facts.ts";
import { mayHaveLostLane } from "./lost-lanes.ts";
import { Mismatch } from "./mismatch.ts";
import { bounded } from "./profile.ts";
import { type Former, secondLife } from "./second-life.ts";
import { itemsOf, type OwnNames, transacts } from "./turns.ts";
import { isUnseen, letInUnseen, unseenOf } from "./unseen.ts";
import { describeEnd, describeItem, differenceOfRows, standing } from "./words.ts";

/** How a module stands when its history begins. */
export interface Start {
  readonly tables: Tables;
  /** Its clock, in ms since the epoch. */
  readonly now: number;
}

/** A module of the history, in the model. */
interface Replayed extends Former {
  program: ModelModule;
  /** The code that it gets, and may have got already. */
  update: ModelModule | undefined;
  /** The last commit that a result has told of. */
  acknowledged: number;
  /** Its host was killed: no request of its comes to an end that the model could know. */
  killed: boolean;
  /** The last commit that an observation proves to have happened. */
  proven: number;
  readonly gates: Map<string, Operation>;
  /** The calls that are being ended from outside, and how they then end. */
  readonly ending: Map<string, string>;
  readonly reads: Map<number, number>;
  /** The hooks of connections, by the event that tells of their end. */
  readonly hooks: Map<string, ModelCall>;
  readonly ownNames: OwnNames;
}

/** Replays a history, event by event. */
export class Replay {
  readonly #profile: MachineProfile;
  readonly #start: Start | undefined;
  readonly #facts: Facts;
  readonly #choices: Choices;
  readonly #ground: Ground<Replayed>;
  readonly #modules = new Map<string, Replayed>();
  readonly #connections = new Map<string, Replayed>();
  readonly #calls = new Map<string, Replayed>();
  readonly #told = new Set<string>();

  /** `start` is how the first module stands when the history begins; empty where absent. */
  constructor(profile: MachineProfile, facts: Facts, choices: Choices, start?: Start) {
    this.#profile = profile;
    this.#start = start;
    this.#facts = facts;
    this.#choices = choices;
    this.#ground = {
      facts,
      modules: () => this.#modules.values(),
      choose: (options) => choices.next(options),
      progress: (module) => this.#progress(module),
    };
  }

  /** Takes the next event. @throws Mismatch where the model does not allow it */
  take(event: HistoryEvent): void {
    switch (event.kind) {
      case "load":
        this.#load(event);
        return;
      case "connect": {
        const module = this.#modules.get(event.module)!;
        const hook = module.machine.connect(event.connection);
        if (hook !== undefined) module.hooks.set(`connected ${event.connection}`, hook);
        this.#connections.set(event.connection, module);
        return;
      }
      case "disconnect": {
        const module = this.#connections.get(event.connection)!;
        const hook = module.machine.disconnect(event.connection);
        if (hook !== undefined) module.hooks.set(`disconnected ${event.connection}`, hook);
        return;
      }
      case "connected":
      case "disconnected": {
        const module = this.#connections.get(event.connection)!;
        const hook = module.hooks.get(`${event.kind} ${event.connection}`);
        if (hook === undefined) return;
        this.#until(module, () => hook.end !== undefined, event);
        module.proven = Math.max(module.proven, ...hook.seqs);
        return;
      }
      case "submit":
        this.#submit(event);
        return;
      case "fail-commits":
        // Of a call that is not submitted yet, hence for every module: names are unique.
        for (const { machine } of this.#modules.values()) machine.failCommits(event.call, event.commits);
        return;
      case "cancel":
        this.#endFromOutside(event.call, "cancelled");
        return;
      case "result":
        this.#result(event);
        return;
      case "origin":
        takeAtOrigin(this.#ground, event.event);
        return;
      case "read": {
        const module = this.#modules.get(event.module)!;
        module.reads.set(event.read, module.proven);
        return;
      }
      case "rows":
        this.#rows(event);
        return;
      case "quiet":
        this.#quiet(event);
        return;
      case "paused":
        this.#modules.get(event.module)!.machine.pause();
        return;
      case "resume":
        this.#modules.get(event.module)!.machine.resume();
        return;
      case "step": {
        const stepped = this.#facts.steps.get(event.step);
        if (stepped !== undefined) this.#step(stepped);
        return;
      }
      case "advance":
        for (const { machine } of this.#living()) machine.advance(event.to);
        return;
      case "advanced":
        for (const module of this.#living()) {
          this.#runAll(module);
          module.machine.advanced();
          module.machine.barrier();
        }
        return;
      case "parked": {
        const module = this.#calls.get(event.call)!;
        const there = () => {
          const { parked } = module.machine;
          return parked?.call.new.name === event.call && parked.point === event.point;
        };
        this.#until(module, there, event);
        return;
      }
      case "continue":
        this.#calls.get(event.call)!.machine.goOn();
        return;
      case "stepped": {
        // The turn is over: what it has committed can be read.
        const module = this.#modules.get(event.module)!;
        const name = event.turn?.call ?? "";
        const call = module.machine.call(name) ?? module.ownNames.get(name);
        module.proven = Math.max(module.proven, call?.seqs.at(-1) ?? 0);
        return;
      }
      case "quiesce":
        return;
      case "update": {
        const module = this.#modules.get(event.module)!;
        module.update = programOf(event.source);
        // The host has it at some moment between question and answer.
        if (this.#choose([false, true])) this.#update(module);
        return;
      }
      case "updated":
        this.#update(this.#modules.get(event.module)!);
        return;
      case "shutdown":
        for (const call of this.#calls.keys()) if (!this.#told.has(call)) this.#endFromOutside(call, "shutdown");
        return;
      case "exited":
        this.#exited(event);
        return;
      case "kill":
        for (const module of this.#modules.values()) module.killed = true;
        return;
      case "reload":
        this.#reload(event.module);
        return;
    }
  }

  #load({ module: name, source, limits = {} }: HistoryEvent & { kind: "load" }): void {
    const program = programOf(source);
    const { tables, now } = this.#start ?? { tables: undefined, now: 0 };
    // A build variant such as `shapes.es2016` has its module's name.
    const [identity = source] = source.split(".");
    const machine = new Machine(program, bounded(this.#profile, limits), now, tables?.copy(), identity);
    this.#add(name, { machine, program, identity });
  }

  /** The module has its new code. What was submitted before has begun by then or not. */
  #update(module: Replayed): void {
    if (module.update === undefined) return;
    while (this.#choose([false, true]) && this.#progress(module));
    module.machine.update(module.update);
    module.program = module.update;
    module.update = undefined;
  }

  /** The module comes to life again, with what was told, and with as much more as there may have been when its host was killed. */
  #reload(name: string): void {
    const before = this.#modules.get(name)!;
    while (this.#progress(before));
    const { acknowledged, machine } = before;
    const lost = this.#choices.next(machine.tables.seq - acknowledged + 1);
    this.#add(name, { ...before, machine: secondLife(before, machine.tables.seq - lost, this.#start?.now ?? 0) });
  }

  #add(name: string, { machine, program, identity }: Former): void {
    const { seq } = machine.tables;
    this.#modules.set(name, {
      machine,
      program,
      identity,
      proven: seq,
      update: undefined,
      acknowledged: seq,
      killed: false,
      gates: new Map(),
      ending: new Map(),
      reads: new Map(),
      hooks: new Map(),
      ownNames: new Map(),
    });
  }

  #submit(event: HistoryEvent & { kind: "submit" }): void {
    const module = this.#connections.get(event.connection)!;
    const { call: name, connection, function: called, args, park } = event;
    const program = module.program.functions.get(called);
    const refused = failedAs(this.#facts.results.get(name), "limit");
    // A call that was taken found room; how far the host had come by then, nothing else says.
    while (!refused && !admits(module.machine, program)) {
      if (!this.#progress(module)) throw new Mismatch(`${describeEvent(event)}; by the model there is no room for it`);
    }
    const isRefused = !admits(module.machine, program);
    const call = module.machine.submit({ name, connection, function: called, args, park: park === true });
    if (isRefused) module.machine.end(call, "limit");
    this.#calls.set(name, module);
  }

  #result(event: HistoryEvent & { kind: "result" }): void {
    const module = this.#calls.get(event.call)!;
    const call = module.machine.call(event.call)!;
    this.#until(module, () => call.end !== undefined, event);
    this.#told.add(event.call);
    const { end } = call;
    const { result } = event;
    const seqs = call.seqs.join(", ") || "none";
    if (end === undefined) return;
    const same =
      end.outcome === "returned"
        ? result.outcome === "returned" && allows(end.value, result.value)
        : result.outcome === "failed" &&
          end.category === result.error.category &&
          call.new.function === result.error.function &&
          (end.message === undefined || end.message === result.error.message) &&
          (end.naming?.some((name) => result.error.message.includes(name)) ?? true);
    if (!same) throw new Mismatch(describeEnd(event, call, end));
    if (call.seqs.join() !== result.seqs.join()) {
      throw new Mismatch(`${describeEvent(event)}; by the model its transactions have the seqs ${seqs}`);
    }
    module.proven = Math.max(module.proven, ...result.seqs);
    module.acknowledged = Math.max(module.acknowledged, ...result.seqs);
  }

  #exited(event: HistoryEvent & { kind: "exited" }): void {
    const unanswered = [...this.#calls.keys()].find((call) => !this.#told.has(call));
    if (unanswered !== undefined) throw new Mismatch(`the host has ended without a result of ${unanswered}`);
    if (event.code !== 0)
      throw new Mismatch(`${describeEvent(event)}; a host that is shut down ends by itself, with 0`);
  }

  #living(): Replayed[] {
    return [...this.#modules.values()].filter(({ killed }) => !killed);
  }

  #rows(event: HistoryEvent & { kind: "rows" }): void {
    const module = [...this.#modules.values()].find(({ reads }) => reads.has(event.read))!;
    const { machine } = module;
    const atLeast = module.reads.get(event.read)!;
    if (event.seq < atLeast) {
      throw new Mismatch(
        `the rows of ${event.table} include commits up to seq ${event.seq}; when they were asked for, seq ${atLeast} had been acknowledged`,
      );
    }
    this.#until(module, () => machine.tables.seq >= event.seq, event);
    const rows = machine.tables.rowsAt(event.table, event.seq);
    if (!allows(rows, event.rows)) {
      const { model, observed } = differenceOfRows(rows, event.rows);
      throw new Mismatch(
        `the rows of ${event.table} after commit ${event.seq} show ${observed}; by the model they show ${model}`,
      );
    }
    module.proven = Math.max(module.proven, event.seq);
  }

  #quiet(event: HistoryEvent & { kind: "quiet" }): void {
    if (!this.#facts.quietForCertain.has(event.quiet)) return;
    const module = this.#modules.get(event.module)!;
    this.#runAll(module);
    const { machine } = module;
    while (machine.fetches.length > event.fetchesInFlight && this.#letIn(module, () => true)) this.#runAll(module);
    if (machine.fetches.length !== event.fetchesInFlight) {
      throw new Mismatch(
        `the host is quiet with ${event.fetchesInFlight} fetches in flight; by the model there are ${machine.fetches.length}`,
      );
    }
    for (const [name, call] of machine.calls) {
      if (call.end !== undefined && call.new.own === undefined && !this.#told.has(name)) {
        throw new Mismatch(`the host is quiet without a result of ${name}; by the model it has ended`);
      }
    }
    machine.barrier();
    module.proven = machine.tables.seq;
  }

  #step(event: HistoryEvent & { kind: "stepped" }): void {
    const module = this.#modules.get(event.module)!;
    const { machine } = module;
    const { turn } = event;
    if (turn !== null && itemsOf(turn, machine.items(true), module.ownNames).length === 0) {
      this.#letIn(module, ({ call }) => call.new.name === turn.call);
    }
    const items = machine.items(true);
    if (turn === null) {
      if (items.length === 0) return;
      throw new Mismatch(`${describeEvent(event)}; by the model ${items.map(describeItem).join(" or ")} is`);
    }
    const matching = itemsOf(turn, items, module.ownNames);
    if (matching.length === 0) {
      const instead = items.map(describeItem).join(" or ") || "nothing";
      throw new Mismatch(`${describeEvent(event)}; by the model the next turn is ${instead}`);
    }
    const item = this.#choose(matching);
    if (item.call.new.own !== undefined) module.ownNames.set(turn.call, item.call);
    this.#take(module, item);
    while (machine.turn === item.call) this.#transact(module, item.call);
  }

  #until(module: Replayed, reached: () => boolean, event: HistoryEvent): void {
    while (!reached()) {
      if (!this.#progress(module)) throw new Mismatch(`${describeEvent(event)}; ${standing(module.machine, event)}`);
    }
  }

  #runAll(module: Replayed): void {
    while (this.#progress(module, false));
    const { machine } = module;
    if (machine.quiet || machine.parked !== undefined) return;
    throw new Mismatch(`the host is quiet; ${standing(machine, undefined)}`);
  }

  /** Takes one step that agrees with what was observed; false where there is none. `unseen`: or lets in an outcome that nobody saw come. */
  #progress(module: Replayed, unseen = true): boolean {
    const { machine } = module;
    const next = machine.tables.seq + 1;
    const fits = (call: ModelCall): "now" | "undone" | "unknown" | "later" => {
      const result = this.#facts.results.get(call.new.name);
      if (result === undefined) return "unknown";
      const seq = result.seqs[call.seqs.length];
      return seq === undefined ? "undone" : seq === next ? "now" : "later";
    };
    const waiting = [
      ...(machine.turn !== undefined && machine.parked === undefined ? [machine.turn] : []),
      ...machine.poolTransactions,
    ];
    const items = machine.items();
    const inOrder: (() => boolean)[] = [
      () => this.#transactFirst(module, waiting, (call) => fits(call) === "now"),
      () =>
        this.#takeOneOf(
          module,
          items.filter((item) => transacts(item) !== false && fits(item.call) === "now"),
        ),
      () => this.#takeOneOf(module, items.filter((item) => transacts(item) === false).slice(0, 1)),
      () =>
        this.#takeOneOf(
          module,
          items.filter((item) => transacts(item) === undefined),
        ),
      () => this.#transactFirst(module, waiting, (call) => fits(call) === "undone"),
      () =>
        this.#takeOneOf(module, items.filter((item) => transacts(item) && fits(item.call) === "undone").slice(0, 1)),
      () => this.#transactFirst(module, waiting, (call) => fits(call) === "unknown"),
      () =>
        this.#takeOneOf(
          module,
          items.filter((item) => fits(item.call) === "unknown"),
        ),
    ];
    if (inOrder.some((attempt) => attempt())) return true;
    const { due } = machine;
    if (due === undefined || !machine.quiet) {
      // Where something is ready that cannot have run yet, what came before it has come in.
      return (unseen || !machine.quiet) && this.#letIn(module, () => true);
    }
    // Whether its limit passed before it failed is the host's choice.
    if (isUnseen(due) && this.#choices.next(2) === 1) letInUnseen(machine, due);
    else machine.fire();
    return true;
  }

  /** Lets one of the outcomes come in that nobody outside could see come; false where none is due to these calls. */
  #letIn({ machine }: Replayed, fits: (operation: Operation) => boolean): boolean {
    const unseen = unseenOf(machine).filter(fits);
    if (unseen.length === 0) return false;
    letInUnseen(machine, this.#choose(unseen));
    return true;
  }

  #transactFirst(module: Replayed, calls: readonly ModelCall[], fits: (call: ModelCall) => boolean): boolean {
    const call = calls.find(fits);
    if (call === undefined) return false;
    this.#transact(module, call);
    return true;
  }

  #takeOneOf(module: Replayed, items: readonly Item[]): boolean {
    if (items.length === 0) return false;
    this.#take(module, this.#choose(items));
    return true;
  }

  #take({ machine }: Replayed, item: Item): void {
    machine.take(item);
    this.#loseLane(machine, item.call);
  }

  /** Where the turn had to be stopped, the lane may be lost with it. */
  #loseLane(machine: Machine, turn: ModelCall): void {
    if (mayHaveLostLane(machine, turn, this.#facts.results) && this.#choose([true, false])) machine.loseLane();
  }

  #choose<T>(options: readonly T[]): T {
    return options[options.length === 1 ? 0 : this.#choices.next(options.length)]!;
  }

  #transact(module: Replayed, call: ModelCall): void {
    const before = call.seqs.length;
    module.machine.transact(call);
    this.#loseLane(module.machine, call);
    const seq = call.seqs[before];
    const result = this.#facts.results.get(call.new.name);
    if (seq !== undefined && result !== undefined && result.seqs[before] !== seq) {
      const told =
        result.seqs[before] === undefined ? "it reports no such transaction" : `it reports ${result.seqs[before]}`;
      throw new Mismatch(
        `by the model transaction ${before + 1} of ${call.new.name} (${call.new.function}) commits as seq ${seq}; ${told}`,
      );
    }
    this.#endDue(module);
  }

  #endFromOutside(call: string, category: string): void {
    const module = this.#calls.get(call)!;
    if (!module.ending.has(call)) module.ending.set(call, category);
    this.#endDue(module);
  }

  /** The end of a call from outside takes effect once the call has committed what it reports: it may have come while a turn ran. */
  #endDue(module: Replayed): void {
    for (const [name, category] of module.ending) {
      const call = module.machine.call(name)!;
      const result = this.#facts.results.get(name);
      const isEnded = result === undefined || failedAs(result, category);
      if (isEnded && call.seqs.length >= (result?.seqs.length ?? 0)) module.machine.end(call, category);
    }
  }
}

function programOf(source: string): ModelModule {
  const program = modelModules.get(source);
  if (program === undefined) throw new Error(`the model has no module ${source}`);
  return program;
}
