/** One attempt to find a history among those that the model allows. */
import { describeEvent } from "../history/describe-event.ts";
import type { HistoryEvent } from "../history/history.ts";
import { admits } from "../model/admission.ts";
import { Machine } from "../model/machine.ts";
import type { MachineProfile } from "../model/machine-profile.ts";
import type { ModelModule } from "../model/program.ts";
import { modelModules } from "../model/programs/index.ts";
import type { Tables } from "../model/tables.ts";
import { takeQuiet, takeResult, takeRows, takeStep } from "./answers.ts";
import { takeAtOrigin } from "./at-origin.ts";
import type { Choices } from "./choices.ts";
import { type Facts, failedAs } from "./facts.ts";
import { Mismatch } from "./mismatch.ts";
import { bounded } from "./profile.ts";
import { type Replayed, replayed } from "./replayed.ts";
import { secondLife } from "./second-life.ts";
import { Stepping } from "./stepping.ts";

/** How a module stands when its history begins. */
export interface Start {
  readonly tables: Tables;
  /** Its clock, in ms since the epoch. */
  readonly now: number;
}

/** Replays a history, event by event. */
export class Replay {
  readonly #profile: MachineProfile;
  readonly #start: Start | undefined;
  readonly #facts: Facts;
  readonly #stepping: Stepping;
  readonly #modules = new Map<string, Replayed>();
  readonly #connections = new Map<string, Replayed>();
  readonly #calls = new Map<string, Replayed>();
  readonly #told = new Set<string>();

  /** `start` is how the first module stands when the history begins; empty where absent. */
  constructor(profile: MachineProfile, facts: Facts, choices: Choices, start?: Start) {
    this.#profile = profile;
    this.#start = start;
    this.#facts = facts;
    this.#stepping = new Stepping(facts, choices);
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
        this.#stepping.until(module, () => hook.end !== undefined, event);
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
        this.#end(event.call, "cancelled");
        return;
      case "result":
        takeResult(this.#stepping, this.#calls.get(event.call)!, event);
        this.#told.add(event.call);
        return;
      case "origin":
        takeAtOrigin(this.#stepping, [...this.#modules.values()], event.event);
        return;
      case "read": {
        const module = this.#modules.get(event.module)!;
        module.reads.set(event.read, module.proven);
        return;
      }
      case "rows": {
        const module = [...this.#modules.values()].find(({ reads }) => reads.has(event.read))!;
        takeRows(this.#stepping, module, event);
        return;
      }
      case "quiet":
        if (!this.#facts.quietForCertain.has(event.quiet)) return;
        takeQuiet(this.#stepping, this.#modules.get(event.module)!, event, this.#told);
        return;
      case "paused":
        this.#modules.get(event.module)!.machine.pause();
        return;
      case "resume":
        this.#modules.get(event.module)!.machine.resume();
        return;
      case "step": {
        const stepped = this.#facts.steps.get(event.step);
        if (stepped !== undefined) takeStep(this.#stepping, this.#modules.get(stepped.module)!, stepped);
        return;
      }
      case "advance":
        for (const { machine } of this.#living()) machine.advance(event.to);
        return;
      case "advanced":
        for (const module of this.#living()) {
          this.#stepping.runAll(module);
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
        this.#stepping.until(module, there, event);
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
        if (this.#stepping.choose([false, true])) this.#update(module);
        return;
      }
      case "updated":
        this.#update(this.#modules.get(event.module)!);
        return;
      case "shutdown":
        for (const call of this.#calls.keys()) if (!this.#told.has(call)) this.#end(call, "shutdown");
        return;
      case "exited":
        this.#exited(event);
        return;
      case "kill":
        for (const module of this.#modules.values()) module.killed = true;
        return;
      case "reload":
        this.#reload(event);
        return;
    }
  }

  #load({ module: name, source, limits = {} }: HistoryEvent & { kind: "load" }): void {
    const program = programOf(source);
    const { tables, now } = this.#start ?? { tables: undefined, now: 0 };
    // A build variant such as `shapes.es2016` has its module's name.
    const [identity = source] = source.split(".");
    const machine = new Machine(program, bounded(this.#profile, limits), now, tables?.copy(), identity);
    this.#modules.set(name, replayed({ machine, program, identity }));
  }

  /** The module has its new code. What was submitted before has begun by then or not. */
  #update(module: Replayed): void {
    if (module.update === undefined) return;
    while (this.#stepping.choose([false, true]) && this.#stepping.progress(module));
    module.machine.update(module.update);
    module.program = module.update;
    module.update = undefined;
  }

  /** The module comes to life again, with what was told, and with as much more as there may have been when its host was killed. */
  #reload(event: HistoryEvent & { kind: "reload" }): void {
    const name = event.module;
    const before = this.#modules.get(name)!;
    while (this.#stepping.progress(before));
    const { acknowledged, machine } = before;
    const most = Math.max(acknowledged, Math.min(machine.tables.seq, this.#facts.firstRead.get(event) ?? Infinity));
    const survived = this.#stepping.choose(Array.from({ length: most - acknowledged + 1 }, (_, lost) => most - lost));
    const next = secondLife(before, survived, this.#start?.now ?? 0);
    this.#modules.set(name, replayed({ ...before, machine: next }));
  }

  #submit(event: HistoryEvent & { kind: "submit" }): void {
    const module = this.#connections.get(event.connection)!;
    const { call: name, connection, function: called, args, park } = event;
    const program = module.program.functions.get(called);
    const refused = failedAs(this.#facts.results.get(name), "limit");
    // A call that was taken found room; how far the host had come by then, nothing else says.
    while (!refused && !admits(module.machine, program)) {
      if (!this.#stepping.progress(module))
        throw new Mismatch(`${describeEvent(event)}; by the model there is no room for it`);
    }
    const isRefused = !admits(module.machine, program);
    const call = module.machine.submit({ name, connection, function: called, args, park: park === true });
    if (isRefused) module.machine.end(call, "limit");
    this.#calls.set(name, module);
  }

  #end(call: string, category: string): void {
    this.#stepping.endFromOutside(this.#calls.get(call)!, call, category);
  }

  #exited(event: HistoryEvent & { kind: "exited" }): void {
    const unanswered = [...this.#calls.keys()].find((call) => !this.#told.has(call));
    if (unanswered !== undefined) throw new Mismatch(`the host has ended without a result of ${unanswered}`);
    if (event.code !== 0) {
      throw new Mismatch(`${describeEvent(event)}; a host that is shut down ends by itself, with 0`);
    }
  }

  #living(): Replayed[] {
    return [...this.#modules.values()].filter(({ killed }) => !killed);
  }
}

function programOf(source: string): ModelModule {
  const program = modelModules.get(source);
  if (program === undefined) throw new Error(`the model has no module ${source}`);
  return program;
}
