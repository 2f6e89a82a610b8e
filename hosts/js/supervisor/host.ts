/** The host: its modules, its connections, and the answers to the protocol's requests. */
import process from "node:process";
import { Allowed } from "../egress/addresses.ts";
import { Egress } from "../egress/client.ts";
import { boundsHeaps, engines } from "../engine.ts";
import { blockingPool, limitsOf, requestBurst } from "../limits.ts";
import { moduleRefused, RpcError, rpcCode } from "../protocol/errors.ts";
import type { ParamsOf } from "../protocol/params.ts";
import type { Answer, Handlers } from "../protocol/session.ts";
import type { StoreFolder } from "../store/folder.ts";
import { version } from "../version.ts";
import type { CallEnd } from "./calls.ts";
import { type Clock, RealClock, VirtualClock } from "./clock.ts";
import { Module, type ModuleHost } from "./module.ts";
import { NamedConnections } from "./named-connections.ts";
import { NamedSubscriptions } from "./named-subscriptions.ts";
import { runFile } from "./run-file.ts";
import type { TellChanges } from "./subscriptions.ts";
import { Waiters } from "./waiters.ts";

/** What the host needs of its process. */
export interface HostProcess {
  readonly folder: StoreFolder;
  log(module: string, call: string | null, level: string, message: string): void;
  /** A commit changed a table that the kit subscribes to. */
  readonly tableChanged: TellChanges;
  /** A call stands at a point. */
  parked(module: string, call: string, point: string): void;
  /** Ends the process, once the answer to `shutdown` has been given. */
  exit(): void;
}

/** What `initialize` has settled. */
interface Settings {
  readonly runSeed: string;
  readonly clock: Clock;
  readonly egress: Egress;
}

/** A host. */
export class Host {
  readonly #process: HostProcess;
  readonly #modules = new Map<string, Module>();
  readonly #connections = new NamedConnections();
  /** The kit's calls in flight, by name, with what waits for their ends. */
  readonly #inFlight = new Map<string, { readonly module: Module; readonly ended: (() => void)[] }>();
  /** Names of the kit's calls that have ended. */
  readonly #ended = new Set<string>();
  readonly #subscriptions = new NamedSubscriptions();
  readonly #waiters = new Waiters();
  #settings: Settings | null = null;
  #lastModule = 0;
  #advance: Promise<unknown> = Promise.resolve();

  constructor(process: HostProcess) {
    this.#process = process;
  }

  /** Answers of every method. */
  readonly handlers: Handlers = {
    initialize: (params: ParamsOf<"initialize">) => this.#initialize(params),
    "module/load": (params: ParamsOf<"module/load">) => this.#load(params),
    "module/update": ({ module, path, sha256 }: ParamsOf<"module/update">) => this.#update(module, path, sha256),
    "module/unload": (params: ParamsOf<"module/unload">) => this.#unload(params),
    "connection/open": (params: ParamsOf<"connection/open">) => this.#openConnection(params),
    "connection/close": (params: ParamsOf<"connection/close">) => this.#closeConnection(params),
    call: (params: ParamsOf<"call">) => this.#call(params),
    "call/cancel": ({ call }: ParamsOf<"call/cancel">) => this.#cancel(call),
    "table/read": ({ module, table }: ParamsOf<"table/read">) => {
      const { rows, seq } = this.#module(module).read(table);
      return { json: `{"rows":${rows},"seq":${seq}}` };
    },
    "table/subscribe": ({ module, table, subscription }: ParamsOf<"table/subscribe">) => {
      const { rows, seq } = this.#subscriptions.add(this.#module(module), table, subscription);
      return { json: `{"rows":${rows},"seq":${seq}}` };
    },
    "table/unsubscribe": ({ subscription }: ParamsOf<"table/unsubscribe">) => {
      this.#subscriptions.remove(subscription);
      return nothing;
    },
    quiesce: ({ module, outcomes }: ParamsOf<"quiesce">) => this.#quiesce(module, outcomes),
    "lane/pause": async ({ module }: ParamsOf<"lane/pause">) => {
      await this.#module(module).lane.pause();
      this.#waiters.check();
      return nothing;
    },
    "lane/step": async ({ module }: ParamsOf<"lane/step">) => {
      const turn = await this.#module(module).lane.step();
      return { value: { turn } };
    },
    "lane/resume": ({ module }: ParamsOf<"lane/resume">) => {
      this.#module(module).lane.resume();
      return nothing;
    },
    "tx/continue": ({ module, call }: ParamsOf<"tx/continue">) => {
      if (this.#module(module).continue(call)) return nothing;
      throw new RpcError(rpcCode.notNow, `tx/continue: the call ${JSON.stringify(call)} is not parked at a point`);
    },
    "store/fail": ({ module, call, commits }: ParamsOf<"store/fail">) => {
      this.#module(module).failCommits(call, commits);
      return nothing;
    },
    "clock/advance": ({ to }: ParamsOf<"clock/advance">) => this.#advanceClock(to),
    stats: () => this.#stats(),
    shutdown: () => {
      this.close();
      return nothing;
    },
  };

  /** Fails every call in flight as `shutdown` and ends the process. */
  close(): void {
    for (const module of this.#modules.values()) void module.close();
    this.#settings?.egress.close();
    this.#process.exit();
  }

  #initialize({ nonce, seed, clock, allow }: ParamsOf<"initialize">): Answer {
    let allowed: Allowed;
    try {
      allowed = new Allowed(allow);
    } catch (error) {
      throw new RpcError(rpcCode.invalidParams, `initialize: ${(error as Error).message}`);
    }
    this.#settings = {
      runSeed: seed,
      clock: clock.mode === "virtual" ? new VirtualClock(clock.now) : new RealClock(),
      egress: new Egress(allowed),
    };
    return {
      value: {
        protocol: 1,
        nonce,
        host: { name: "evenlane-js", version },
        engines: engines(),
        guests: ["ts", "as"],
        capabilities: [...capabilities, ...(boundsHeaps() ? ["memoryLimit"] : [])],
        profile: { tx: "closure", retry: "none", blockingPool, requestBurst, maxInFlight: null },
      },
    };
  }

  async #load({ guest, path, sha256, limits: given }: ParamsOf<"module/load">): Promise<Answer> {
    const { runSeed, clock, egress } = this.#initialized();
    const limits = limitsOf(given);
    if (limits.memoryBytes !== null && !boundsHeaps()) {
      const message = "module/load: limits.memoryBytes belongs to `memoryLimit`, which this host does not declare";
      throw new RpcError(rpcCode.invalidParams, message);
    }
    this.#lastModule += 1;
    const id = `m${this.#lastModule}`;
    const { log, parked, tableChanged } = this.#process;
    const host: ModuleHost = {
      runSeed,
      clock,
      egress,
      log,
      tableChanged,
      parked,
      changed: () => this.#waiters.check(),
    };
    const module = new Module(host, { id, guest, store: this.#process.folder.store(id), limits });
    try {
      await this.#open(module, path, sha256);
    } catch (error) {
      await this.#remove(module);
      throw error;
    }
    return { value: { module: id, interface: module.description } };
  }

  async #open(module: Module, path: string, sha256: string): Promise<void> {
    await runFile(module, path, sha256);
    this.#modules.set(module.id, module);
    const { outcome } = await new Promise<CallEnd>((done) => module.hook("init", null, done));
    if ("category" in outcome) {
      throw moduleRefused("init", `${path}: \`init\` failed: ${outcome.category}: ${outcome.message}`);
    }
  }

  async #update(id: string, path: string, sha256: string): Promise<Answer> {
    const module = this.#module(id);
    try {
      return { value: { interface: await runFile(module, path, sha256) } };
    } catch (error) {
      if (!module.closed) throw error;
      throw new RpcError(rpcCode.unknownName, `module ${id} was unloaded before it had its new code`);
    }
  }

  async #unload(params: ParamsOf<"module/unload">): Promise<Answer> {
    await this.#remove(this.#module(params.module));
    return nothing;
  }

  async #remove(module: Module): Promise<void> {
    this.#modules.delete(module.id);
    this.#connections.drop(module);
    this.#subscriptions.drop(module);
    await module.close();
    module.remove();
    this.#waiters.drop(module);
    this.#waiters.check();
  }

  async #openConnection({ module, connection }: ParamsOf<"connection/open">): Promise<Answer> {
    const { runSeed } = this.#initialized();
    return { value: { identity: await this.#connections.open(this.#module(module), connection, runSeed) } };
  }

  async #closeConnection({ connection }: ParamsOf<"connection/close">): Promise<Answer> {
    await this.#connections.close(connection);
    return nothing;
  }

  #call({ call, connection: from, function: target, args, park }: ParamsOf<"call">): Promise<Answer> {
    const { connection, module } = this.#connections.get(from);
    if (this.#inFlight.has(call)) {
      throw new RpcError(
        rpcCode.duplicateName,
        `call ${JSON.stringify(call)} is in flight already; choose another name`,
      );
    }
    const ended: (() => void)[] = [];
    this.#inFlight.set(call, { module, ended });
    const over = () => {
      this.#inFlight.delete(call);
      this.#ended.add(call);
      for (const tell of ended) tell();
    };
    return new Promise((resolve, reject) => {
      const done = ({ outcome, seqs }: CallEnd) => {
        if ("value" in outcome) {
          resolve({ json: `{"outcome":"returned","value":${outcome.value},"seqs":[${seqs.join(",")}]}` });
        } else {
          const error = { category: outcome.category, message: outcome.message.toWellFormed(), function: target };
          resolve({ value: { outcome: "failed", error, seqs } });
        }
        over();
      };
      const refuse = (error: RpcError) => {
        reject(error);
        over();
      };
      const submission = { name: call, function: target, args, connection, park: park === true };
      module.call({ ...submission, queues: true, done, refuse });
    });
  }

  /** Answers once the call has ended, with its answer before. */
  #cancel(name: string): Answer | Promise<Answer> {
    const call = this.#inFlight.get(name);
    if (call === undefined) {
      if (this.#ended.has(name)) return nothing;
      throw new RpcError(rpcCode.unknownName, `call/cancel: no call ${JSON.stringify(name)} was submitted`);
    }
    return new Promise((resolve) => {
      call.ended.push(() => resolve(nothing));
      call.module.cancel(name);
    });
  }

  async #quiesce(id: string, outcomes: number): Promise<Answer> {
    const module = this.#module(id);
    const { counts } = module;
    const reached = await this.#waiters.until(module, () => counts.outcomes >= outcomes && module.quiet);
    if (!reached) throw new RpcError(rpcCode.unknownName, `module ${id} was unloaded before it was quiet`);
    return { value: { outcomes: counts.outcomes, fetchesInFlight: counts.inFlight } };
  }

  #advanceClock(to: number): Promise<Answer> {
    const { clock } = this.#initialized();
    if (!(clock instanceof VirtualClock)) {
      throw new RpcError(rpcCode.notNow, 'clock/advance: the clock is real; start with clock.mode "virtual"');
    }
    const answer = this.#advance.then(async () => {
      if (to < clock.now()) {
        throw new RpcError(
          rpcCode.invalidParams,
          `clock/advance: to ${to} lies before the clock, which is at ${clock.now()}`,
        );
      }
      await clock.advance(to, async () => {
        await this.#waiters.until(null, () => [...this.#modules.values()].every((module) => module.quiet));
      });
      return { value: { now: clock.now() } };
    });
    this.#advance = answer.catch(() => {});
    return answer;
  }

  #stats(): Answer {
    const modules = [...this.#modules.values()].map((module) => ({
      module: module.id,
      callsInFlight: module.callsInFlight,
      fetchesInFlight: module.counts.inFlight,
      outcomes: module.counts.outcomes,
      instances: module.instances,
      turns: module.lane.turns,
    }));
    return { value: { pid: process.pid, modules } };
  }

  #initialized(): Settings {
    if (this.#settings === null) throw new Error("no `initialize` has been answered");
    return this.#settings;
  }

  #module(id: string): Module {
    const module = this.#modules.get(id);
    if (module === undefined) {
      throw new RpcError(
        rpcCode.unknownName,
        `there is no module ${JSON.stringify(id)}; load it, and use the id of the answer`,
      );
    }
    return module;
  }
}

/** What this host does on every engine. */
const capabilities = [
  "quiesce",
  "stepping",
  "clock",
  "cancel",
  "txPoints",
  "failpoints",
  "limits",
  "subscriptions",
  "update",
];
const nothing: Answer = { json: "{}" };
