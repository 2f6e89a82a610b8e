/** The module `script` on a host of one column: what tests of what the kit does to calls have in common. */
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type Gate, GatedOrigin, type OriginSession } from "../../conformance/origin/gated-origin.ts";
import { root } from "../../conformance/package.ts";
import { HostProcess, RequestRefused } from "../../conformance/protocol/host-process.ts";
import type { CallResult, ParkedNotification, Turn } from "../../conformance/protocol/schemas.ts";
import { type Column, columnsOf, readHosts, readModules } from "../../conformance/run/columns.ts";

/** Every host with each guest language that it runs. */
export const columns = columnsOf(readHosts(`${root}/build/hosts.json`));
const modules = readModules(`${root}/build/modules/manifest.json`);

/** Where the clock of each host stands at first. */
export const start = 1_700_000_000_000;

/** A step that does these operations in one transaction. */
export const tx = (...ops: unknown[][]) => ({ tx: ops });
/** A step that writes one cell. */
export const put = (key: string) => tx(["put", key, 1]);
/** What is expected of a call that was cancelled. */
export const cancelledWith = (...seqs: number[]) => ({ outcome: "failed", error: { category: "cancelled" }, seqs });
/** What is expected of a call that returned. */
export const returned = { outcome: "returned" };

/** A host for the tests of one column; each test has a module and a connection of its own. */
export class ScriptColumn {
  readonly #column: Column;
  #origin!: GatedOrigin;
  #session!: OriginSession;
  #names = 0;
  host!: HostProcess;
  module = "";
  connection = "";
  /** What the host told of calls that stopped at a point, where no test has waited for it. */
  readonly parked: ParkedNotification[] = [];
  #onParked: () => void = () => {};

  /** Registers what starts and ends the host around the tests of this suite. */
  constructor(column: Column) {
    this.#column = column;
    beforeAll(() => this.#start());
    afterAll(async () => {
      await this.host?.stop();
      await this.#origin?.stop();
    });
    beforeEach(async () => {
      this.#session = this.#origin.session();
      this.module = await this.load("script");
      this.connection = this.fresh("k");
      await this.host.request("connection/open", { module: this.module, connection: this.connection });
    });
    afterEach(async () => {
      this.#session.end();
      await this.host.request("module/unload", { module: this.module });
    });
  }

  /** A name that no other call or connection of this host has. */
  fresh(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** A response that the test releases. */
  gate(name: string): Gate {
    return this.#session.gate(name);
  }

  /** Loads a conformance module and gives its id. */
  async load(name: string): Promise<string> {
    const { guest } = this.#column;
    const { path, sha256 } = modules.find((each) => each.name === name && each.guest === guest)!;
    return (await this.host.request("module/load", { guest, path: `${root}/${path}`, sha256 })).module;
  }

  /** Runs the operations as a reducer. */
  run(call: string, ...ops: unknown[]): Promise<CallResult> {
    return this.host.call({ call, connection: this.connection, function: "run", args: { ops } });
  }

  /** Does the steps on the lane. */
  play(call: string, ...steps: unknown[]): Promise<CallResult> {
    return this.host.call({ call, connection: this.connection, function: "play", args: { steps } });
  }

  /** Does the steps on the blocking path, where the guest language has one. */
  block(call: string, steps: unknown[], park?: true): Promise<CallResult> {
    const params = { call, connection: this.connection, function: "playBlocking", args: { steps } };
    return this.host.call({ ...params, ...(park && { park }) });
  }

  /** Ends a call as cancelled. */
  cancel(call: string): Promise<object> {
    return this.host.request("call/cancel", { call });
  }

  /** Waits until nothing of the module can run and so many fetches have ended. */
  quiesce(outcomes: number): Promise<{ outcomes: number; fetchesInFlight: number }> {
    return this.host.request("quiesce", { module: this.module, outcomes });
  }

  /** The keys of the table `cells`. */
  async cells(): Promise<string[]> {
    const { rows } = await this.host.request("table/read", { module: this.module, table: "cells" });
    return rows.map(([key]) => key);
  }

  /** The tokens that transactions have recorded, in the order of their commits. */
  async tokens(module = this.module): Promise<string[]> {
    const { rows } = await this.host.request("table/read", { module, table: "log" });
    return rows.map(([, row]) => (row as { token: string }).token);
  }

  /** Lets no turn of the lane begin but by steps. */
  pause(): Promise<object> {
    return this.host.request("lane/pause", { module: this.module });
  }

  /** Runs one turn of the paused lane, and gives what it was. */
  async step(): Promise<Turn> {
    return (await this.host.request("lane/step", { module: this.module })).turn;
  }

  /** Lets the turns of the lane begin again. */
  resume(): Promise<object> {
    return this.host.request("lane/resume", { module: this.module });
  }

  /** The code with which a request is refused. */
  async codeOf(request: Promise<unknown>): Promise<number> {
    const error: unknown = await request.then(
      () => new Error("was not refused"),
      (reason: unknown) => reason,
    );
    if (!(error instanceof RequestRefused)) throw error;
    return error.code;
  }

  /** Waits until that call is parked, and gives the point's name. */
  async parkedAt(call: string): Promise<string> {
    for (;;) {
      const found = this.parked.findIndex((each) => each.call === call);
      if (found !== -1) return this.parked.splice(found, 1)[0]!.point;
      await new Promise<void>((resolve) => {
        this.#onParked = resolve;
      });
    }
  }

  async #start(): Promise<void> {
    const { host: entry } = this.#column;
    if (entry.status === "not-built") throw new Error(`${entry.name} is not built: ${entry.reason}`);
    this.#origin = await GatedOrigin.start();
    const clock = { mode: "virtual", now: start } as const;
    const options = { seed: "script", clock, allow: [this.#origin.authority], patience: 60_000 };
    this.host = await HostProcess.start({ name: entry.name, command: entry.command }, options);
    this.host.onParked((notification) => {
      this.parked.push(notification);
      this.#onParked();
    });
  }
}
